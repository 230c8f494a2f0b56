"""The stream of a vendor that hears recordings only: everything goes onto the shelf, and no words come."""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any, Final, Self

from appliance.sound import FRAME_SECONDS, SAMPLE_BYTES, SAMPLE_RATE, Frame
from appliance.spool import Job, SpoolFull
from appliance.vendors.contract import Later, Lost, Order, Stream

WRITTEN: Final = 0.5
"""Seconds of sound that are written at a time: what a power cut costs, and what is being written then."""

UNWRITABLE: Final = "The sound cannot be kept: the disk does not take it; make room on it, or replace the card."

_BYTES_A_SECOND: Final = SAMPLE_RATE * SAMPLE_BYTES


class RecordedStream(Stream):
    """Records; each frame is safe on the disk within a second."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._pending = bytearray()
        self._written = 0
        self._goes_on = -math.inf
        self._over = asyncio.Event()
        self._finished = False
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, order: Order[Any]) -> Self:
        """Begin a recording.

        Raises:
            VendorFailure: nothing can be kept.
        """
        return cls(await order.shelf.begin(order))

    async def send(self, frame: Frame) -> None:
        """Record one frame; sound that is missing before it is noted, not filled in."""
        async with self._writing:
            if self._over.is_set():
                raise Lost("The recording is over.")
            if abs(frame.start - self._goes_on) > FRAME_SECONDS / 2:
                await self._write()
                await self._kept(self._job.mark(self._written / _BYTES_A_SECOND, frame.start))
            self._goes_on = frame.end
            self._pending += frame.pcm
            if len(self._pending) >= WRITTEN * _BYTES_A_SECOND:
                await self._write()

    async def __aiter__(self) -> AsyncIterator[Later]:
        """At the end, what it was."""
        await self._over.wait()
        if self._finished and self._written:
            yield Later(0.0, self._written / _BYTES_A_SECOND)

    async def pause(self) -> bool:
        """A recording may pause for as long as it likes."""
        return True

    async def finish(self) -> None:
        """Write the rest, and let the vendor have it."""
        self._finished = True
        await self.close()

    async def close(self) -> None:
        """Write the rest, and let the vendor have it: what was recorded is never thrown away."""
        async with self._writing:
            if not self._over.is_set():
                try:
                    await self._write()
                finally:
                    self._over.set()
                    self._job.release()

    async def _write(self) -> None:
        pcm = bytes(self._pending)
        if pcm:
            await self._kept(self._job.record(pcm))
            self._pending.clear()
            self._written += len(pcm)

    async def _kept(self, writing: Any) -> None:
        try:
            await writing
        except SpoolFull as full:
            raise Lost(str(full)) from None
        except OSError:
            raise Lost(UNWRITABLE) from None
