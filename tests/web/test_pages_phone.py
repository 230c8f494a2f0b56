import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Route, expect

from appliance.captions import Gap
from tests.rigs.browser import visit
from tests.rigs.site import PHONE, ROOM, SMALLEST_PHONE, TRANSLATED, Site, caption, lines, live_board
from tests.rigs.web import serving, serving_with_access
from tests.rigs.wire import wired

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def test_a_reader_for_whom_there_is_no_room_asks_again_when_the_box_said(
    browser: Browser, site: Site
) -> None:
    asked: list[Route] = []

    async def full(route: Route) -> None:
        asked.append(route)
        await route.fulfill(status=503, headers={"Retry-After": "30"})

    page = await (await browser.new_context()).new_page()
    await page.clock.install()
    await page.route("**/api/v1/captions*", lambda route: route.abort())
    await page.route("**/api/v1/state", full)
    await page.goto(site.url)
    await expect(page.locator("#state")).to_have_text("Not connected")
    async with page.expect_response("**/api/v1/state"):
        await page.clock.run_for(3_000)
    await page.clock.run_for(30_000)
    await page.evaluate("fetch('/healthz')")
    assert len(asked) == 1
    async with page.expect_response("**/api/v1/state"):
        await page.clock.run_for(5_000)
    assert len(asked) == 2
    await page.context.close()


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
        await page.get_by_label("Sprache der Untertitel").select_option(index=0)
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
        await page.get_by_role("button", name="Settings").click()
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


async def test_whoever_comes_late_scrolls_back_to_the_beginning_of_this_meeting_and_no_further(
    browser: Browser, site: Site
) -> None:
    site.say(1, "Said in the meeting before.")
    site.board.wipe()
    said = [f"Sentence {segment}." for segment in range(2, 102)]
    for segment, text in enumerate(said, 2):
        site.say(segment, text)
    async with visit(browser, site.url, viewport=PHONE) as page:
        await expect(lines(page)).to_have_text(said)


async def test_what_was_said_is_saved_only_where_the_administrator_allows_it(
    browser: Browser, tmp_path: Path
) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning."))
    board.post(caption(1, "Guten Morgen.", language="de", translated_from="en-US"))
    board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    async with serving(board) as url, visit(browser, url, refused=True) as page:
        await page.get_by_role("button", name="Settings").click()
        await expect(page.get_by_role("link", name="Save what was said")).to_have_count(0)
        answer = await page.request.get(f"{url}/transcript.txt")
        assert answer.status == 403
    async with serving(board, may_download=True) as url, visit(browser, url) as page:
        await page.get_by_label("Language of the captions").select_option("Deutsch")
        await page.get_by_role("button", name="Settings").click()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Save what was said").click()
        file = tmp_path / "captions.txt"
        await (await download.value).save_as(file)
        text = file.read_text("utf-8")
        assert "Guten Morgen." in text
        assert "Good morning." not in text


async def test_captions_beside_the_apps_of_a_phone_open_without_the_cookies_of_its_browser(
    browser: Browser,
) -> None:
    async with serving_with_access(live_board()) as (url, access):
        async with visit(browser, f"{url}/j/{access.join_code.text}", locale="de-DE") as page:
            fetched = "link => fetch(link.href).then((answer) => answer.json())"
            manifest = await page.locator("link[rel=manifest]").evaluate(fetched)
            assert manifest["name"] == "Live-Untertitel"
            assert manifest["display"] == "standalone"
            for icon in manifest["icons"]:
                picture = await (await page.request.get(url + icon["src"])).body()
                assert "{}x{}".format(*Image.open(io.BytesIO(picture)).size) == icon["sizes"]
        async with visit(browser, url + manifest["start_url"]) as page:
            await expect(page.locator("#state")).to_have_text("Live")


async def test_at_twice_the_size_nothing_runs_out_of_the_page(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"))
    board.update(warning="The microphone hears the speaker very quietly; move it closer or turn it up.")
    half = {"width": PHONE["width"] // 2, "height": PHONE["height"] // 2}
    async with serving(board) as url, visit(browser, url, viewport=half, device_scale_factor=2) as page:
        await expect(lines(page)).to_have_count(1)
        assert await page.evaluate("document.documentElement.scrollWidth") <= half["width"]
        await page.get_by_role("button", name="Settings").click()
        dialog = page.get_by_role("dialog")
        assert await dialog.evaluate("dialog => dialog.scrollWidth - dialog.clientWidth") == 0


async def test_lines_do_not_glide_for_those_whom_motion_makes_ill(browser: Browser, site: Site) -> None:
    gliding: dict[str, bool] = {}
    for first, motion in ((1, "reduce"), (101, "no-preference")):
        async with visit(browser, site.url, viewport=PHONE, reduced_motion=motion) as page:
            await expect(page.locator("#state")).to_have_text("Live")
            await page.evaluate(
                """() => {
                    window.glided = false;
                    const animate = Element.prototype.animate;
                    Element.prototype.animate = function (...how) {
                        window.glided = true;
                        return animate.apply(this, how);
                    };
                }"""
            )
            for segment in range(first, first + 30):
                site.say(segment, f"{motion}: sentence {segment}.")
                await expect(page.get_by_text(f"{motion}: sentence {segment}.")).to_have_count(1)
            gliding[motion] = await page.evaluate("window.glided")
    assert gliding == {"reduce": False, "no-preference": True}


@pytest.mark.parametrize("path", ["/", "/kiosk", "/join.svg", "/manifest.webmanifest", "/transcript.txt"])
async def test_whoever_was_not_let_in_gets_neither_the_words_nor_the_code(browser: Browser, path: str) -> None:
    async with serving_with_access(live_board()) as (url, access), visit(browser, "about:blank") as page:
        answer = await page.request.get(url + path)
        assert answer.status == 401
        assert access.join_code.text not in await answer.text()
