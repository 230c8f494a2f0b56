"""Makes the icons of the pages from their one drawing; run it whenever that changes."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser

from tests.rigs.browser import open_browser

STATIC = Path(__file__).parents[1] / "appliance" / "web" / "static"
PAPER = "#faf9f6"

ICONS = {
    "icon-180.png": (180, 0.76),
    "icon-192.png": (192, 1.0),
    "icon-512.png": (512, 1.0),
    "icon-maskable-512.png": (512, 0.66),
}
"""Side in pixels, and how much of it the drawing takes: what is less than all is put on paper."""


async def draw(browser: Browser, name: str, side: int, part: float) -> None:
    page = await browser.new_page(viewport={"width": side, "height": side})
    svg = (STATIC / "icon.svg").read_text("utf-8")
    paper = PAPER if part < 1 else "transparent"
    await page.set_content(
        f"<style>body {{ margin: 0; display: grid; place-items: center; height: 100vh; background: {paper} }}"
        f"svg {{ width: {100 * part}vmin }}</style>{svg}"
    )
    await page.screenshot(path=STATIC / name, omit_background=True)
    await page.close()


async def main() -> None:
    async with open_browser() as browser:
        for name, (side, part) in ICONS.items():
            await draw(browser, name, side, part)


if __name__ == "__main__":
    asyncio.run(main())
