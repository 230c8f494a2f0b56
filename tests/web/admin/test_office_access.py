import itertools
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from appliance.captions import Caption, Gap
from tests.rigs.browser import check_accessible
from tests.rigs.office import NOON, Office, office
from tests.rigs.site import BIG_SCREEN, PHONE, SMALLEST_PHONE

COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATHS = (
    "/admin/transcripts",
    "/admin/transcripts?q=good+morning",
    "/admin/transcripts/1",
    "/admin/transcripts/1/delete",
    "/admin/transcripts/wipe",
    "/admin/spend",
    "/admin/health",
    "/admin/log",
)
SETTINGS = '[audio]\ninput = "file:meeting.wav"\n[panel]\ndriver = "none"\n[spend]\nmonthly_minutes = 100\n'

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def fill(there: Office) -> None:
    number = await there.store.begin("hall", "A" * 60, "en-US", started_at=NOON.timestamp())
    for language, origin in (("en-US", None), ("ar", "en-US")):
        said = Caption(
            segment=1,
            revision=1,
            language=language,
            text=f"Good morning, {'everyone' * 12}.",
            final=True,
            start=1,
            end=4,
            translated_from=origin,
        )
        await there.store.add(number, said)
    await there.store.add(number, Gap(start=5, end=20, reason="The microphone was muted."))
    there.board.warn("transcript", "The transcript has to wait, captions go on: the disk is full.")
    for level in (10, 20, 30, 40):
        there.note("/srv/" + "long" * 40, level)


async def test_nobody_is_shut_out_of_looking_after_the_box(browser: Browser, tmp_path: Path) -> None:
    async with office(tmp_path, SETTINGS) as there:
        await fill(there)
        context = await browser.new_context(reduced_motion="reduce")
        await there.let_in(context)
        page = await context.new_page()
        for path in PATHS:
            await page.goto(there.browser.url + path)
            for size, colours in itertools.product([BIG_SCREEN, PHONE], COLOURS):
                await page.set_viewport_size(size)
                await page.emulate_media(color_scheme=colours)
                await check_accessible(page)
            await page.set_viewport_size(SMALLEST_PHONE)
            assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"], path
        await context.close()
