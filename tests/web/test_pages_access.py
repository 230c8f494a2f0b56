import itertools
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, expect

from appliance.captions import Gap
from appliance.state import Sign, State
from tests.rigs.browser import check_accessible, visit
from tests.rigs.site import BIG_SCREEN, PHONE, SMALLEST_PHONE, TRANSLATED, Site, caption, lit_panel, live_board
from tests.rigs.web import serving

COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/", "/kiosk?theme=system", "/kiosk?theme=system&languages=en,de", "/panel"])
async def test_nobody_is_shut_out_by_how_a_page_is_made(browser: Browser, path: str) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning everyone and welcome to the meeting."))
    board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    board.post(caption(2, "Please take a seat near the", final=False))
    board.update(warning="The microphone is very quiet.")
    rules = {"rules": {"color-contrast-enhanced": {"enabled": path.startswith("/kiosk")}}}
    async with (
        lit_panel(board) as (api, _),
        serving(board, api) as url,
        visit(browser, url + path, reduced_motion="reduce") as page,
    ):
        await expect(page.locator("#state")).to_have_text("Live")
        for size, colours in itertools.product([BIG_SCREEN, PHONE], COLOURS):
            await page.set_viewport_size(size)
            await page.emulate_media(color_scheme=colours)
            await check_accessible(page, **rules)
        await page.set_viewport_size(SMALLEST_PHONE)
        assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]


@pytest.mark.parametrize(
    "how",
    [
        {"state": State.IDLE},
        {"state": State.FAULT, "reason": "The key is not accepted; enter a new one."},
        {"state": State.MUTED, "sign": Sign.JOIN},
        {"state": State.RECONNECTING, "warning": "The microphone is very quiet."},
    ],
)
async def test_nobody_is_shut_out_by_what_fills_the_big_screen(
    browser: Browser, site: Site, how: dict[str, Any]
) -> None:
    site.board.update(**how)
    rules = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
    async with visit(browser, f"{site.url}/kiosk?theme=system", viewport=BIG_SCREEN) as page:
        await expect(page.locator("#emblem")).to_have_attribute("data-kind", how["state"])
        for colours in COLOURS:
            await page.emulate_media(color_scheme=colours)
            await check_accessible(page, **rules)


@pytest.mark.parametrize("path", ["/", "/kiosk?theme=system"])
async def test_nobody_is_shut_out_of_the_choices(browser: Browser, site: Site, path: str) -> None:
    async with visit(browser, site.url + path, locale="hi-IN") as page:
        for size, colours in itertools.product([BIG_SCREEN, PHONE], COLOURS):
            await page.set_viewport_size(size)
            await page.emulate_media(color_scheme=colours)
            await page.mouse.move(size["width"] / 2, size["height"] / 2)
            await page.mouse.move(size["width"] / 3, size["height"] / 2)
            await page.get_by_role("button", name="सेटिंग").click()
            await expect(page.get_by_role("dialog", name="सेटिंग")).to_be_visible()
            await check_accessible(page)
            await page.keyboard.press("Escape")
