"""Takes the pictures of the README from a running demonstration; run by ``make pictures``."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import expect

from tests.rigs.box import running_demo
from tests.rigs.browser import open_browser, visit

FOLDER = Path(__file__).parents[1] / "hw" / "pictures"
SCREEN = {"width": 1280, "height": 720}
BOX = {"width": 960, "height": 420}


async def main() -> None:
    """Wait for the words of the second item, and press the shutter."""
    FOLDER.mkdir(exist_ok=True)
    async with (
        running_demo() as demo,
        open_browser() as browser,
        visit(browser, f"{demo.url}/kiosk", viewport=SCREEN) as kiosk,
        visit(browser, f"{demo.url}/panel", viewport=BOX) as panel,
    ):
        words = re.compile("the second item is the new office on the third")
        await expect(kiosk.locator("#captions")).to_contain_text(words, timeout=60_000)
        await kiosk.screenshot(path=FOLDER / "kiosk.png")
        await panel.screenshot(path=FOLDER / "panel.png")


asyncio.run(main())
