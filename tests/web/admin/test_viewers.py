from pathlib import Path

from tests.rigs.admin import Browser
from tests.rigs.administration import administration
from tests.web.admin.test_settings_form import version


async def _may_come_in(browser: Browser, path: str) -> bool:
    async with browser.session.get(f"{browser.url}{path}", allow_redirects=False) as response:
        return response.status == 303


async def test_a_new_code_is_made_only_when_asked_twice_and_the_old_one_is_no_longer_good(
    tmp_path: Path,
) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        old = f"/j/{box.access.join_code.text}"
        assert old in (await browser.look("/admin/viewers")).text
        asked = await browser.look("/admin/viewers/rotate")
        assert "Make a new code?" in asked.text
        assert await _may_come_in(browser, old)
        done = await browser.send("/admin/viewers/rotate")
        assert "There is a new code." in done.text
        assert f"/j/{box.access.join_code.text}" in done.text
        assert not await _may_come_in(browser, old)


async def test_the_captions_can_be_opened_to_everybody_on_the_network(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        page = await browser.look("/admin/viewers")
        form = {"version": version(page.text), "web.viewers": "open", "web.viewers_may_download": "on"}
        saved = await browser.send("/admin/viewers", form)
        assert "Everybody on the network may read" in saved.text
        assert "/j/" not in saved.text
        assert box.access.viewers == "open"
        assert box.settings.web.viewers_may_download


async def test_the_sheet_for_the_door_has_the_code_and_the_link(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        sheet = await browser.look("/admin/viewers/door")
        assert "/join.svg" in sheet.text
        assert f"/j/{box.access.join_code.text}" in sheet.text
        assert "Boardroom" in sheet.text
