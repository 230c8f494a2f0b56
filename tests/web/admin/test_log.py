import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from appliance.host.logs import KEPT
from tests.rigs.browser import open_browser
from tests.rigs.office import Office, office


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


async def test_what_the_box_noted_is_read_the_latest_first(there: Office) -> None:
    there.note("The box is ready.")
    there.note("A device is called <b>mic</b>.", logging.WARNING)
    page = (await there.browser.look("/admin/log")).text
    assert page.index("&lt;b&gt;mic") < page.index("The box is ready.")


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("all", "info warning error"),
        ("warning", "warning error"),
        ("error", "error"),
        ("?", "info warning error"),
    ],
)
async def test_only_what_is_as_bad_as_asked_for_is_shown(there: Office, level: str, shown: str) -> None:
    for name in ("info", "warning", "error"):
        there.note(f"Noted as {name}.", logging.getLevelName(name.upper()))
    page = (await there.browser.look(f"/admin/log?level={level}")).text
    assert {n for n in ("info", "warning", "error") if f"Noted as {n}." in page} == set(shown.split())


async def test_an_open_page_is_given_only_what_is_new(there: Office) -> None:
    there.note("Old.")
    there.note("New.")
    lines = (await there.browser.look("/admin/log/lines?after=1")).text
    assert "New." in lines
    assert "Old." not in lines
    assert not (await there.browser.look("/admin/log/lines?after=2")).text.strip()


async def test_a_wrong_password_leaves_no_trace_of_itself_in_the_log(there: Office) -> None:
    logger = logging.getLogger("appliance")
    logger.addHandler(there.log)
    try:
        await there.browser.look("/admin/transcripts/wipe")
        await there.browser.send("/admin/transcripts/wipe", {"password": "canary password"})
        await there.browser.look(f"/admin/nothing?code={there.access.join_code.text}")
    finally:
        logger.removeHandler(there.log)
    page = (await there.browser.look("/admin/log")).text
    assert "A wrong password came from" in page
    assert "canary" not in page
    assert there.access.join_code.text not in page


async def test_a_log_that_is_looked_at_goes_on_by_itself_until_it_is_held(
    there: Office, browser: Browser
) -> None:
    for number in range(KEPT):
        there.note(f"Line {number}.")
    context = await browser.new_context()
    await there.let_in(context)
    page = await context.new_page()
    await page.goto(f"{there.browser.url}/admin/log")
    there.note("The microphone is <i>gone</i>.", logging.ERROR)
    first = page.locator("#lines li").first
    await expect(first).to_contain_text("The microphone is <i>gone</i>.")
    assert await page.locator("#lines li").count() == KEPT
    await page.get_by_role("button", name="Live").click()
    await expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")
    await context.close()


async def test_a_log_says_that_the_box_does_not_answer_only_while_it_does_not(
    there: Office, browser: Browser
) -> None:
    context = await browser.new_context()
    await there.let_in(context)
    page = await context.new_page()
    await page.goto(f"{there.browser.url}/admin/log")
    trouble = page.locator("#trouble")
    await expect(page.get_by_role("button", name="Live")).to_be_visible()
    assert await trouble.is_hidden()
    await page.route("**/admin/log/lines*", lambda route: route.abort())
    await expect(trouble).to_be_visible()
    await expect(trouble.locator("svg")).to_be_visible()
    await page.unroute_all()
    await expect(trouble).to_be_hidden()
    await context.close()
