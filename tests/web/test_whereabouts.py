import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from appliance.database import open_database
from appliance.settings import Web
from appliance.web.access import Access
from appliance.web.server import CannotListen, Server
from appliance.web.whereabouts import Whereabouts

NOT_OURS = "192.0.2.1"
USUAL = Web(host="127.0.0.1", port=0)


def nobody_cares() -> None:
    """That it is found elsewhere."""


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[Server]:
    async with open_database(folder) as database:
        server = Server(Access(database, "open"), [])
        try:
            yield server
        finally:
            await server.stop()


async def test_a_wrong_address_in_the_settings_leaves_the_box_with_a_page_to_correct_it(tmp_path: Path) -> None:
    whereabouts = Whereabouts(nobody_cares)
    async with server(tmp_path) as served, aiohttp.ClientSession() as session:
        await whereabouts.open(served, tmp_path, Web(host=NOT_OURS, port=8081), usual=USUAL)
        assert f"This machine has no address {NOT_OURS}" in (whereabouts.warning() or "")
        assert f"port {whereabouts.port}" in (whereabouts.warning() or "")
        async with session.get(whereabouts.addresses()[0]) as response:
            assert response.status == 404


async def test_a_wrong_address_on_the_command_line_is_told_at_once(tmp_path: Path) -> None:
    async with server(tmp_path) as served:
        with pytest.raises(CannotListen, match="no address"):
            await Whereabouts(nobody_cares).open(served, tmp_path, Web(), host=NOT_OURS, usual=USUAL)


async def test_a_box_whose_usual_port_is_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        web = Web(host="127.0.0.1", port=taken.getsockname()[1])
        async with server(tmp_path) as served:
            with pytest.raises(CannotListen, match="is in use"):
                await Whereabouts(nobody_cares).open(served, tmp_path, web, usual=web)


async def test_a_browser_may_ask_for_the_box_by_the_name_that_it_announced() -> None:
    told: list[None] = []
    whereabouts = Whereabouts(lambda: told.append(None))
    whereabouts.port = 8080
    whereabouts._found_as("captionbox-1a2b.local")
    assert told
    assert "captionbox-1a2b.local" in whereabouts.names()
    assert whereabouts.addresses()[0] == "http://captionbox-1a2b.local:8080"
    whereabouts._found_as(None)
    assert "captionbox-1a2b.local" not in whereabouts.names()
