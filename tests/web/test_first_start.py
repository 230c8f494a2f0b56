"""From the carton to the first captions, as somebody does it who has never seen a box."""

import sys
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.emulators.scriptix import ScriptixEmulator
from tests.rigs.box import RunningBox, simple_settings
from tests.rigs.browser import check_accessible, visit
from tests.rigs.site import PHONE
from tests.rigs.speech import SAID, speak

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
A_MINUTE = 60_000
"""Milliseconds for what takes seconds where nobody else wants the processor."""

PASSWORD = "a good long password"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_newcomer_with_a_vendor_s_key_sees_first_captions(
    browser: Browser, tmp_path: Path, size: ViewportSize
) -> None:
    heard = f"file:{speak(*SAID)}?loop"
    async with (
        ScriptixEmulator(sentences=SAID) as vendor,
        RunningBox.started(tmp_path, simple_settings(heard)) as box,
        visit(browser, f"{box.url}/admin", refused=True, viewport=size) as page,
    ):
        began = time.monotonic()
        await claim(page, await code_on_the_big_screen(browser, tmp_path))

        await expect(page.get_by_text("Step 1 of 5")).to_be_visible()
        await nobody_is_shut_out(page)
        await page.get_by_role("button", name="Listen for").click()
        await expect(page.get_by_label("Level of the microphone")).to_be_visible()
        await expect(page.get_by_text("The box hears you well.")).to_be_visible(timeout=A_MINUTE)
        await expect(page.get_by_text("The box understood: “")).to_be_visible()
        await nobody_is_shut_out(page)
        await go_on(page)

        await nobody_is_shut_out(page)
        await page.get_by_role("link", name="Scriptix").click()
        await page.get_by_label("Realtime token").fill("mistyped")
        await page.get_by_text("More settings").click()
        await page.get_by_label("Base address").fill(vendor.url)
        await page.get_by_role("button", name="Check and continue").click()
        await expect(page.get_by_role("heading", name="It does not work yet")).to_be_visible()
        await nobody_is_shut_out(page)
        await page.get_by_label("Realtime token").fill(vendor.key)
        await page.get_by_role("button", name="Check and continue").click()

        await expect(page.get_by_text("The vendor accepts your key.")).to_be_visible()
        await nobody_is_shut_out(page)
        await page.get_by_label("Name of the room").fill("Great hall")
        await page.get_by_label("Spoken language").fill("English")
        await go_on(page)

        await nobody_is_shut_out(page)
        await page.get_by_label("Name of the box").fill("Hall box")
        await go_on(page)

        await sees_first_captions(page, "bicycles")
        tell_time(began)
        assert vendor.sound
        state = await box.state()
    assert (state["room"]["title"], state["vendor"]) == ("Great hall", "scriptix")
    assert vendor.key not in (tmp_path / "settings.toml").read_text("utf-8")


async def test_a_newcomer_without_any_key_sees_first_captions(browser: Browser, tmp_path: Path) -> None:
    heard = f"file:{speak(*SAID)}?loop"
    async with (
        RunningBox.started(tmp_path, simple_settings(heard)) as box,
        visit(browser, f"{box.url}/admin", viewport=PHONE) as page,
    ):
        began = time.monotonic()
        await claim(page, await code_on_the_big_screen(browser, tmp_path))
        await page.get_by_role("link", name="Skip this step").click()
        await page.get_by_role("button", name="Use the box itself").click()
        await expect(page.get_by_label("Spoken language")).to_have_value("en-US")
        await go_on(page)
        await go_on(page)
        await sees_first_captions(page, "drinking")
        tell_time(began)


def tell_time(began: float) -> None:
    """For people: pytest shows it with -rP."""
    sys.stdout.write(f"First captions after {time.monotonic() - began:.0f} s\n")


async def code_on_the_big_screen(browser: Browser, folder: Path) -> str:
    """What only the box itself shows."""
    link = (folder / "kiosk.url").read_text("utf-8").strip()
    async with visit(browser, link) as screen:
        code = screen.locator("#code output")
        await expect(code).to_be_visible()
        return await code.inner_text()


async def claim(page: Page, code: str) -> None:
    await nobody_is_shut_out(page)
    await page.get_by_label("Set-up code").fill(code)
    await go_on(page)
    await nobody_is_shut_out(page)
    await page.get_by_label("Password of the administrator").fill(PASSWORD)
    await go_on(page)


async def go_on(page: Page) -> None:
    await page.get_by_role("button", name="Continue").click()


async def sees_first_captions(page: Page, word: str) -> None:
    await nobody_is_shut_out(page)
    await page.get_by_role("button", name="Start captions").click()
    await expect(page.get_by_role("log").get_by_text(word).first).to_be_visible(timeout=A_MINUTE)
    await expect(page.get_by_text("It works")).to_be_visible()
    await expect(page.get_by_alt_text("Code that opens the captions on a phone")).to_be_visible()
    await nobody_is_shut_out(page)


async def nobody_is_shut_out(page: Page) -> None:
    """Whoever cannot see well, or not at all, gets on as well; nothing is cut off at the side."""
    await page.wait_for_load_state()  # without its style sheets a page is as wide as it likes
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for colours in ("light", "dark"):
        await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        await check_accessible(page)
