"""A real browser as people use it: Debian's chromium, driven by playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # has no type hints
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

CHROMIUM: Final = "/usr/bin/chromium"

PATIENCE: Final = 15_000
"""Milliseconds to wait for what a page should show: generous, for a busy machine."""

_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CUT_OFF: Final = "Failed to load resource: net::ERR_"
"""What a browser says of a server that is not there, which a test may well want."""


@asynccontextmanager
async def open_browser(*flags: str) -> AsyncIterator[Browser]:
    """A headless chromium, with these flags besides the usual ones."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(browser: Browser, url: str, *, refused: bool = False, **device: Any) -> AsyncIterator[Page]:
    """A page as a device shows it that was never here before.

    Args:
        browser: as `open_browser` gives it.
        url: what to look at.
        refused: whether the box will refuse something, so that the browser may complain of that.
        device: its size, language, colours and the like, as playwright's ``new_context`` takes them.

    Raises:
        AssertionError: at the end, if the browser complained of the page: a script failed, or it broke the
            rules that the site sets for itself.
    """
    context = await browser.new_context(**device)
    context.set_default_timeout(PATIENCE)
    try:
        complaints = _listen(context, refused=refused)
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()
    assert not complaints, complaints


async def log_in(page: Page, password: str) -> None:
    """Log in, on the page that asks for the password."""
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()


async def check_accessible(page: Page, **options: Any) -> None:
    """Nothing that axe knows of keeps anybody out of the page as it is shown now.

    Args:
        page: to look at.
        options: more of what ``axe.run`` takes.
    """
    results = await Axe().run(page, options={"resultTypes": ["violations"], **options})
    assert not results.response["violations"], f"{page.url}\n{results.generate_report()}"


def _listen(context: BrowserContext, *, refused: bool) -> list[str]:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        expected = _CUT_OFF in message.text or (refused and "status of 4" in message.text)
        if message.type in ("error", "warning") and not expected:
            complaints.append(message.text)

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return complaints
