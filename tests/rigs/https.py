"""The real web server over TLS on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.board import Board
from appliance.database import open_database
from appliance.web.api.box import BoxApi
from appliance.web.pages import Pages
from appliance.web.tls import Tls
from tests.rigs.web import idle_controller, open_access, served


@asynccontextmanager
async def serving(folder: Path, secured: Tls) -> AsyncIterator[str]:
    """Host and port of a server that speaks https."""
    board = Board()
    async with open_database(folder) as database:
        access = await open_access(database, "open")
        api, pages = BoxApi(board, idle_controller(board)), Pages(access, board, simulated=True)
        async with served(access, [api, pages], tls=secured.context) as port:
            yield f"127.0.0.1:{port}"
