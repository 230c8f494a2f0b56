from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.captions import Gap
from appliance.state import RoomInUse, State
from tests.rigs.browser import visit
from tests.rigs.site import Site, lines, live_board

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def screens(browser: Browser, site: Site) -> AsyncIterator[tuple[Page, Page]]:
    async with visit(browser, site.url) as phone, visit(browser, f"{site.url}/kiosk") as kiosk:
        yield phone, kiosk


async def both_show(pages: tuple[Page, Page], *texts: str) -> None:
    for page in pages:
        await expect(lines(page)).to_have_text(texts)


async def test_words_appear_while_they_are_said(browser: Browser, site: Site) -> None:
    site.say(1, "Good morning everyone.")
    async with screens(browser, site) as pages:
        await both_show(pages, "Good morning everyone.")
        site.say(2, "Please take", final=False)
        await both_show(pages, "Good morning everyone.", "Please take")
        site.say(2, "Please take a seat.")
        await both_show(pages, "Good morning everyone.", "Please take a seat.")


async def test_words_already_read_stay_as_they_are_when_later_ones_change(browser: Browser, site: Site) -> None:
    site.say(1, "the first item is the bud", final=False)
    async with screens(browser, site) as pages:
        await both_show(pages, "the first item is the bud")
        for page in pages:
            await page.evaluate("window.words = [...document.querySelector('#captions p').childNodes]")
        site.say(1, "the first item is the budget for next year")
        await both_show(pages, "the first item is the budget for next year")
        for page in pages:
            same = "line => [...line.childNodes].map((node, place) => node === words[place])"
            assert await lines(page).evaluate(same) == [True] * 5 + [False] * 4


async def test_every_script_is_written_its_own_way(browser: Browser, site: Site) -> None:
    written: list[tuple[str, list[str], str]] = [
        ("en-US", ["good", " morning"], "ltr"),
        ("hi-IN", ["सभी", " को", " सुप्रभात"], "ltr"),
        ("ar", ["صباح", " الخير"], "rtl"),
        ("ja", ["今", "日", "は", "良", "い"], "ltr"),
        ("th", ["ที่", "นี่"], "ltr"),
    ]
    for segment, (language, words, _) in enumerate(written):
        site.say(segment, "".join(words), language=language)
    async with visit(browser, f"{site.url}/kiosk") as page:
        await expect(lines(page)).to_have_count(len(written))
        look = "line => [line.lang, [...line.childNodes].map((node) => node.data), line.dir]"
        shown = await lines(page).evaluate_all(f"lines => lines.map({look})")
        assert [tuple(line) for line in shown] == written


async def test_missing_words_are_shown_as_missing(browser: Browser, site: Site) -> None:
    site.board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    site.board.post(Gap(start=30, end=330, reason="The sound was lost."))
    async with screens(browser, site) as pages:
        await both_show(
            pages,
            "[12 sec without captions: The microphone was muted.]",
            "[5 min without captions: The sound was lost.]",
        )


async def test_markup_in_a_caption_is_nothing_but_text(browser: Browser, site: Site) -> None:
    attack = '<img src="/x" onerror="document.title=1"><script>document.title=2</script>'
    site.say(1, attack)
    site.board.update(reason=attack, warning=attack)
    site.board.update(room=RoomInUse(id="x", title=attack, from_language="en-US", to_languages=("de",)))
    async with screens(browser, site) as pages:
        await both_show(pages, attack)
        for page in pages:
            await expect(page.locator("h1")).to_have_text(attack)
            await expect(
                page.locator("#captions *:not(div, p), h1 *, .state img, .state script")
            ).to_have_count(0)


async def test_a_cut_connection_is_said_and_nothing_said_meanwhile_is_missed(
    browser: Browser, site: Site
) -> None:
    site.say(1, "Before the cut.")
    async with screens(browser, site) as pages:
        await both_show(pages, "Before the cut.")
        await site.stop()
        for page in pages:
            await expect(page.locator("#state")).to_have_text("Not connected")
            await expect(page.get_by_text("The box is not answering. Trying again…")).to_be_visible()
        site.say(2, "Said meanwhile.")
        site.say(3, "Still being sa", final=False)
        await site.start()
        await both_show(pages, "Before the cut.", "Said meanwhile.", "Still being sa")
        for page in pages:
            await expect(page.locator("#state")).to_have_text("Live")


async def test_after_a_restart_a_phone_keeps_what_it_has_and_the_big_screen_begins_anew(
    browser: Browser, site: Site
) -> None:
    site.say(1, "Before the restart.")
    site.say(2, "Cut off in the", final=False)
    async with screens(browser, site) as (phone, kiosk):
        await both_show((phone, kiosk), "Before the restart.", "Cut off in the")
        await site.stop()
        site.board = live_board()
        site.say(1, "A new start.")
        await site.start()
        await expect(lines(phone)).to_have_text(
            ["Before the restart.", "Cut off in the", "[The box was restarted.]", "A new start."]
        )
        await expect(phone.locator("#captions .interim")).to_have_count(0)
        await expect(lines(kiosk)).to_have_text(["A new start."])


async def test_what_is_wrong_and_what_to_do_is_said(browser: Browser, site: Site) -> None:
    site.board.update(state=State.FAULT, reason="The key is not accepted; enter a new one.")
    async with screens(browser, site) as pages:
        for page in pages:
            await expect(page.get_by_text("Needs attention").last).to_be_visible()
            await expect(page.get_by_text("The key is not accepted; enter a new one.")).to_be_visible()
        site.board.update(state=State.LIVE, reason=None, warning="The microphone is very quiet.")
        for page in pages:
            await expect(page.get_by_text("The microphone is very quiet.")).to_be_visible()
