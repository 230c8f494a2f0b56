from pathlib import Path

import aiohttp

from appliance.database import open_database
from appliance.web.access import Access
from appliance.web.api.tokens import TokensApi
from appliance.web.server import Server
from tests.rigs.api import PATIENCE, Administrator


async def test_a_token_lets_in_until_it_is_deleted_and_is_told_only_once(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database, aiohttp.ClientSession(timeout=PATIENCE) as session:
        access = Access(database, "code")
        await access.open()
        server = Server(access, [TokensApi(access)])
        url = f"http://127.0.0.1:{await server.start('127.0.0.1', 0)}/api/v1"
        first = Administrator(url, await access.tokens.make("first"), session)
        made = await first.post("/tokens", {"name": "second"})
        assert (made.status, made.body["name"]) == (201, "second")
        second = Administrator(url, made.body["token"], session)
        listed = await second.get("/tokens")
        assert [token["name"] for token in listed.body] == ["first", "second"]
        assert made.body["token"] not in str(listed)
        assert (await first.delete("/tokens/2")).status == 204
        assert (await second.get("/tokens")).status == 401
        assert (await first.delete("/tokens/2")).status == 404
        for name in ("", "x" * 61, None, 5):
            assert (await first.post("/tokens", {"name": name})).status == 422
        await server.stop()
