"""A browser in which an administrator is logged in, as far as HTTP goes."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp

from appliance.board import Board
from appliance.web.access import Access
from appliance.web.server import Part
from tests.rigs.web import serving_with_access

PASSWORD: Final = "a good long password"

_CSRF: Final = re.compile(r'name="csrf" value="([^"]*)"')
_PATIENCE: Final = aiohttp.ClientTimeout(total=60)
_HTML: Final = {"Accept": "text/html"}


@dataclass(frozen=True)
class Shown:
    """A page as it came; `path` is where it was in the end."""

    status: int
    path: str
    text: str
    headers: Mapping[str, str]

    @property
    def csrf(self) -> str:
        found = _CSRF.search(self.text)
        return found[1] if found else ""


class Browser:
    """Looks at pages and sends their forms, as a browser without JavaScript does.

    Args:
        url: of the box.
        access: who may come in.
        session: keeps the cookies.
    """

    def __init__(self, url: str, access: Access, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.access = access
        self.session = session
        self._csrf = ""

    async def look(self, path: str, **headers: str) -> Shown:
        async with self.session.get(f"{self.url}{path}", headers=_HTML | headers) as response:
            return await self._shown(response)

    async def send(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Shown:
        """Send a form with the token of the page that was looked at last."""
        data = {"csrf": self._csrf, **(fields or {})}
        more = _HTML | {"Origin": self.url} | headers
        async with self.session.post(f"{self.url}{path}", data=data, headers=more) as response:
            return await self._shown(response)

    async def log_in(self, password: str = PASSWORD) -> Shown:
        return await self.send("/login", {"password": password})

    async def _shown(self, response: aiohttp.ClientResponse) -> Shown:
        shown = Shown(response.status, response.url.path, await response.text(), response.headers)
        self._csrf = shown.csrf or self._csrf
        return shown


@asynccontextmanager
async def opened_browser(url: str, access: Access) -> AsyncIterator[Browser]:
    """Somebody's browser before a box that is served already."""
    jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name too
    async with aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=jar) as session:
        yield Browser(url, access, session)


@asynccontextmanager
async def stranger(*parts: Part, board: Board | None = None) -> AsyncIterator[Browser]:
    """Somebody's browser before a box that was never set up."""
    async with (
        serving_with_access(board or Board(), *parts) as (url, access),
        opened_browser(url, access) as browser,
    ):
        yield browser


@asynccontextmanager
async def logged_in(*parts: Part, board: Board | None = None) -> AsyncIterator[Browser]:
    """The administrator's browser."""
    async with stranger(*parts, board=board) as browser:
        await browser.access.claim(PASSWORD)
        assert (await browser.log_in()).status in (200, 404)
        yield browser
