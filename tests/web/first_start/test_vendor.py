from pathlib import Path

from tests.emulators.scriptix import ScriptixEmulator
from tests.rigs.first_start import first_start

PATH = "/setup/vendor"
HINDI = '[accounts.r]\nvendor = "local"\n\n[rooms.hall]\nfrom_language = "hi-IN"\ntitle = "Hall"\n'


async def test_a_wrong_key_is_not_saved_unless_somebody_wants_it(tmp_path: Path) -> None:
    async with ScriptixEmulator() as vendor, first_start(tmp_path) as start:
        form = {"realtime_token": "mistyped", "base_url": vendor.url, "monthly_minutes": "0"}
        refused = await start.browser.send(f"{PATH}/scriptix", form)
        before = dict(start.settings.accounts)
        kept = await start.browser.send(f"{PATH}/scriptix/keep")
        again = await start.browser.send(f"{PATH}/scriptix/keep")
        settings = start.settings
    assert refused.status == 422
    assert "It does not work yet" in refused.text
    assert "mistyped" not in refused.text
    assert list(before) == ["on-device"]
    assert kept.path == "/setup/room"
    assert settings.room.account == "scriptix"
    assert again.path == f"{PATH}/scriptix"
    assert list(settings.accounts) == ["on-device", "scriptix"]


async def test_a_good_key_is_saved_and_the_box_steps_in_for_the_vendor(tmp_path: Path) -> None:
    async with ScriptixEmulator() as vendor, first_start(tmp_path) as start:
        form = {"realtime_token": vendor.key, "base_url": vendor.url, "monthly_minutes": "0"}
        shown = await start.browser.send(f"{PATH}/scriptix", form)
        room = start.settings.room
    assert "The vendor accepts your key." in shown.text
    assert (room.account, room.fallback) == ("scriptix", "on-device")
    assert vendor.key in (tmp_path / "secrets.toml").read_text("utf-8")


async def test_what_is_missing_is_said_before_anybody_is_asked(tmp_path: Path) -> None:
    async with first_start(tmp_path) as start:
        keyless = await start.browser.send(f"{PATH}/reverie", {"app_id": "com.example"})
        elsewhere = await start.browser.send(f"{PATH}/reverie", {"base_url": "http://example.com"})
    assert (keyless.status, elsewhere.status) == (422, 422)
    assert 'href="#api_key"' in keyless.text
    assert 'href="#base_url"' in elsewhere.text


async def test_who_chooses_the_box_itself_gets_a_language_that_it_understands(tmp_path: Path) -> None:
    async with first_start(tmp_path, HINDI) as start:
        shown = await start.browser.send(PATH, {"account": "on-device"})
        room = start.settings.room
    assert shown.path == "/setup/room"
    assert (room.title, room.from_language, room.fallback) == ("Hall", "en-US", None)


async def test_an_account_that_nobody_has_cannot_be_chosen(tmp_path: Path) -> None:
    async with first_start(tmp_path) as start:
        assert (await start.browser.send(PATH, {"account": "nobody"})).status == 404
        assert (await start.browser.look(f"{PATH}/nobody")).status == 404
