import json

import pytest

from appliance.audio import SoundError
from appliance.vendors.registry import Registry
from appliance.web.api import choices
from appliance.web.api.choices import ChoicesApi
from tests.rigs.api import administrator


async def test_every_vendor_tells_what_can_be_set_of_it() -> None:
    registry = Registry.installed()
    async with administrator(ChoicesApi(registry)) as admin:
        vendors = {vendor["name"]: vendor for vendor in (await admin.get("/vendors")).body}
    assert vendors.keys() == registry.keys()
    palabra = vendors["palabra"]
    assert (palabra["title"], palabra["delivery"], palabra["translates"]) == ("Palabra", "live", True)
    assert "en" in palabra["languages"]
    key = json.dumps(palabra["account_schema"]["properties"]["api_key"])
    assert '"writeOnly": true' in key
    assert "pause" in vendors["local"]["options_schema"]["properties"]


async def test_languages_are_named_in_the_language_of_who_asks() -> None:
    async with administrator(ChoicesApi({})) as admin:
        german = {each["tag"]: each["name"] for each in (await admin.get("/languages?in=de")).body}
        assert german["hi-IN"] == "Hindi (Indien)"
        assert german["zh-Hant-TW"] == "Chinesisch (Traditionell, Taiwan)"
        english = (await admin.get("/languages")).body
        assert {"tag": "nl", "name": "Dutch"} in english
        assert [each["name"] for each in english] == sorted((e["name"] for e in english), key=str.casefold)
        hindi = {each["tag"]: each["name"] for each in (await admin.get("/languages?in=hi-IN")).body}
        assert hindi["en"] == "अंग्रेज़ी"


@pytest.mark.parametrize("within", ["klingonese", "x" * 4_000, "%F0%9F%8E%A4", "..%2F..%2Fetc", "de_DE.UTF-8"])
async def test_names_in_no_language_are_refused(within: str) -> None:
    async with administrator(ChoicesApi({})) as admin:
        answer = await admin.get(f"/languages?in={within}")
    assert answer.status == 400
    assert "not a language" in answer.body["detail"]


@pytest.mark.usefixtures("pulse_room")
async def test_the_microphones_are_those_that_are_plugged_in() -> None:
    async with administrator(ChoicesApi({})) as admin:
        found = (await admin.get("/microphones")).body
    assert found
    assert all({"name", "description", "rate", "channels", "default"} == each.keys() for each in found)


async def test_a_sound_system_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> list[object]:
        raise SoundError("The sound system does not answer: restart the box.")

    monkeypatch.setattr(choices, "microphones", silent)
    async with administrator(ChoicesApi({})) as admin:
        answer = await admin.get("/microphones")
    assert (answer.status, answer.body["detail"]) == (503, "The sound system does not answer: restart the box.")
