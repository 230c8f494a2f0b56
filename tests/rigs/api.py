"""An administrator's program that speaks to the API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from appliance.board import Board
from appliance.web.server import Part
from tests.rigs.web import serving_with_access

PATIENCE = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is the JSON where it is JSON, else the text."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


class Administrator:
    """Asks with a token.

    Args:
        url: of the API.
        token: an administrator's.
        session: how to get there.
    """

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"}
        self._session = session

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        async with self._session.request(
            method, f"{self.url}{path}", json=body, headers=self.headers | more
        ) as response:
            is_json = response.content_type.endswith("json")
            content = await response.json(content_type=None) if is_json else await response.text()
            return Answer(response.status, content, response.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.ask("PUT", path, body, **headers)

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.ask("POST", path, body)

    async def delete(self, path: str, **headers: str) -> Answer:
        return await self.ask("DELETE", path, **headers)


@asynccontextmanager
async def administrator(*parts: Part, board: Board | None = None) -> AsyncIterator[Administrator]:
    """An administrator of a box whose web has these parts besides the usual ones."""
    async with (
        serving_with_access(board or Board(), *parts) as (url, access),
        aiohttp.ClientSession(timeout=PATIENCE) as session,
    ):
        yield Administrator(f"{url}/api/v1", await access.tokens.make("test"), session)
