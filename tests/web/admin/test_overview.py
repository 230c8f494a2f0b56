from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.board import Board
from appliance.state import Fault, Microphone, State
from tests.rigs.admin import PASSWORD
from tests.rigs.administration import administration
from tests.rigs.browser import check_accessible, log_in, visit
from tests.rigs.site import BIG_SCREEN, PHONE, SMALLEST_PHONE, lit_panel

PAGES = (
    "/admin",
    "/admin/audio",
    "/admin/panel",
    "/admin/viewers",
    "/admin/viewers/door",
    "/admin/viewers/rotate",
    "/admin/access",
    "/admin/access/tokens/1/delete",
    "/admin/box",
    "/admin/box/restart",
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _log_in(page: Page) -> None:
    await log_in(page, PASSWORD)
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


async def test_the_first_page_says_how_the_box_is_and_where_to_look(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        box.board.update(state=State.FAULT, fault=Fault.SOUND, reason="The microphone <i>X</i> is gone.")
        page = await browser.look("/admin")
        assert "Needs attention" in page.text
        assert "The microphone &lt;i&gt;X&lt;/i&gt; is gone." in page.text
        assert 'href="/admin/audio">Look at the microphone' in page.text
        assert f"/j/{box.access.join_code.text}" in page.text


async def test_the_buttons_of_the_first_page_are_those_of_the_box(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        box.board.update(state=State.FAULT, fault=Fault.CAP, reason="All minutes are used.")
        await browser.look("/admin")
        stopped = await browser.send("/admin/commands", {"command": "stop", "page": "/admin"})
        assert stopped.path == "/admin"
        assert box.board.status.state is State.IDLE
        assert (await browser.send("/admin/commands", {"command": "explode"})).status == 422
        there = await browser.send("/admin/commands", {"command": "stop", "page": "//elsewhere.example"})
        assert there.path == "/admin"


async def test_the_first_page_follows_the_box(browser: Browser, tmp_path: Path) -> None:
    async with administration(tmp_path) as box, visit(browser, f"{box.url}/admin") as page:
        await _log_in(page)
        await expect(page.get_by_role("heading", name="Live")).to_be_visible()
        await expect(page.get_by_role("button", name="Stop captions")).to_be_visible()
        await expect(page.get_by_role("button", name="Start captions")).to_be_hidden()
        box.board.measure(Microphone(level=-20.0))
        await expect(page.get_by_text("Good.", exact=True)).to_be_visible()
        box.board.update(state=State.IDLE)
        await expect(page.get_by_role("heading", name="Ready")).to_be_visible()
        await expect(page.get_by_role("button", name="Start captions")).to_be_visible()
        await expect(page.get_by_role("button", name="Stop captions")).to_be_hidden()


async def test_nobody_is_shut_out_of_the_settings(browser: Browser, tmp_path: Path) -> None:
    async with (
        lit_panel(Board()) as (panel, _),
        administration(tmp_path, "", panel) as box,
        visit(browser, f"{box.url}/admin") as page,
    ):
        await _log_in(page)
        await box.access.tokens.make("MQTT")
        for path in PAGES:
            await page.goto(f"{box.url}{path}")
            for size, colours in ((BIG_SCREEN, "light"), (PHONE, "dark")):
                await page.set_viewport_size(size)
                await page.emulate_media(color_scheme="light" if colours == "light" else "dark")
                await check_accessible(page)
            await page.set_viewport_size(SMALLEST_PHONE)
            assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]
