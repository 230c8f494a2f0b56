"""A real browser before the real web parts: Debian's chromium, and a site whose board a test writes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from appliance.board import Board
from appliance.database import open_database
from appliance.panel import FrontPanel, open_panel
from appliance.settings.models import Panel
from appliance.state import Command, RoomInUse, Status
from appliance.web.access import Access
from appliance.web.api import BoxApi
from appliance.web.pages import Pages
from appliance.web.panel import PanelApi
from appliance.web.server import Server

CHROMIUM: Final = "/usr/bin/chromium"

_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

ROOM: Final = RoomInUse(id="boardroom", title="Boardroom", from_language="en-US", vendor="local")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A headless chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(browser: Browser, **looks: Any) -> AsyncIterator[Page]:
    """A page of a browser that remembers nothing; what it complains about is in ``complaints(page)``.

    Args:
        browser: as `open_browser` gives it.
        looks: the size, colour scheme and the like, as playwright's ``new_context`` takes them.
    """
    context = await browser.new_context(**looks)
    try:
        yield await context.new_page()
    finally:
        await context.close()


def complaints(page: Page) -> list[str]:
    """What the browser says against the page from now on: broken rules of the site's policy, errors of scripts."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


class Site:
    """The web of a box: server, API, pages and a simulated panel are real; the test writes on the board.

    Attributes:
        board: what the pages show.
        commands: what was asked of the box, in order.
        address: such as ``http://127.0.0.1:40123``.
    """

    def __init__(self, access: Access, panel: FrontPanel) -> None:
        self.board = Board(Status(name="Box", room=ROOM))
        self.commands: asyncio.Queue[Command] = asyncio.Queue()
        self.address = ""
        self._access = access
        self._panel = panel
        self._port = 0
        self._server: Server | None = None

    async def start(self) -> None:
        """Serve, at the same address as before."""
        self._server = Server(
            self._access,
            [
                BoxApi(self.board, self),  # type: ignore[arg-type] # takes commands, which is all it needs
                Pages(self._access, simulated=True),
                PanelApi(self._panel, simulated=True),
            ],
        )
        self._port = await self._server.start("127.0.0.1", self._port)
        self.address = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Let everyone go, as a box does that loses its power or its network."""
        if self._server:
            await self._server.stop()
            self._server = None

    async def begin_anew(self) -> None:
        """Come back as a box that was restarted: with an empty board, whose numbers start anew."""
        self.board = Board(Status(name="Box", room=ROOM))
        await self.start()

    async def command(self, command: Command) -> None:
        """Take a command as the controller does."""
        await self.commands.put(command)

    async def run_panel(self) -> None:
        """Light the panel until cancelled."""
        await self._panel.run(self.board, self.command, lambda _: f"{self.address}/j/CODE")


@asynccontextmanager
async def open_site(folder: Path, *, viewers: Literal["code", "open"] = "open") -> AsyncIterator[Site]:
    """A site that serves and a panel that shines.

    Args:
        folder: where its database goes.
        viewers: as in the settings.
    """
    async with open_database(folder) as database:
        access = Access(database, viewers)
        await access.open()
        site = Site(access, open_panel(Panel(driver="simulated")))
        panel = asyncio.create_task(site.run_panel())
        await site.start()
        try:
            yield site
        finally:
            await site.stop()
            panel.cancel()
            await asyncio.wait([panel])
