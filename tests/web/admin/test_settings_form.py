"""Forms of the settings: each is a page that shows what is set, saves it, and loses nothing that was typed."""

import html
import re
from pathlib import Path

import pytest

from tests.rigs.administration import administration

_VERSION = re.compile(r'name="version" value="(\w+)"')
WELCOME = '# The box in the cellar.\n[box]\nname = "Cellar" # below the stairs\n'


def version(page: str) -> str:
    found = _VERSION.search(page)
    assert found
    return found[1]


def box_form(page: str, **changes: str) -> dict[str, str]:
    typed = {
        "version": version(page),
        "box.name": "Cellar",
        "box.language": "en",
        "box.start": "button",
        "transcripts.keep": "30d",
        "web.port": "8080",
        "web.host": "0.0.0.0",
        "web.https": "off",
        "web.certificate": "",
        "web.key": "",
    }
    return typed | {key.replace("__", "."): value for key, value in changes.items()}


async def test_what_is_saved_on_a_page_stands_in_the_file_and_its_comments_stay(tmp_path: Path) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        assert 'value="Cellar"' in page.text
        saved = await browser.send("/admin/box", box_form(page.text, box__name="Attic", transcripts__keep="7d"))
        assert (saved.status, saved.path) == (200, "/admin/box")
        assert "Saved." in saved.text
        assert "# The box in the cellar." in box.written
        assert box.settings.box.name == "Attic"
        assert box.settings.transcripts.keep == "7d"
        assert "port" not in box.written


async def test_a_mistake_is_told_at_its_field_and_nothing_that_was_typed_is_lost(tmp_path: Path) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        form = box_form(page.text, box__name="Attic", web__port="eighty")
        again = await browser.send("/admin/box", form)
        assert again.status == 422
        assert 'value="eighty"' in again.text
        assert 'value="Attic"' in again.text
        assert 'id="web.port-error"' in again.text
        assert box.written == WELCOME
        saved = await browser.send("/admin/box", form | {"web.port": "80"})
        assert "Saved." in saved.text


async def test_nobody_overwrites_unawares_what_somebody_else_has_set_meanwhile(tmp_path: Path) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        mine = await browser.look("/admin/box")
        await box.save(lambda _: {"box": {"name": "Theirs"}})
        refused = await browser.send("/admin/box", box_form(mine.text, box__name="Mine"))
        assert refused.status == 409
        assert "Somebody else has changed this meanwhile" in refused.text
        assert 'value="Mine"' in refused.text
        assert box.settings.box.name == "Theirs"
        saved = await browser.send("/admin/box", box_form(refused.text, box__name="Mine"))
        assert "Saved." in saved.text
        assert box.settings.box.name == "Mine"


async def test_a_change_elsewhere_in_the_settings_disturbs_nobody(tmp_path: Path) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        mine = await browser.look("/admin/box")
        await box.save(lambda _: {"spend": {"monthly_minutes": 90}})
        assert "Saved." in (await browser.send("/admin/box", box_form(mine.text, box__name="Mine"))).text


async def test_settings_that_cannot_be_written_are_said_so(tmp_path: Path) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        mine = await browser.look("/admin/box")
        (tmp_path / "settings.toml").write_text("[box\n", "utf-8")
        refused = await browser.send("/admin/box", box_form(mine.text, box__name="Mine"))
        assert refused.status == 422
        assert "settings.toml" in refused.text
        assert 'value="Mine"' in refused.text


async def test_what_waits_for_a_restart_says_so_until_it_is_as_before(tmp_path: Path) -> None:
    due = "takes effect when the box restarts."
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        assert f"Some of what was changed {due}" not in page.text
        saved = await browser.send("/admin/box", box_form(page.text, box__language="de"))
        assert f"Some of what was changed {due}" in saved.text
        assert f"Some of what was changed {due}" in (await browser.look("/admin")).text
        saved = await browser.send("/admin/box", box_form(saved.text, box__name="Attic"))
        assert f"Some of what was changed {due}" not in saved.text


async def test_the_panel_can_be_wired_otherwise_and_pins_that_clash_are_told(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        page = await browser.look("/admin/panel")
        form = {
            "version": version(page.text),
            "panel.driver": "gpio",
            "panel.button": "22",
            "panel.mute_button": "27",
            "panel.leds.red": "22",
        }
        refused = await browser.send("/admin/panel", form)
        assert refused.status == 422
        assert "pin 22 is already that of button" in refused.text
        saved = await browser.send("/admin/panel", form | {"panel.leds.red": "none"})
        assert "Saved." in saved.text
        assert (box.settings.panel.button, box.settings.panel.leds.red) == (22, "none")


async def test_a_microphone_is_chosen_from_those_there_are_and_the_absent_one_stays(tmp_path: Path) -> None:
    async with (
        administration(tmp_path, '[audio]\ninput = "microphone:old-one"\n') as box,
        box.browser() as browser,
    ):
        page = await browser.look("/admin/audio")
        assert "old-one (not plugged in now)" in page.text
        assert '<option value="microphone:usb">USB microphone</option>' in page.text
        typed = {"version": version(page.text), "audio.gain": "", "audio.idle_after": "30"}
        await browser.send("/admin/audio", typed | {"audio.input": "microphone:old-one"})
        assert (box.settings.audio.input, box.settings.audio.idle_after) == ("microphone:old-one", 30)
        page = await browser.look("/admin/audio")
        typed = {"version": version(page.text), "audio.gain": "40", "audio.idle_after": "30"}
        await browser.send("/admin/audio", typed | {"audio.input": "microphone:usb"})
        assert (box.settings.audio.input, box.settings.audio.gain) == ("microphone:usb", 40)


async def test_a_box_without_a_microphone_says_what_to_do(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        box.microphones.clear()
        assert "Plug one in, then reload this page." in (await browser.look("/admin/audio")).text


@pytest.mark.parametrize("name", ['"><script>', "<b>Hall</b>"])
async def test_the_name_of_a_box_is_only_ever_text(tmp_path: Path, name: str) -> None:
    async with administration(tmp_path, WELCOME) as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        saved = await browser.send("/admin/box", box_form(page.text, box__name=name))
        assert box.settings.box.name == name
        assert name not in saved.text
        assert name in html.unescape(saved.text)
