import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # has no type hints
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from appliance.board import Board
from appliance.captions import Caption, Gap
from appliance.panel import open_panel
from appliance.settings.models import Panel
from appliance.state import Command, RoomInUse, Sign, State, Status
from appliance.web.panel import PanelApi
from tests.rigs.browser import open_browser, visit
from tests.rigs.web import serving, serving_with_access
from tests.rigs.wire import wired

pytestmark = pytest.mark.asyncio(loop_scope="module")

BIG_SCREEN: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALLEST_PHONE: ViewportSize = {"width": 320, "height": 568}
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")

TOUCH = 60
"""Milliseconds for which a finger touches or leaves a button; what is much faster is a bounce to the box."""

ROOM = RoomInUse(id="boardroom", title="Boardroom", from_language="en-US")
TRANSLATED = RoomInUse(id="hall", title="Hall", from_language="en-US", to_languages=("de", "ar"))


class Site:
    """The web of a box on whose board the test writes."""

    def __init__(self) -> None:
        self.board = live_board()
        self.url = ""
        self._port = 0
        self._server = AsyncExitStack()

    async def start(self) -> None:
        self.url = await self._server.enter_async_context(serving(self.board, port=self._port))
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> None:
        await self._server.aclose()

    def say(self, segment: int, text: str, *, final: bool = True, **more: Any) -> None:
        self.board.post(caption(segment, text, final=final, **more))


def live_board(room: RoomInUse = ROOM) -> Board:
    return Board(Status(name="Box", room=room, state=State.LIVE))


def caption(segment: int, text: str, *, final: bool = True, language: str = "en-US", **more: Any) -> Caption:
    start = 4.0 * segment
    return Caption(
        segment=segment,
        revision=1,
        language=language,
        text=text,
        final=final,
        start=start,
        end=start + 3,
        **more,
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@asynccontextmanager
async def screens(browser: Browser, site: Site) -> AsyncIterator[tuple[Page, Page]]:
    async with visit(browser, site.url) as phone, visit(browser, f"{site.url}/kiosk") as kiosk:
        yield phone, kiosk


def lines(page: Page) -> Locator:
    return page.locator("#captions p")


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


async def test_a_segment_that_comes_to_nothing_leaves_the_screen(browser: Browser, site: Site) -> None:
    site.say(1, "um", final=False)
    async with visit(browser, f"{site.url}/kiosk") as page:
        await expect(lines(page)).to_have_text(["um"])
        site.say(1, "")
        await expect(lines(page)).to_have_count(0)


async def test_missing_words_are_shown_as_missing(browser: Browser, site: Site) -> None:
    site.board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    site.board.post(Gap(start=30, end=330, reason="The sound was lost."))
    async with screens(browser, site) as pages:
        await both_show(
            pages,
            "[12 s without captions: The microphone was muted.]",
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
            await expect(page.locator("img, body script")).to_have_count(0)


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


async def test_a_box_that_lost_its_power_without_a_word_is_found_again(browser: Browser, site: Site) -> None:
    site.say(1, "Before the power cut.")
    async with (
        wired(int(site.url.rpartition(":")[2])) as wire,
        visit(browser, f"http://127.0.0.1:{wire.port}") as page,
    ):
        await page.clock.install()
        await page.reload()
        await expect(lines(page)).to_have_text(["Before the power cut."])
        wire.pull()
        site.say(2, "Said meanwhile.")
        await page.clock.fast_forward(60_000)
        await page.clock.fast_forward(60_000)
        await expect(page.locator("#state")).to_have_text("Not connected")
        wire.plug()
        await page.clock.fast_forward(60_000)
        await expect(lines(page)).to_have_text(["Before the power cut.", "Said meanwhile."])


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


async def test_a_viewer_whose_link_is_no_longer_good_is_told_to_scan_the_code(browser: Browser) -> None:
    board = live_board()
    async with serving_with_access(board) as (url, access):
        page = await (await browser.new_context()).new_page()
        await page.goto(f"{url}/j/{access.join_code.text}")
        await expect(page.locator("#state")).to_have_text("Live")
    async with serving_with_access(board, port=int(url.rpartition(":")[2])):
        await expect(page.locator("#state")).to_have_text("Not let in")
        await expect(page.locator("#reason")).to_contain_text("Scan the code")
    await page.context.close()


async def test_readers_get_the_language_of_their_device_and_may_choose_another(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning."))
    board.post(caption(1, "Guten Morgen.", language="de", translated_from="en-US"))
    async with serving(board) as url, visit(browser, url, locale="de-AT") as page:
        await expect(lines(page)).to_have_text(["Guten Morgen."])
        board.post(caption(2, "Please sit."))
        board.post(caption(2, "Bitte setzen.", language="de", translated_from="en-US"))
        await expect(lines(page)).to_have_text(["Guten Morgen.", "Bitte setzen."])
        await page.get_by_label("Language").select_option("English (United States) (as spoken)")
        await expect(lines(page)).to_have_text(["Good morning.", "Please sit."])
        await page.reload()
        await expect(lines(page)).to_have_text(["Good morning.", "Please sit."])


async def test_a_room_of_one_language_asks_for_none(browser: Browser, site: Site) -> None:
    async with visit(browser, site.url) as page:
        await expect(page.locator("#state")).to_have_text("Live")
        await expect(page.locator("#language")).to_be_hidden()


async def test_the_next_room_speaks_on_in_its_own_languages(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Guten Morgen.", language="de", translated_from="en-US"))
    async with serving(board) as url, visit(browser, url, locale="de-DE") as page:
        await expect(lines(page)).to_have_text(["Guten Morgen."])
        board.update(room=ROOM)
        board.post(caption(2, "Another room."))
        await expect(lines(page)).to_have_text(["Guten Morgen.", "Another room."])


async def test_a_big_screen_shows_the_language_it_is_asked_for(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning."))
    board.post(caption(1, "صباح الخير", language="ar", translated_from="en-US"))
    async with serving(board) as url:
        async with visit(browser, f"{url}/kiosk") as page:
            await expect(lines(page)).to_have_text(["Good morning."])
        async with visit(browser, f"{url}/kiosk?language=ar") as page:
            await expect(lines(page)).to_have_text(["صباح الخير"])


async def test_reading_back_is_not_disturbed_and_one_press_leads_back_to_now(
    browser: Browser, site: Site
) -> None:
    async with visit(browser, site.url, viewport=PHONE) as page:
        await expect(page.locator("#state")).to_have_text("Live")
        for segment in range(1, 61):
            site.say(segment, f"Sentence {segment} of a long meeting about many things.")
        last = page.get_by_text("Sentence 60 ")
        jump = page.get_by_role("button", name="Jump to now")
        await expect(last).to_be_in_viewport()
        await expect(jump).to_be_hidden()
        await page.evaluate("scrollTo(0, 500)")
        await expect(jump).to_be_visible()
        site.say(61, "Something new.")
        await expect(page.get_by_text("Something new.")).to_have_count(1)
        await expect(last).not_to_be_in_viewport()
        assert await page.evaluate("scrollY") == 500
        await jump.click()
        await expect(page.get_by_text("Something new.")).to_be_in_viewport()
        await expect(jump).to_be_hidden()
        site.say(62, "And on it goes.")
        await expect(page.get_by_text("And on it goes.")).to_be_in_viewport()


async def test_text_size_and_colours_stay_as_chosen(browser: Browser, site: Site) -> None:
    site.say(1, "Good morning.")
    async with visit(browser, site.url, viewport=PHONE, color_scheme="light") as page:
        await page.get_by_role("button", name="Text and colours").click()
        await page.get_by_role("radio", name="Largest").check()
        await page.get_by_role("radio", name="Dark").check()
        await page.get_by_role("button", name="Done").click()
        for _ in ("chosen", "remembered"):
            await expect(page.get_by_role("dialog")).to_be_hidden()
            await expect(lines(page)).to_have_css("font-size", "48px")
            await expect(page.locator("html")).to_have_css("background-color", "rgb(13, 15, 19)")
            await page.reload()


async def test_a_screen_reader_is_told_each_caption_once_it_is_final(browser: Browser, site: Site) -> None:
    site.say(1, "Good morning.")
    site.say(2, "Please ta", final=False)
    async with visit(browser, site.url) as page:
        log = page.get_by_role("log", name="Captions")
        await expect(lines(page)).to_have_count(2)
        await expect(log).to_match_aria_snapshot("- log:\n  - /children: equal\n  - paragraph: Good morning.")
        site.say(2, "Please take a seat.")
        await expect(log).to_match_aria_snapshot(
            "- log:\n  - /children: equal\n  - paragraph: Good morning.\n  - paragraph: Please take a seat."
        )
        await expect(log).to_have_attribute("aria-live", "polite")


async def test_the_big_screen_invites_between_meetings_and_forgets_the_last(
    browser: Browser, site: Site
) -> None:
    site.say(1, "See you next week.")
    async with visit(browser, f"{site.url}/kiosk") as page:
        await page.clock.install()
        await page.reload()
        await expect(lines(page)).to_have_text(["See you next week."])
        site.board.update(state=State.IDLE)
        await expect(page.locator("#state")).to_have_text("Ready")
        await expect(lines(page)).to_be_visible()
        await page.clock.fast_forward(10_000)
        await expect(page.get_by_text("Press the button on the box to start captions.")).to_be_visible()
        await expect(lines(page)).to_have_count(0)


async def test_what_is_wrong_and_what_to_do_is_said(browser: Browser, site: Site) -> None:
    site.board.update(state=State.FAULT, reason="The key is not accepted; enter a new one.")
    async with screens(browser, site) as pages:
        for page in pages:
            await expect(page.get_by_text("Needs attention").last).to_be_visible()
            await expect(page.get_by_text("The key is not accepted; enter a new one.")).to_be_visible()
        site.board.update(state=State.LIVE, reason=None, warning="The microphone is very quiet.")
        for page in pages:
            await expect(page.get_by_text("The microphone is very quiet.")).to_be_visible()


async def test_a_big_screen_that_runs_for_days_stays_small_and_shows_whole_lines(
    browser: Browser, site: Site
) -> None:
    async with visit(browser, f"{site.url}/kiosk", viewport=BIG_SCREEN) as page:
        await expect(page.locator("#state")).to_have_text("Live")
        for segment in range(1, 301):
            site.say(segment, f"Sentence {segment} of a long meeting about many things.")
        await expect(page.get_by_text("Sentence 300 ")).to_be_visible()
        await expect(lines(page)).to_have_count(30)
        lines_seen = "scene => scene.clientHeight / parseFloat(getComputedStyle(scene).lineHeight)"
        assert await page.locator(".scene.captions").evaluate(lines_seen) == pytest.approx(4, abs=0.01)


@asynccontextmanager
async def lit_panel(board: Board) -> AsyncIterator[tuple[PanelApi, asyncio.Queue[Command]]]:
    panel = open_panel(Panel(driver="simulated"))
    commands: asyncio.Queue[Command] = asyncio.Queue()
    running = asyncio.create_task(panel.run(board, commands.put, _sign_text))
    try:
        yield PanelApi(panel, simulated=True), commands
    finally:
        running.cancel()
        await asyncio.wait([running])


def _sign_text(_: Sign) -> str:
    return "http://192.0.2.7:8080/j/CODE"


async def test_the_panel_page_shows_the_glass_and_the_light(browser: Browser) -> None:
    board = live_board()
    async with (
        lit_panel(board) as (api, _),
        serving(board, api) as url,
        visit(browser, f"{url}/panel", viewport=BIG_SCREEN) as page,
    ):
        light = page.locator("#light")
        await expect(light).to_have_css("color", "color(srgb-linear 0 1 0)")
        await expect(page.get_by_text("The light is steady green: live.")).to_be_visible()
        glass = page.get_by_role("img", name="The box’s display: live")
        await expect(glass).to_have_js_property("naturalWidth", 128)
        await expect(glass).to_have_js_property("width", 4 * 128)
        seen = await glass.get_attribute("src")
        board.update(state=State.MUTED)
        await expect(light).to_have_css("color", "color(srgb-linear 1 0 0)")
        glass = page.get_by_role("img", name="The box’s display: muted")
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


@pytest.mark.parametrize("path", ["/", "/kiosk", "/panel"])
async def test_nobody_is_shut_out_by_how_a_page_is_made(browser: Browser, path: str) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning everyone and welcome to the meeting."))
    board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    board.post(caption(2, "Please take a seat near the", final=False))
    board.update(warning="The microphone is very quiet.")
    rules = {"rules": {"color-contrast-enhanced": {"enabled": path == "/kiosk"}}}
    async with (
        lit_panel(board) as (api, _),
        serving(board, api) as url,
        visit(browser, url + path, reduced_motion="reduce") as page,
    ):
        await expect(page.locator("#state")).to_have_text("Live")
        for size, colours in itertools.product([BIG_SCREEN, PHONE], COLOURS):
            await page.set_viewport_size(size)
            await page.emulate_media(color_scheme=colours)
            results = await Axe().run(page, options=rules)
            assert not results.response["violations"], results.generate_report()
        await page.set_viewport_size(SMALLEST_PHONE)
        assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]


async def test_nobody_is_shut_out_of_the_choices(browser: Browser, site: Site) -> None:
    async with visit(browser, site.url, viewport=PHONE) as page:
        await page.get_by_role("button", name="Text and colours").click()
        await expect(page.get_by_role("dialog", name="Text and colours")).to_be_visible()
        results = await Axe().run(page)
        assert not results.response["violations"], results.generate_report()


async def test_wide_letters_and_lines_lose_no_text(browser: Browser, site: Site) -> None:
    site.say(1, "Good morning everyone and welcome to the meeting.")
    async with visit(browser, site.url, viewport=SMALLEST_PHONE) as page:
        await expect(lines(page)).to_have_count(1)
        await page.evaluate(
            """() => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
                    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
                document.adoptedStyleSheets = [sheet];
            }"""
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]
        await expect(lines(page)).to_be_in_viewport()
