"""The pages of a box on whose board a test writes, as a browser shows them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from playwright.async_api import Locator, Page, ViewportSize

from appliance.board import Board
from appliance.captions import Caption
from appliance.panel import open_panel
from appliance.settings.models import Panel
from appliance.state import Command, RoomInUse, Sign, State, Status
from appliance.web.api.panel import PanelApi
from tests.rigs.web import serving

BIG_SCREEN: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALLEST_PHONE: ViewportSize = {"width": 320, "height": 568}

ROOM = RoomInUse(id="boardroom", title="Boardroom", from_language="en-US")
TRANSLATED = RoomInUse(id="hall", title="Hall", from_language="en-US", to_languages=("de", "ar"))
ADDRESS = "http://192.0.2.7:8080"


class Site:
    """The web of a box on whose board the test writes."""

    def __init__(self) -> None:
        self.board = live_board()
        self.url = ""
        self._port = 0
        self._server = AsyncExitStack()

    async def start(self) -> None:
        self.url = await self._server.enter_async_context(serving(self.board, port=self._port))
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> None:
        await self._server.aclose()

    def say(self, segment: int, text: str, *, final: bool = True, **more: Any) -> None:
        self.board.post(caption(segment, text, final=final, **more))


def live_board(room: RoomInUse = ROOM) -> Board:
    return Board(Status(name="Box", address=ADDRESS, room=room, state=State.LIVE))


def caption(segment: int, text: str, *, final: bool = True, language: str = "en-US", **more: Any) -> Caption:
    start = 4.0 * segment
    return Caption(
        segment=segment,
        revision=1,
        language=language,
        text=text,
        final=final,
        start=start,
        end=start + 3,
        **more,
    )


def lines(page: Page) -> Locator:
    return page.locator("#captions p")


@asynccontextmanager
async def lit_panel(board: Board) -> AsyncIterator[tuple[PanelApi, asyncio.Queue[Command]]]:
    panel = open_panel(Panel(driver="simulated"))
    commands: asyncio.Queue[Command] = asyncio.Queue()
    running = asyncio.create_task(panel.run(board, commands.put, _join_link, _reset))
    try:
        yield PanelApi(panel, simulated=True), commands
    finally:
        running.cancel()
        await asyncio.wait([running])


def _join_link(_: Sign) -> str:
    return "http://192.0.2.7:8080/j/CODE"


async def _reset() -> None:
    """Nobody is there whose access could be reset."""
