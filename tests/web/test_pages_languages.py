import pytest
from playwright.async_api import Browser, expect

from appliance.captions import Gap
from appliance.i18n import LANGUAGES
from appliance.state import State
from tests.rigs.browser import visit
from tests.rigs.site import PHONE, Site, lines

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("speaks", "shown", "settings"),
    [
        ("en-GB", "en", "Settings"),
        ("de-AT", "de", "Einstellungen"),
        ("nl-NL", "nl", "Instellingen"),
        ("fr-CA", "fr", "Réglages"),
        ("es-MX", "es", "Ajustes"),
        ("hi-IN", "hi", "सेटिंग"),
        ("ja-JP", "en", "Settings"),
    ],
)
async def test_pages_speak_the_language_of_whoever_opens_them(
    browser: Browser, site: Site, speaks: str, shown: str, settings: str
) -> None:
    async with visit(browser, site.url, locale=speaks) as page:
        await expect(page.locator("html")).to_have_attribute("lang", shown)
        await expect(page.get_by_role("button", name=settings)).to_be_visible()


async def test_another_language_of_the_page_stays_chosen(browser: Browser, site: Site) -> None:
    async with visit(browser, site.url, viewport=PHONE, locale="de-DE") as page:
        await page.get_by_role("button", name="Einstellungen").click()
        await page.get_by_label("Sprache dieser Seite").select_option("Nederlands")
        for path in ("/", "/kiosk"):
            await expect(page.locator("html")).to_have_attribute("lang", "nl")
            await page.goto(site.url + path)


async def test_what_the_box_says_is_translated_where_it_can_be_and_else_marked_as_english(
    browser: Browser, site: Site
) -> None:
    site.board.post(Gap(start=10, end=22, reason="The microphone was muted."))
    site.board.update(state=State.FAULT, reason="The key is not accepted; enter a new one.")
    async with visit(browser, site.url, locale="de-DE") as page:
        await expect(lines(page)).to_have_text(["[12 Sek. ohne Untertitel: Das Mikrofon war stummgeschaltet.]"])
        await expect(page.locator("#state")).to_have_text("Braucht Hilfe")
        await expect(page.locator("#reason")).to_have_attribute("lang", "en")
        quiet = "The microphone hears the speaker very quietly; move it closer or turn it up."
        site.board.update(state=State.LIVE, reason=None, warning=quiet)
        warning = page.locator("#warning")
        await expect(warning).to_contain_text("nur sehr leise")
        await expect(warning).to_have_attribute("lang", "de")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_language_runs_out_of_a_small_phone(browser: Browser, site: Site, language: str) -> None:
    async with visit(browser, f"{site.url}/?lang={language}", viewport={"width": 320, "height": 568}) as page:
        await page.locator("#open").click()
        overflow = "element => element.scrollWidth - element.clientWidth"
        assert await page.get_by_role("dialog").evaluate(overflow) == 0
        for label in await page.locator("fieldset label").all():
            assert await label.evaluate(overflow) == 0


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("xx, nl;q=0.3, fr;q=0.8", "fr"),
        ("de;q=many, es", "es"),
        ("*", "en"),
        ("", "en"),
        (",;q=,,", "en"),
        ("x" * 5_000 + ", de", "en"),
    ],
)
async def test_whatever_a_browser_says_of_its_languages_it_gets_a_page(
    browser: Browser, site: Site, header: str, shown: str
) -> None:
    async with visit(browser, "about:blank", extra_http_headers={"Accept-Language": header}) as page:
        answer = await page.request.get(site.url)
        assert f'<html lang="{shown}">' in await answer.text()
