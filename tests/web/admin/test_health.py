import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import __version__
from appliance.audio import Microphone, SoundError
from appliance.doctor import Finding
from appliance.settings import Settings
from appliance.state import Microphone as Heard
from appliance.state import State
from appliance.web import checkup
from tests.rigs.admin import Shown
from tests.rigs.office import Office, office
from tests.web.admin.test_transcripts import seen

MICROPHONE = '[audio]\ninput = "microphone:Table"\n\n[panel]\ndriver = "none"\n'
TABLE = Microphone(name="Table", description="Table microphone", rate=48000, channels=1, default=True)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, MICROPHONE) as opened:
        yield opened


def said(page: Shown, topic: str) -> str:
    """The mark and the sentence that stand at a topic."""
    parts = [seen(part) for part in re.findall(r"<li data-kind=.*?</li>", page.text, re.DOTALL)]
    return next(part for part in parts if f" {topic} " in part)


def plug_in(monkeypatch: pytest.MonkeyPatch, *found: Microphone) -> list[str]:
    """These microphones and no others; how often they were looked for."""
    looks: list[str] = []

    async def microphones() -> list[Microphone]:
        looks.append("look")
        return list(found)

    monkeypatch.setattr(checkup, "microphones", microphones)
    return looks


async def test_a_box_that_captions_says_how_it_hears_and_its_microphone_is_left_alone(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = plug_in(monkeypatch)
    there.board.measure(Heard(level=-31.6))
    shown = await there.browser.look("/admin/health")
    assert said(shown, "Microphone") == "OK Microphone “microphone:Table” is heard, at -32 dBFS now."
    assert not looks


async def test_a_microphone_that_troubles_the_box_is_something_to_do(there: Office) -> None:
    sentence = "The microphone could not be heard."
    there.board.warn("microphone", sentence)
    assert said(await there.browser.look("/admin/health"), "Microphone") == f"To do Microphone {sentence}"


async def test_a_box_at_rest_says_whether_its_microphone_is_plugged_in(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.board.update(state=State.IDLE)
    plug_in(monkeypatch, TABLE)
    assert "It is plugged in" in said(await there.browser.look("/admin/health"), "Microphone")


async def test_a_microphone_that_was_pulled_out_is_named(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.board.update(state=State.IDLE)
    plug_in(monkeypatch, replace(TABLE, name="Ceiling"))
    sentence = said(await there.browser.look("/admin/health"), "Microphone")
    assert "“Table” is not found" in sentence
    assert "“Ceiling”" in sentence


async def test_what_the_doctor_says_is_read_in_the_language_of_the_page_and_what_others_say_as_they_said_it(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.board.update(state=State.IDLE)
    there.panel_warning = "The display {0} does not answer."
    plug_in(monkeypatch, replace(TABLE, name="Ceiling {x}"))
    shown = await there.browser.look("/admin/health", **{"Accept-Language": "de"})
    assert "„Table“ ist nicht zu finden" in said(shown, "Mikrofon")
    assert "“Ceiling {x}”" in said(shown, "Mikrofon")
    assert '<p lang="en">The display {0} does not answer.</p>' in shown.text
    assert shown.text.count('<p lang="en">') == 1


async def test_a_sound_system_that_does_not_answer_is_told(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def microphones() -> list[Microphone]:
        raise SoundError("The sound system does not answer: restart the box.")

    there.board.update(state=State.IDLE)
    monkeypatch.setattr(checkup, "microphones", microphones)
    assert "restart the box" in said(await there.browser.look("/admin/health"), "Microphone")


async def test_whatever_needs_a_person_stands_first(there: Office) -> None:
    there.board.update(state=State.FAULT, reason="The key is not accepted; enter a new one.")
    there.board.warn("transcript", "The transcript has to wait.")
    there.panel_warning = "The display does not answer; look at its wires."
    shown = await there.browser.look("/admin/health")
    text = seen(shown.text)
    for sentence in ("The key is not accepted", "The transcript has to wait", "The display does not answer"):
        assert text.index(sentence) < text.index("In order")
    assert "Everything is well" not in text


async def test_many_looks_in_a_minute_are_one(there: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    there.board.update(state=State.IDLE)
    looks = plug_in(monkeypatch, TABLE)
    await asyncio.gather(*(there.browser.look("/admin/health") for _ in range(5)))
    assert len(looks) == 1
    monkeypatch.setattr(checkup, "FRESH", 0.0)
    await there.browser.look("/admin/health")
    assert len(looks) == 2


async def test_vendors_are_asked_only_by_the_button_and_never_twice_at_once(
    there: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    at_once = 0

    async def ask(_registry: object, _settings: Settings, account: str) -> Finding:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        await asyncio.sleep(0)
        at_once -= 1
        asked.append(account)
        return Finding(account, well=False, said="The key is wrong; enter another.")

    monkeypatch.setattr(checkup, "ask", ask)
    assert "The vendors were not asked yet." in seen((await there.browser.look("/admin/health")).text)
    assert not asked
    shown = await there.browser.send("/admin/health/check")
    assert "Everything was looked at just now." in shown.text
    assert "The key is wrong" in said(shown, "on-device")
    await asyncio.gather(*(there.browser.send("/admin/health/check") for _ in range(3)))
    assert asked == ["on-device"] * 4


async def test_the_real_engine_on_the_device_is_found_in_order(there: Office) -> None:
    await there.browser.look("/admin/health")
    assert said(await there.browser.send("/admin/health/check"), "on-device").startswith("OK")


async def test_whoever_helps_can_read_which_machine_and_which_versions_it_is(there: Office) -> None:
    text = seen((await there.browser.look("/admin/health")).text)
    for fact in (
        f"Captionbox {__version__}",
        "Python 3.",
        "Kernel",
        "Switched on for",
        "Memory",
        "Disk",
        "Clock",
    ):
        assert fact in text
