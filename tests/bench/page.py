"""From a caption on the board to the bytes at a reader of the page, over a real socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import aiohttp

from appliance.board import Board
from appliance.captions import Caption
from tests.bench import Figure, percentile
from tests.rigs.web import serving

CAPTIONS = 500


async def measure() -> AsyncIterator[Figure]:
    board = Board()
    async with (
        serving(board) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/api/v1/captions") as response,
    ):
        reading = asyncio.create_task(_read(response))
        for n in range(CAPTIONS):
            text = str(time.monotonic())
            board.post(Caption(segment=n, revision=1, language="en", text=text, final=True, start=n, end=n))
            await asyncio.sleep(0.005)
        delays = await reading
    p50, p99 = (1000 * percentile(delays, share) for share in (0.5, 0.99))
    yield Figure("vendor event to the page", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p99 30 ms")


async def _read(response: aiohttp.ClientResponse) -> list[float]:
    delays: list[float] = []
    async for line in response.content:
        if line.startswith(b"data: ") and b'"segment"' in line:
            delays.append(time.monotonic() - float(json.loads(line[6:])["text"]))
            if len(delays) == CAPTIONS:
                break
    return delays
