import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.rigs.admin import PASSWORD
from tests.rigs.administration import Administration, administration
from tests.rigs.browser import log_in, visit
from tests.web.admin.test_settings_form import box_form

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_box_restarts_only_when_asked_twice(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        assert "Restart the box?" in (await browser.look("/admin/box/restart")).text
        assert not box.restarted.is_set()
        waiting = await browser.send("/admin/box/restart")
        await asyncio.wait_for(box.restarted.wait(), 15)
        assert 'http-equiv="refresh"' in waiting.text
        assert "The box has restarted." in (await browser.look("/admin")).text


async def test_who_moves_the_box_to_another_port_is_told_where_it_will_be(tmp_path: Path) -> None:
    async with administration(tmp_path, '[box]\nname = "Cellar"\n') as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        await browser.send("/admin/box", box_form(page.text, web__port="8099"))
        waiting = await browser.send("/admin/box/restart")
        assert 'href="http://127.0.0.1:8099/admin"' in waiting.text


async def test_who_has_the_pages_encrypted_is_led_to_https(tmp_path: Path) -> None:
    async with administration(tmp_path, '[box]\nname = "Cellar"\n') as box, box.browser() as browser:
        page = await browser.look("/admin/box")
        await browser.send("/admin/box", box_form(page.text, web__https="self-signed"))
        waiting = await browser.send("/admin/box/restart")
        assert f'href="{box.url.replace("http", "https")}/admin"' in waiting.text


@pytest.mark.parametrize("away", [0.0, 2.0])
async def test_the_page_waits_for_the_box_and_goes_back_to_it(
    browser: Browser, tmp_path: Path, away: float
) -> None:
    async with (
        administration(tmp_path) as box,
        _served_until_restarted(box, away) as url,
        visit(browser, f"{url}/admin/box/restart") as page,
    ):
        await log_in(page, PASSWORD)
        await page.get_by_role("button", name="Restart").click()
        await expect(page.get_by_role("heading", name="The box restarts")).to_be_visible()
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await expect(page.get_by_text("The box has restarted.")).to_be_visible()


@asynccontextmanager
async def _served_until_restarted(box: Administration, away: float) -> AsyncIterator[str]:
    """The address of a server that is away for so many seconds when it is told to restart."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with box.served() as port:
            ready.set_result(port)
            await box.restarted.wait()
        await asyncio.sleep(away)
        async with box.served(port):
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    try:
        yield f"http://127.0.0.1:{await ready}"
    finally:
        serving.cancel()
        await asyncio.wait([serving])
