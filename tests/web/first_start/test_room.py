from pathlib import Path

from tests.rigs.first_start import first_start

PATH = "/setup/room"
PALABRA = '[accounts.p]\nvendor = "palabra"\n\n[rooms.hall]\naccount = "p"\nto_languages = ["it"]\n'


def with_key(folder: Path) -> Path:
    (folder / "secrets.toml").write_text('[accounts.p]\napi_key = "k"\n', "utf-8")
    return folder


async def test_languages_are_chosen_by_their_names(tmp_path: Path) -> None:
    async with first_start(with_key(tmp_path), PALABRA) as start:
        page = await start.browser.look(PATH, **{"Accept-Language": "de"})
        form = {"title": "Saal", "from_language": "de", "to_languages": "Französisch"}
        shown = await start.browser.send(PATH, form, **{"Accept-Language": "de"})
        room = start.settings.room
    assert 'value="Italienisch"' in page.text
    assert shown.path == "/setup/box"
    assert (room.title, room.from_language, room.to_languages) == ("Saal", "de", ("fr",))


async def test_what_is_no_language_is_said_beside_it(tmp_path: Path) -> None:
    async with first_start(with_key(tmp_path), PALABRA) as start:
        shown = await start.browser.send(
            PATH, {"title": " ", "from_language": "en", "to_languages": "<Klingonisch>"}
        )
        room = start.settings.room
    assert shown.status == 422
    assert shown.text.count("There is no such language") == 1
    assert "Give the room a name" in shown.text
    assert 'value="&lt;Klingonisch&gt;"' in shown.text
    assert room.to_languages == ("it",)


async def test_a_vendor_that_does_not_translate_is_asked_for_no_translation(tmp_path: Path) -> None:
    async with first_start(tmp_path) as start:
        page = await start.browser.look(PATH)
        await start.browser.send(PATH, {"title": "Hall", "from_language": "en-GB", "to_languages": "German"})
        room = start.settings.room
    assert "does not translate" in page.text
    assert (room.title, room.from_language, room.to_languages) == ("Hall", "en-GB", ())


async def test_the_box_does_not_step_in_for_a_language_that_it_does_not_understand(tmp_path: Path) -> None:
    english = PALABRA + 'fallback = "on-device"\n'
    async with first_start(with_key(tmp_path), english) as start:
        before = start.settings.room.fallback
        await start.browser.send(PATH, {"title": "Hall", "from_language": "German"})
        room = start.settings.room
    assert (before, room.from_language, room.fallback) == ("on-device", "de", None)
