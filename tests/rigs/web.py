"""The real web parts on a free port, around a board of the test's own."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from appliance.board import Board
from appliance.captioning.controller import Controller, Plan
from appliance.captioning.keeping import Record
from appliance.database import Database, open_database
from appliance.state import RoomInUse
from appliance.transcripts.record import NoRecord
from appliance.vendors.contract import ConfigurationFault
from appliance.web.access import Access
from appliance.web.api.box import BoxApi
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
            access = await open_access(database, viewers)
            pages = Pages(access, board, simulated=True, may_download=lambda: may_download)
            parts: list[Part] = [BoxApi(board, idle_controller(board)), pages, Entrance(access), *more]
            async with served(access, parts, port=port) as chosen:
                yield f"http://127.0.0.1:{chosen}", access


async def open_access(database: Database, viewers: Literal["code", "open"] = "code") -> Access:
    """Who may come in, where nobody waits for a wrong guess."""
    access = Access(database, viewers)
    access.attempts = Attempts(no_sleep)
    await access.open()
    return access


@asynccontextmanager
async def served(
    access: Access, parts: list[Part], *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The port of a server of these parts."""
    server = Server(access, parts)
    chosen = await server.start("127.0.0.1", port, tls=tls)
    try:
        yield chosen
    finally:
        await server.stop()


async def no_sleep(_: float) -> None:
    """A test does not wait for a wrong guess."""
