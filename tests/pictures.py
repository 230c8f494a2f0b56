"""Takes the pictures of the README from a running demonstration; run by ``make pictures``."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import Browser, expect

from appliance.state import RoomInUse
from tests.rigs.box import Demo, running_demo
from tests.rigs.browser import open_browser, visit
from tests.rigs.site import PHONE, caption, live_board
from tests.rigs.web import serving

FOLDER = Path(__file__).parents[1] / "hw" / "pictures"
SCREEN = {"width": 1280, "height": 720}
BOX = {"width": 960, "height": 420}
DESK = {"width": 1280, "height": 900}

HALL = RoomInUse(id="hall", title="Town hall", from_language="en-US", to_languages=("hi-IN", "de"))
SAID = [
    ("Good morning everyone.", "सभी को सुप्रभात।", "Guten Morgen zusammen."),
    (
        "The first item is the budget for next year.",
        "पहला विषय अगले वर्ष का बजट है।",
        "Der erste Punkt ist der Haushalt für nächstes Jahr.",
    ),
    (
        "We have more for the library and less for the new road.",
        "पुस्तकालय के लिए अधिक और नई सड़क के लिए कम है।",
        "Für die Bücherei gibt es mehr, für die neue Straße weniger.",
    ),
]


async def demonstration(browser: Browser) -> None:
    """Wait for the words of the second item, and press the shutter."""
    async with (
        running_demo() as demo,
        visit(browser, f"{demo.url}/kiosk", viewport=SCREEN, reduced_motion="reduce") as kiosk,
        visit(browser, f"{demo.url}/panel", viewport=BOX) as panel,
    ):
        words = re.compile("the second item is the new office on the third")
        await expect(kiosk.locator("#captions")).to_contain_text(words, timeout=60_000)
        await kiosk.screenshot(path=FOLDER / "kiosk.png")
        await panel.screenshot(path=FOLDER / "panel.png")
        await administration(browser, demo)


async def administration(browser: Browser, demo: Demo) -> None:
    """What an administrator sees on a computer, and on a phone."""
    async with (
        visit(browser, f"{demo.url}/admin", viewport=DESK) as desk,
        visit(browser, f"{demo.url}/admin", viewport=PHONE, device_scale_factor=2) as phone,
    ):
        for page in (desk, phone):
            await page.get_by_label("Password").fill(demo.password)
            await page.get_by_role("button", name="Log in").click()
            await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await expect(desk.locator("#state")).to_have_text("Live")
        await desk.screenshot(path=FOLDER / "admin.png")
        await phone.goto(f"{demo.url}/setup/vendor")
        await phone.screenshot(path=FOLDER / "first-start.png")


async def languages(browser: Browser) -> None:
    """Two languages on the big screen, and a third on a phone."""
    board = live_board(HALL)
    for segment, (spoken, *translated) in enumerate(SAID, 1):
        board.post(caption(segment, spoken))
        for tag, text in zip(HALL.to_languages, translated, strict=True):
            board.post(caption(segment, text, language=tag, translated_from="en-US"))
    async with (
        serving(board) as url,
        visit(browser, f"{url}/kiosk?languages=en,hi", viewport=SCREEN) as kiosk,
        visit(browser, url, viewport=PHONE, locale="de-DE", device_scale_factor=2) as phone,
    ):
        await expect(kiosk.locator("#captions p")).to_have_count(2 * len(SAID))
        await expect(kiosk.locator("#join img")).not_to_have_js_property("naturalWidth", 0)
        await kiosk.screenshot(path=FOLDER / "kiosk-languages.png")
        await expect(phone.locator("#captions p")).to_have_count(len(SAID))
        await phone.screenshot(path=FOLDER / "phone.png")


async def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    async with open_browser() as browser:
        await languages(browser)
        await demonstration(browser)


asyncio.run(main())
