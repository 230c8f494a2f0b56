"""A whole box before an attacker: every page and route that it really has, on data of its own."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from appliance.board import Board
from appliance.box import Box, Options
from appliance.database import Database, open_database
from appliance.transcripts.store import TranscriptStore
from appliance.web.access import SCREEN_COOKIE, VIEWER_COOKIE, Access
from appliance.web.api.openapi import _PARAMETER
from appliance.web.attempts import Attempts
from appliance.web.routes import Route, RouteTable
from appliance.web.sessions import COOKIE
from tests.rigs.admin import PASSWORD, Browser, opened_browser
from tests.rigs.settings import SettingsFiles
from tests.rigs.web import no_sleep

PATIENCE: Final = aiohttp.ClientTimeout(total=60)
EXAMPLES: Final = {
    "id": "on-device",
    "number": "1",
    "job": "20260101-000000-abcdef",
    "form": "vtt",
    "vendor": "reverie",
    "name": "base.css",
}
"""What may stand in an address."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]


class Victim:
    """A box that is attacked.

    Args:
        box: as the command ``run`` puts it together.
        database: all that it keeps.
        folder: the state folder.

    Attributes:
        port: where its pages are.
        answers: the status of every answer, by method and path.
    """

    def __init__(self, box: Box, database: Database, folder: Path) -> None:
        self.box = box
        self.database = database
        self.folder = folder
        self.port = 0
        self.answers: dict[str, int] = {}
        self._answered = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def access(self) -> Access:
        return self.box.access

    @property
    def board(self) -> Board:
        return self.box.board

    @property
    def table(self) -> RouteTable:
        return self.box._server.table

    @property
    def transcripts(self) -> TranscriptStore:
        return self.box._transcripts

    @property
    def viewer(self) -> dict[str, str]:
        """Headers of a phone that was let in."""
        return {"Cookie": f"{VIEWER_COOKIE}={self.access.join_code.text}"}

    @property
    def screen(self) -> dict[str, str]:
        """Headers of the box's own big screen."""
        return {"Cookie": f"{SCREEN_COOKIE}={self.access.screen_key.text}"}

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        """Ask as somebody without cookies, unless `how` brings some; redirects are not followed."""
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=jar) as session,
            session.request(method, f"{self.url}{path}", allow_redirects=False, **how) as response,
        ):
            return Answer(response.status, await response.text(errors="replace"), response.headers)

    async def note(self, request: web.Request, response: web.StreamResponse) -> None:
        """Called before every answer of the box; `answers` has their statuses, by method and path."""
        async with self._answered:
            self.answers[f"{request.method} {request.path}"] = response.status
            self._answered.notify_all()

    async def until_answered(self, *requests: str) -> list[int]:
        """The statuses of requests, as soon as all of them are answered."""
        async with asyncio.timeout(30), self._answered:
            await self._answered.wait_for(lambda: set(requests) <= self.answers.keys())
        return [self.answers[request] for request in requests]

    async def say(self, *lines: str, body: bytes = b"", wait: float = 30) -> bytes:
        """Speak to the box by hand; everything that it answers until it hangs up, or for as long as that."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        heard = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(wait):
                while chunk := await reader.read(65_536):
                    heard += chunk
        writer.close()
        return heard

    async def logged_in(self) -> dict[str, str]:
        """Headers of a browser in which the administrator has just logged in."""
        async with self.administrator() as browser:
            return {"Cookie": f"{COOKIE}={session_of(browser)}"}

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """Somebody's browser, as far as HTTP goes."""
        async with opened_browser(self.url, self.access) as browser:
            yield browser

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[Browser]:
        """The administrator's browser."""
        async with self.browser() as browser:
            assert (await browser.log_in()).path == "/admin"
            yield browser

    def places(self, *methods: str) -> list[tuple[str, str]]:
        """Every way in, with something in the place of each parameter."""
        return [
            (route.method, address(route)) for route in self.table if not methods or route.method in methods
        ]


def address(route: Route) -> str:
    """The path of a route with something in the place of each parameter."""
    return _PARAMETER.sub(lambda match: EXAMPLES.get(match[1], "x"), route.path)


@asynccontextmanager
async def victim(
    folder: Path,
    settings: str = "",
    *,
    claimed: bool = True,
    simulate: bool = False,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Victim]:
    """A box in this process, with an administrator whose password is `PASSWORD`; it hears nothing."""
    files = SettingsFiles(folder, settings)
    async with open_database(folder) as database:
        options = Options(folder=folder, simulate=simulate)
        box = Box(options, files.store, files.load(), files.registry, database)
        box.access.attempts = Attempts(no_sleep)
        await box._transcripts.open()
        await box._meter.open()
        await box.access.open()
        if claimed:
            await box.access.claim(PASSWORD)
        attacked = Victim(box, database, folder)
        box._server._app.on_response_prepare.append(attacked.note)
        attacked.port = await box._server.start("127.0.0.1", 0, tls=tls)
        box.board.update(address=attacked.url)
        try:
            yield attacked
        finally:
            await box._server.stop()


async def until_it_ends(stream: aiohttp.ClientResponse) -> None:
    """Read a stream that the box will end."""
    with contextlib.suppress(aiohttp.ClientError):
        while await stream.content.readany():
            pass


def files_in(folder: Path) -> bytes:
    """All that is written anywhere in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def session_of(browser: Browser) -> str:
    """What the session cookie of a browser holds; empty where it has none."""
    found = [cookie.value for cookie in browser.session.cookie_jar if cookie.key == COOKIE]
    return found[0] if found else ""
