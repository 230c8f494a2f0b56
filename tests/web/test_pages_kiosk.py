import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect

from appliance.captions import Gap
from appliance.state import Sign, State
from appliance.web.access import Who
from appliance.web.bodies import json_answer
from appliance.web.qr import qr_code
from appliance.web.routes import RouteTable
from tests.rigs.browser import visit
from tests.rigs.site import BIG_SCREEN, TRANSLATED, Site, caption, lines, live_board
from tests.rigs.web import serving, serving_with_access

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_segment_that_comes_to_nothing_leaves_the_screen(browser: Browser, site: Site) -> None:
    site.say(1, "um", final=False)
    async with visit(browser, f"{site.url}/kiosk") as page:
        await expect(lines(page)).to_have_text(["um"])
        site.say(1, "")
        await expect(lines(page)).to_have_count(0)


async def test_a_big_screen_shows_the_language_it_is_asked_for(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning."))
    board.post(caption(1, "صباح الخير", language="ar", translated_from="en-US"))
    async with serving(board) as url:
        async with visit(browser, f"{url}/kiosk") as page:
            await expect(lines(page)).to_have_text(["Good morning."])
        async with visit(browser, f"{url}/kiosk?languages=ar") as page:
            await expect(lines(page)).to_have_text(["صباح الخير"])


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


async def test_a_big_screen_that_runs_for_days_stays_small_and_shows_whole_lines(
    browser: Browser, site: Site
) -> None:
    async with visit(browser, f"{site.url}/kiosk", viewport=BIG_SCREEN) as page:
        await expect(page.locator("#state")).to_have_text("Live")
        for segment in range(1, 5_001):
            site.say(segment, f"Sentence {segment} of a long meeting about many things.")
        await expect(page.get_by_text("Sentence 5000 ")).to_be_visible()
        await expect(lines(page)).to_have_count(30)
        nodes = (
            "document.evaluate('count(//node())', document, null, XPathResult.NUMBER_TYPE, null).numberValue"
        )
        assert await page.evaluate(nodes) < 1_000
        assert await whole_lines(page.locator(".scene.captions")) == pytest.approx(4, abs=0.01)


async def left_and_right(page: Page) -> list[tuple[str, str]]:
    """The texts that stand side by side, row by row, if they begin at the same height."""
    rows = []
    for row in await page.locator("#captions > div").all():
        left, right = (row.locator(f'[data-column="{column}"]') for column in (0, 1))
        boxes = [await side.bounding_box() for side in (left, right)]
        assert boxes[0]
        assert boxes[1]
        assert boxes[0]["y"] == boxes[1]["y"]
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
        rows.append((await left.inner_text(), await right.inner_text()))
    return rows


async def test_two_languages_stand_side_by_side_and_stay_level(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    long = "Der erste Punkt der heutigen Tagesordnung ist der Haushalt für das kommende Jahr."
    async with (
        serving(board) as url,
        visit(browser, f"{url}/kiosk?languages=en,de", viewport=BIG_SCREEN) as page,
    ):
        board.post(caption(1, long, language="de", translated_from="en-US"))
        board.post(caption(2, "Bitte setzen.", language="de", translated_from="en-US"))
        board.post(caption(1, "The first item is the budget."))
        board.post(caption(2, "Please sit."))
        board.post(caption(2, "تفضلوا", language="ar", translated_from="en-US"))
        await expect(lines(page)).to_have_count(4)
        assert await left_and_right(page) == [
            ("The first item is the budget.", long),
            ("Please sit.", "Bitte setzen."),
        ]


async def test_missing_words_are_missing_in_both_languages(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    async with (
        serving(board) as url,
        visit(browser, f"{url}/kiosk?languages=spoken,de", viewport=BIG_SCREEN) as page,
    ):
        gap, scene = await lines(page).bounding_box(), await page.locator("#captions").bounding_box()
        assert gap
        assert scene
        assert gap["width"] == scene["width"]


async def test_a_big_screen_asked_for_a_language_that_a_room_lacks_shows_what_is_spoken(
    browser: Browser, site: Site
) -> None:
    site.say(1, "Good morning.")
    async with visit(browser, f"{site.url}/kiosk?languages=nl,fr") as page:
        await expect(lines(page)).to_have_text(["Good morning."])


async def test_a_mouse_sets_the_big_screen_and_it_stays_so(browser: Browser) -> None:
    board = live_board(TRANSLATED)
    board.post(caption(1, "Good morning."))
    board.post(caption(1, "Guten Morgen.", language="de", translated_from="en-US"))
    async with serving(board) as url, visit(browser, f"{url}/kiosk", viewport=BIG_SCREEN) as page:
        await expect(lines(page)).to_have_text(["Good morning."])
        await page.mouse.move(300, 300)
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_label("Second language beside it").select_option("Deutsch")
        await page.get_by_role("radio", name="Small").check()
        await page.get_by_role("radio", name="Light").check()
        await page.get_by_role("radio", name="Hide").check()
        await page.get_by_role("button", name="Apply").click()
        for _ in ("set", "opened anew by its link"):
            await expect(lines(page)).to_have_text(["Good morning.", "Guten Morgen."])
            assert await left_and_right(page) == [("Good morning.", "Guten Morgen.")]
            await expect(page.locator("html")).to_have_css("background-color", "rgb(250, 249, 246)")
            await expect(page.get_by_role("img")).to_be_hidden()
            await page.goto(f"{url}/kiosk")


async def test_no_pointer_lies_over_the_words(browser: Browser, site: Site) -> None:
    async with visit(browser, f"{site.url}/kiosk") as page:
        await page.clock.install()
        await page.reload()
        root, button = page.locator("html"), page.get_by_role("button", name="Settings")
        await expect(root).to_have_css("cursor", "none")
        await expect(button).to_have_css("opacity", "0")
        await page.mouse.move(300, 300)
        await expect(root).to_have_css("cursor", "auto")
        await expect(button).to_have_css("opacity", "1")
        await page.clock.fast_forward(3_000)
        await expect(root).to_have_css("cursor", "none")
        await expect(button).to_have_css("opacity", "0")


async def test_the_last_words_stay_or_go_as_the_room_wants_it(browser: Browser, site: Site) -> None:
    site.say(1, "See you after the break.")
    async with (
        visit(browser, f"{site.url}/kiosk?clear=15") as clearing,
        visit(browser, f"{site.url}/kiosk") as keeping,
    ):
        for page in (clearing, keeping):
            await page.clock.install()
            await page.reload()
            await expect(lines(page)).to_have_text(["See you after the break."])
            await page.clock.fast_forward(16_000)
        await expect(lines(clearing)).to_have_count(0)
        await expect(clearing.get_by_text("Listening…")).to_be_visible()
        await expect(lines(keeping)).to_be_visible()
        site.say(2, "Welcome back.")
        await expect(lines(clearing)).to_have_text(["Welcome back."])


@pytest.mark.parametrize(("size", "lines_seen"), [("small", 6), ("normal", 4), ("largest", 2)])
async def test_whoever_wants_larger_words_gets_whole_lines_of_them(
    browser: Browser, site: Site, size: str, lines_seen: int
) -> None:
    async with visit(browser, f"{site.url}/kiosk?size={size}", viewport=BIG_SCREEN) as page:
        scene = page.locator(".scene.captions")
        assert await whole_lines(scene) == pytest.approx(lines_seen, abs=0.01)


async def whole_lines(scene: Locator) -> float:
    look = "scene => scene.clientHeight / parseFloat(getComputedStyle(scene).lineHeight)"
    count: float = await scene.evaluate(look)
    return count


async def test_the_code_for_phones_is_in_the_corner_and_large_when_it_is_asked_for(
    browser: Browser, site: Site
) -> None:
    async with visit(browser, f"{site.url}/kiosk", viewport=BIG_SCREEN) as page:
        code = page.get_by_role("img", name="The code that opens the captions on a phone")
        await expect(code).to_be_visible()
        await expect(code).not_to_have_js_property("naturalWidth", 0)
        small = await code.bounding_box()
        site.board.update(sign=Sign.JOIN)
        await expect(page.locator("body")).to_have_attribute("data-sign", "join")
        large = await code.bounding_box()
        assert small
        assert large
        assert large["width"] > 3 * small["width"]


async def test_a_big_screen_that_hides_the_code_still_shows_it_when_it_is_asked_for(
    browser: Browser, site: Site
) -> None:
    async with visit(browser, f"{site.url}/kiosk?join=hide") as page:
        await expect(page.locator("#state")).to_have_text("Live")
        await expect(page.get_by_role("img")).to_be_hidden()
        site.board.update(sign=Sign.JOIN)
        await expect(page.get_by_role("img")).to_be_visible()


async def test_a_box_that_was_updated_shows_its_new_page(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visit(browser, f"{site.url}/kiosk") as page:
        await expect(page.locator("#state")).to_have_text("Live")
        for module in ("templates", "views"):
            monkeypatch.setattr(f"appliance.web.{module}.__version__", "99.0")
        site.board.update(name="Box after the update")
        await expect(page.locator("body")).to_have_attribute("data-version", "99.0")


async def test_only_the_screen_of_the_box_itself_says_how_to_set_it_up(browser: Browser) -> None:
    board = live_board()
    board.update(state=State.IDLE, claimed=False)
    async with serving_with_access(board, SetupPart(), viewers="open") as (url, access):
        async with visit(browser, f"{url}/screen/{access.screen_key.text}") as own:
            await expect(own.get_by_text(SetupPart.CODE)).to_be_visible()
            await expect(own.locator("#way")).not_to_have_js_property("naturalWidth", 0)
            board.update(claimed=True)
            await expect(own.get_by_text("Press the button on the box to start captions.")).to_be_visible()
            board.update(claimed=False)
        async with visit(browser, f"{url}/kiosk") as other:
            await expect(other.get_by_text("Press the button on the box to start captions.")).to_be_visible()


class SetupPart:
    """Tells how the box is set up."""

    CODE = "4711 0815"

    def routes(self, table: RouteTable) -> None:
        table.get("/api/v1/setup", self.setup, Who.SCREEN)
        table.get("/setup.svg", self.way, Who.SCREEN)

    async def setup(self, _: web.Request) -> web.Response:
        return json_answer({"addresses": ["http://192.0.2.7:8080"], "code": self.CODE, "fingerprint": []})

    async def way(self, _: web.Request) -> web.Response:
        return qr_code("http://192.0.2.7:8080/setup")
