"""The stream that is none: each piece of speech is a request of its own."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from tenacity import wait_random_exponential

from appliance.sound import Frame
from appliance.spool import Job, SpooledPiece, SpoolFull
from appliance.vendors.attendi import api
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.attendi.pieces import Cutter, Piece
from appliance.vendors.contract import Busy, Event, Later, Lost, Order, Stream, VendorFailure, Waiting, Words
from appliance.vendors.tries import Tries

UNDER_WAY: Final = 2
"""Requests at a time."""

IN_LINE: Final = 8
"""Pieces that wait for their answer, up to two minutes of sound; beyond that sending waits."""

TRIES: Final = 3
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 10.0
"""A request that fails is made again after so many seconds: nobody else still has its sound."""

PROMPT: Final = 10.0
"""Seconds within which an answer must come where a piece can be kept instead: nobody waits without a reason."""

KEPT: Final = "What is said is kept, and its captions come once Attendi is back."
_UNWRITABLE: Final = "What is said cannot be kept: the disk does not take it."

_back_off = wait_random_exponential(multiplier=1, exp_base=2, max=30)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A piece and the answer that is awaited."""

    piece: Piece
    answer: asyncio.Task[str]


@dataclass(frozen=True, slots=True)
class _Shelved:
    """A piece whose sound lies in the spool; times are those of the stream."""

    stored: SpooledPiece
    start: float
    end: float


class AttendiRequests(Stream):
    """Finals only, in the order in which they were spoken whatever order the answers come in.

    While Attendi cannot be had, pieces go onto the shelf and are made up for in order; where nothing is kept,
    the stream breaks.
    """

    def __init__(self, account: AttendiAccount, order: Order[AttendiOptions]) -> None:
        self._account = account
        self._order = order
        self._cutter = Cutter()
        self._free = asyncio.Semaphore(UNDER_WAY)
        self._line: asyncio.Queue[_Asked | None] = asyncio.Queue(IN_LINE)
        self._asked: set[asyncio.Task[str]] = set()
        self._job: Job | None = None
        self._shelved: deque[_Shelved] = deque()
        self._shelving = asyncio.Lock()
        self._away = False
        self._ended = asyncio.Event()
        self._closed = False

    async def send(self, frame: Frame) -> None:
        """Take one frame; waits while too many pieces wait for their answer."""
        if piece := self._cutter.feed(frame):
            await self._take(piece)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """One final for each piece that holds words."""
        while asked := await self._line.get():
            try:
                text = await self._answer(asked)
            except (Lost, Busy) as failure:
                if not self._order.shelf.keeps:
                    raise
                async for event in self._without_vendor(asked, failure):
                    yield event
                continue
            except asyncio.CancelledError:
                if self._closed:
                    return
                raise
            if text:
                piece = asked.piece
                yield _words(piece.number, text, piece.start, piece.end)

    async def finish(self) -> None:
        """Send the last piece; the iteration ends after its answer, or puts off what has none in time."""
        if piece := self._cutter.finish():
            await self._take(piece)
        self._ended.set()
        if not self._closed:
            await self._line.put(None)

    async def close(self) -> None:
        """Drop all requests; what is on the shelf stays there."""
        self._closed = True
        self._ended.set()
        for answer in self._asked:
            answer.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)
        while not self._line.empty():
            self._line.get_nowait()
        self._line.put_nowait(None)
        self._release()

    async def _take(self, piece: Piece) -> None:
        async with self._shelving:
            if self._away:
                await self._shelve(piece)
                return
        if self._closed:
            raise Lost("The stream is closed.")
        answer = asyncio.create_task(self._persistently(piece.pcm))
        self._asked.add(answer)
        await self._line.put(_Asked(piece, answer))

    async def _answer(self, asked: _Asked) -> str:
        """The text of a piece.

        Raises:
            VendorFailure: there is none, or none in time.
        """
        await asyncio.wait({asked.answer}, timeout=PROMPT if self._order.shelf.keeps else None)
        self._asked.discard(asked.answer)
        if not asked.answer.done():
            asked.answer.cancel()
            raise Lost("Attendi did not answer in time.")
        return asked.answer.result().strip()

    async def _without_vendor(self, first: _Asked, failure: VendorFailure) -> AsyncIterator[Event]:
        """Keep all that is said until the vendor is back and has made up for it."""
        async with self._shelving:
            self._away = True
            waiting = [first]
            while waiting:
                for asked in waiting:
                    asked.answer.cancel()
                    await asyncio.gather(asked.answer, return_exceptions=True)
                    self._asked.discard(asked.answer)
                    await self._shelve(asked.piece)
                waiting = self._withdrawn()  # also what the sender was just putting there
        yield Waiting(f"{failure} {KEPT}")
        tries = Tries()
        while not self._ended.is_set():
            async with self._shelving:
                if not self._shelved:
                    self._away = False
                    break
            shelved = self._shelved[0]
            try:
                text = (await self._transcribed(shelved.stored)).strip()
            except (Lost, Busy) as again:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(tries.wait(again, _back_off)):
                        await self._ended.wait()
                continue
            tries.begin_anew()
            if text:
                yield _words(shelved.stored.number, text, shelved.start, shelved.end)
            await shelved.stored.remove()
            self._shelved.popleft()
        async for later in self._put_off():
            yield later
        if not self._away:
            self._release()
            yield Waiting(None)

    async def _put_off(self) -> AsyncIterator[Later]:
        """What is still on the shelf at the end of the sound, in stretches without a break."""
        async with self._shelving:
            shelved, self._shelved = self._shelved, deque()
        while shelved:
            first = last = shelved.popleft()
            while shelved and shelved[0].start - last.end < 1.0:
                last = shelved.popleft()
            yield Later(first.start, last.end)

    def _withdrawn(self) -> list[_Asked]:
        """All that is in line; the end of the line stays there."""
        waiting: list[_Asked] = []
        over = False
        while not self._line.empty():
            asked = self._line.get_nowait()
            over = over or asked is None
            if asked:
                waiting.append(asked)
        if over:
            self._line.put_nowait(None)
        return waiting

    async def _shelve(self, piece: Piece) -> None:
        try:
            if self._job is None:
                self._job = await self._order.shelf.begin(self._order)
            end = piece.heard_at + piece.end - piece.start
            stored = await self._job.put(piece.number, piece.heard_at, end, piece.pcm)
        except SpoolFull as full:
            raise Lost(str(full)) from None
        except OSError:
            raise Lost(_UNWRITABLE) from None
        self._shelved.append(_Shelved(stored, piece.start, piece.end))

    async def _transcribed(self, stored: SpooledPiece) -> str:
        try:
            pcm = await stored.pcm()
        except OSError:  # somebody deleted it, or the disk has lost it
            return ""
        return await api.transcribe(self._account, self._order.options, pcm)

    def _release(self) -> None:
        if self._job:
            job, self._job = self._job, None
            job.release()

    async def _persistently(self, pcm: bytes) -> str:
        async with self._free:
            wait = FIRST_WAIT
            for _ in range(0 if self._order.shelf.keeps else TRIES - 1):
                try:
                    return await api.transcribe(self._account, self._order.options, pcm)
                except Lost:
                    await asyncio.sleep(wait)
                except Busy as busy:
                    await asyncio.sleep(min(wait if busy.wait is None else busy.wait, LONGEST_WAIT))
                wait *= 4
            return await api.transcribe(self._account, self._order.options, pcm)


def _words(number: int, text: str, start: float, end: float) -> Words:
    return Words(segment=str(number), text=text, final=True, start=start, end=end)
