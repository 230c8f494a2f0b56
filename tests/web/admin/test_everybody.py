from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from appliance.web.admin.frame import MENU
from appliance.web.first_start.steps import STEPS
from tests.rigs.admin import PASSWORD
from tests.rigs.box import RunningBox, simple_settings
from tests.rigs.browser import check_accessible, log_in, open_browser, visit
from tests.rigs.site import PHONE, SMALLEST_PHONE

PAGES = (
    *MENU,
    *STEPS,
    "/setup/vendor/palabra",
    "/admin/rooms/_new",
    "/admin/rooms/meeting-room",
    "/admin/accounts/_new",
    "/admin/accounts/_new/palabra",
    "/admin/accounts/_new/stenomatic",
    "/admin/viewers/door",
    "/admin/viewers/rotate",
    "/admin/transcripts/wipe",
    "/admin/box/restart",
)
STRANGERS = ("/login", "/nothing", "/")

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A box that its administrator has claimed as people do."""
    folder = tmp_path_factory.mktemp("box")
    async with RunningBox.started(folder, simple_settings("microphone")) as box:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as screen:
            async with screen.get((folder / "kiosk.url").read_text("utf-8").strip()):
                """The cookie is in the jar now."""
            async with screen.get(f"{box.url}/api/v1/setup") as answer:
                code = (await answer.json())["code"]
        async with open_browser() as browser, visit(browser, f"{box.url}/setup", refused=True) as page:
            await no_barrier(page)
            await page.get_by_label("Set-up code").fill(code)
            await page.get_by_role("button", name="Continue").click()
            await no_barrier(page)
            await page.get_by_label("Password").fill(PASSWORD)
            await page.get_by_role("button", name="Continue").click()
            await page.wait_for_url("**/setup/microphone")
        yield box.url


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


async def no_barrier(page: Page) -> None:
    """Nothing that axe knows of keeps anybody out, by day and by night, and a small phone shows all of it."""
    for colours in ("light", "dark"):
        await page.emulate_media(color_scheme=colours)
        await check_accessible(page)
    await page.set_viewport_size(SMALLEST_PHONE)
    assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"], page.url
    await page.set_viewport_size(PHONE)


async def test_nobody_is_shut_out_of_the_administration(browser: Browser, url: str) -> None:
    async with visit(browser, f"{url}/admin", viewport=PHONE, reduced_motion="reduce") as page:
        await log_in(page, PASSWORD)
        await page.wait_for_url("**/admin")
        for path in PAGES:
            answer = await page.goto(f"{url}{path}")
            assert answer
            assert answer.status == 200, path
            for group in await page.locator("details").all():
                await group.evaluate("each => each.open = true")
            await no_barrier(page)


async def test_nobody_is_shut_out_of_what_a_stranger_sees(browser: Browser, url: str) -> None:
    async with visit(browser, f"{url}/login", viewport=PHONE, refused=True) as page:
        for path in STRANGERS:
            await page.goto(f"{url}{path}")
            await no_barrier(page)
