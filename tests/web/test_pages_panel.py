import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from appliance.board import Board
from appliance.state import Command, State, Status
from tests.rigs.browser import visit
from tests.rigs.site import BIG_SCREEN, ROOM, Site, lit_panel, live_board
from tests.rigs.web import serving

TOUCH = 60
"""Milliseconds for which a finger touches or leaves a button; what is much faster is a bounce to the box."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_panel_page_shows_the_glass_and_the_light(browser: Browser) -> None:
    board = live_board()
    async with (
        lit_panel(board) as (api, _),
        serving(board, api) as url,
        visit(browser, f"{url}/panel", viewport=BIG_SCREEN) as page,
    ):
        light = page.locator("#light")
        await expect(light).to_have_css("color", re.compile(r"srgb-linear 0 \S+ 0\b"))
        await expect(page.get_by_text("The light is steady green: live.")).to_be_visible()
        glass = page.get_by_role("img", name="The box's display: Live")
        await expect(glass).to_have_js_property("naturalWidth", 128)
        await expect(glass).to_have_js_property("width", 4 * 128)
        seen = await glass.get_attribute("src")
        board.update(state=State.MUTED)
        await expect(light).to_have_css("color", re.compile(r"srgb-linear \S+ 0 0\b"))
        glass = page.get_by_role("img", name="The box's display: Muted")
        await expect(glass).not_to_have_attribute("src", seen or "")


async def test_buttons_of_the_panel_page_feel_every_gesture(browser: Browser) -> None:
    board = Board(Status(room=ROOM))

    async with (
        lit_panel(board) as (api, commands),
        serving(board, api) as url,
        visit(browser, f"{url}/panel") as page,
    ):

        async def heard(count: int) -> list[Command]:
            async with asyncio.timeout(15):
                return [await commands.get() for _ in range(count)]

        button = page.get_by_role("button", name="Captions")
        await button.hover()
        await page.mouse.down()
        assert await heard(1) == [Command.NEXT_ROOM]
        await page.mouse.up()
        await page.get_by_role("button", name="Mute").click(delay=TOUCH)
        assert await heard(1) == [Command.MUTE]
        await button.focus()
        await page.keyboard.press("Enter", delay=TOUCH)
        assert await heard(1) == [Command.TOGGLE]
        for _ in range(2):
            await page.wait_for_timeout(TOUCH)
            await button.click(delay=TOUCH)
        assert Command.SHOW_JOIN in await heard(2)


async def test_buttons_of_a_real_panel_cannot_be_pressed_from_afar(browser: Browser, site: Site) -> None:
    async with visit(browser, f"{site.url}/panel", refused=True) as page:
        async with page.expect_response("**/panel/buttons"):
            await page.reload()
        await expect(page.locator("#state")).to_have_text("Live")
        await expect(page.get_by_role("button")).to_have_count(0)
