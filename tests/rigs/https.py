"""The real web server over TLS on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.board import Board
from appliance.database import open_database
from appliance.web.access import Access
from appliance.web.api import BoxApi
from appliance.web.pages import Pages
from appliance.web.server import Server
from appliance.web.tls import Tls
from tests.rigs.web import idle_controller


@asynccontextmanager
async def serving(folder: Path, secured: Tls) -> AsyncIterator[str]:
    """Host and port of a server that speaks https."""
    board = Board()
    async with open_database(folder) as database:
        access = Access(database, "open")
        await access.open()
        pages = Pages(access, board, simulated=True)
        server = Server(access, [BoxApi(board, idle_controller(board)), pages])
        port = await server.start("127.0.0.1", 0, tls=secured.context)
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop()
