"""The stream that is none: each piece of speech is a request of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from appliance.sound import Frame
from appliance.vendors.attendi import api
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.attendi.pieces import Cutter, Piece
from appliance.vendors.contract import Busy, Lost, Stream, Words

UNDER_WAY: Final = 2
"""Requests at a time."""

IN_LINE: Final = 8
"""Pieces that wait for their answer, up to two minutes of sound; beyond that sending waits."""

TRIES: Final = 3
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 10.0
"""A request that fails is made again after so many seconds: nobody else still has its sound."""


class AttendiRequests(Stream):
    """Finals only, in the order in which they were spoken whatever order the answers come in."""

    def __init__(self, account: AttendiAccount, options: AttendiOptions) -> None:
        self._account = account
        self._options = options
        self._cutter = Cutter()
        self._free = asyncio.Semaphore(UNDER_WAY)
        self._line: asyncio.Queue[asyncio.Task[Words] | None] = asyncio.Queue(IN_LINE)
        self._tasks: set[asyncio.Task[Words]] = set()
        self._closed = False

    async def send(self, frame: Frame) -> None:
        """Take one frame; waits while too many pieces wait for their answer."""
        if piece := self._cutter.feed(frame):
            await self._ask(piece)

    async def __aiter__(self) -> AsyncIterator[Words]:
        """One final for each piece that holds words."""
        while task := await self._line.get():
            await asyncio.wait({task})
            if task.cancelled():
                return
            words = task.result()
            self._tasks.discard(task)
            if words.text:
                yield words

    async def finish(self) -> None:
        """Send the last piece; the iteration ends after its answer."""
        if piece := self._cutter.finish():
            await self._ask(piece)
        if not self._closed:
            await self._line.put(None)

    async def close(self) -> None:
        """Drop all requests."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._line.empty():
            self._line.get_nowait()
        self._line.put_nowait(None)

    async def _ask(self, piece: Piece) -> None:
        if self._closed:
            raise Lost("The stream is closed.")
        task = asyncio.create_task(self._answer(piece))
        self._tasks.add(task)
        await self._line.put(task)

    async def _answer(self, piece: Piece) -> Words:
        async with self._free:
            text = await self._persistently(piece.pcm)
        return Words(segment=str(piece.number), text=text.strip(), final=True, start=piece.start, end=piece.end)

    async def _persistently(self, pcm: bytes) -> str:
        wait = FIRST_WAIT
        for _ in range(TRIES - 1):
            try:
                return await api.transcribe(self._account, self._options, pcm)
            except Lost:
                await asyncio.sleep(wait)
            except Busy as busy:
                await asyncio.sleep(min(wait if busy.wait is None else busy.wait, LONGEST_WAIT))
            wait *= 4
        return await api.transcribe(self._account, self._options, pcm)
