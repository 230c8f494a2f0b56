"""Writing down what is said: before it is shown where the disk is well, else as soon as it can be.

No caption is late for the disk's sake by more than a moment, and by that only once while the disk is slow.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol, Self

from appliance.board import Board
from appliance.captions import Caption, Gap
from appliance.database import DatabaseFailure

KEEPING: Final = 1.0
"""Seconds a caption waits to be written down before it is shown all the same."""

WAITING: Final = 10_000
"""Finals and gaps that wait for the disk: a long day of meetings. Beyond that the oldest become a gap."""

RETRY: Final = 1.0
"""Seconds after which a disk that took nothing is asked again."""

LAST: Final = 3.0
"""Seconds that the end of the box waits for what is not yet written."""

UNWRITTEN: Final = "The transcript could not be written for too long."

_SLOW: Final = "the disk does not answer; look at the card"
_MISTAKE: Final = "Something that was said is missing in the transcript: the box made a mistake."

_log = logging.getLogger(__name__)


class Record(Protocol):
    """Where the captions of one meeting are kept."""

    async def add(self, item: Caption | Gap) -> None:
        """Keep a final or a gap; durable when it returns. Adding it again, as after a failure, does no harm.

        Raises:
            DatabaseFailure: it cannot be kept now.
        """

    async def end(self, ended_at: float) -> None:
        """The meeting is over.

        Args:
            ended_at: since when, in seconds since 1970, UTC.

        Raises:
            DatabaseFailure: that cannot be noted now.
        """


_Item = Caption | Gap | float
"""What is to be written: a final, a gap, or when the meeting ended, in seconds since 1970."""


@dataclass(slots=True, eq=False)
class _Entry:
    """Something to be written, and where."""

    record: Record
    item: _Item
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it was written, or cannot be for now."""

    async def write(self) -> None:
        if isinstance(self.item, float):
            await self.record.end(self.item)
        else:
            await self.record.add(self.item)


class Keeper:
    """Writes one thing after the other while it is entered, and keeps what cannot be written for later.

    Args:
        board: is told when the transcript has to wait.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._waiting: deque[_Entry] = deque()
        self._in_hand: _Entry | None = None
        self._well = True
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writing = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST):
                await self._empty.wait()
        assert self._writing
        self._writing.cancel()
        await asyncio.wait({self._writing})
        if not self._empty.is_set():
            _log.error("Of the transcript, %d entries are lost: the disk is not well", len(self._waiting) + 1)

    async def add(self, record: Record, item: Caption | Gap) -> None:
        """Have a final or a gap written; returns when it is, or after a moment."""
        await self._keep(_Entry(record, item))

    async def end(self, record: Record) -> None:
        """Have it noted that a meeting is over now; as `add`."""
        await self._keep(_Entry(record, time.time()))

    async def _keep(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        if len(self._waiting) > WAITING:
            self._lose_oldest()
        self._empty.clear()
        self._more.set()
        if self._well:
            try:
                async with asyncio.timeout(KEEPING):
                    await entry.settled.wait()
            except TimeoutError:
                self._fall_behind(_SLOW)

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                self._in_hand = self._waiting.popleft()
                while not await self._written(self._in_hand):  # noqa: ASYNC110 - a disk tells nobody
                    await asyncio.sleep(RETRY)
                self._in_hand = None
            self._empty.set()

    async def _written(self, entry: _Entry) -> bool:
        """Whether an entry is seen to: a mistake of ours must not keep all that follows from the disk."""
        began = time.monotonic()
        try:
            await entry.write()
        except DatabaseFailure as failure:
            self._fall_behind(str(failure))
            return False
        except Exception:  # noqa: BLE001 - as said
            _log.exception("An entry of the transcript could not be written")
            self._board.warn("transcript", _MISTAKE)
        else:
            self._well = time.monotonic() - began < KEEPING
            if not self._waiting:
                self._board.warn("transcript", None)
        entry.settled.set()
        return True

    def _fall_behind(self, why: str) -> None:
        """Let nobody wait for the disk until it takes something quickly again."""
        if self._well:
            _log.warning("The transcript has to wait: %s", why)
        self._well = False
        self._board.warn("transcript", f"The transcript has to wait, captions go on: {why}.")
        for entry in (self._in_hand, *self._waiting):
            if entry:
                entry.settled.set()

    def _lose_oldest(self) -> None:
        """Make one gap of the two oldest of a meeting; a gap that was made so grows."""
        for n, (one, other) in enumerate(pairwise(self._waiting)):
            if one.record is other.record and (gap := _gap_over(one.item, other.item)):
                self._waiting[n] = _Entry(one.record, gap)
                del self._waiting[n + 1]
                return
        self._waiting.popleft()


def _gap_over(one: _Item, other: _Item) -> Gap | None:
    """The gap that two entries leave; None where the end of a meeting is among them."""
    if isinstance(one, float) or isinstance(other, float):
        return None
    return Gap(start=one.start, end=max(one.end, other.end), reason=UNWRITTEN)
