from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.rigs.browser import open_browser
from tests.rigs.site import Site


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
