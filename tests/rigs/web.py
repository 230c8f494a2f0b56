"""The real web parts on a free port, around a board of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from appliance.board import Board
from appliance.captioning.controller import Controller, Plan
from appliance.captioning.keeping import Record
from appliance.database import open_database
from appliance.state import RoomInUse
from appliance.transcripts.record import NoRecord
from appliance.vendors.contract import ConfigurationFault
from appliance.web.access import Access
from appliance.web.api import BoxApi
from appliance.web.attempts import Attempts
from appliance.web.entrance import Entrance
from appliance.web.pages import Pages
from appliance.web.server import Part, Server


def idle_controller(board: Board) -> Controller:
    """A controller that takes commands while nobody runs it."""

    def plan() -> Plan:
        raise ConfigurationFault("This box has no vendor.")

    def record(_: RoomInUse) -> Record:
        return NoRecord()

    async def next_room() -> None:
        """There is one room."""

    return Controller(board=board, plan=plan, record=record, sent=lambda _: None, next_room=next_room)


@asynccontextmanager
async def serving(
    board: Board,
    *more: Part,
    viewers: Literal["code", "open"] = "open",
    may_download: bool = False,
    port: int = 0,
) -> AsyncIterator[str]:
    """The address of a server for `board`."""
    served = serving_with_access(board, *more, viewers=viewers, may_download=may_download, port=port)
    async with served as (url, _):
        yield url


@asynccontextmanager
async def serving_with_access(
    board: Board,
    *more: Part,
    viewers: Literal["code", "open"] = "code",
    may_download: bool = False,
    port: int = 0,
) -> AsyncIterator[tuple[str, Access]]:
    """The address of a server for `board`, and who may come in."""
    with TemporaryDirectory() as folder:
        async with open_database(Path(folder)) as database:
            access = Access(database, viewers)
            access.attempts = Attempts(_no_sleep)
            await access.open()
            pages = Pages(access, board, simulated=True, may_download=lambda: may_download)
            parts: list[Part] = [BoxApi(board, idle_controller(board)), pages, Entrance(access), *more]
            server = Server(access, parts)
            chosen = await server.start("127.0.0.1", port)
            try:
                yield f"http://127.0.0.1:{chosen}", access
            finally:
                await server.stop()


async def _no_sleep(_: float) -> None:
    """A test does not wait for a wrong guess."""
