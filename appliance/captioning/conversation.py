"""One conversation with a vendor: one stream, fed from the backlog while its words become captions."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from appliance.board import Board
from appliance.captioning.backlog import Backlog
from appliance.captioning.segments import Segments
from appliance.captions import Caption, Gap
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss
from appliance.state import State
from appliance.vendors.contract import Ending, Notice, Planned, Stream, VendorFailure, Words

DRAIN: Final = 12.0
"""Seconds that a vendor gets to say the last words; no plug-in of ours waits longer for them itself."""

PAUSE: Final = 0.3
"""Seconds without speech in which a stream may be left: no word is cut there."""

FED: Final = 0.5
"""Seconds without sound after which a vendor that must be fed gets silence."""

_SILENCE: Final = bytes(FRAME_BYTES)

_log = logging.getLogger(__name__)

Publish = Callable[[Caption | Gap], Awaitable[None]]


class Conversation:
    """Feeds a stream and publishes what comes back, until the backlog ends, the stream breaks, or it is left.

    Args:
        stream: ready for sound; closed at the end.
        longest: seconds after which the vendor ends the stream; None for no known limit.
        fed_in_silence: whether the vendor must get silence where there is no sound.
        backlog: where the sound waits.
        segments: makes captions of the stream's words.
        publish: takes each caption and gap, in order.
        sent: is told of every frame that was sent.
        board: is told how it goes.
    """

    def __init__(
        self,
        *,
        stream: Stream,
        longest: float | None,
        fed_in_silence: bool,
        backlog: Backlog,
        segments: Segments,
        publish: Publish,
        sent: Callable[[], None],
        board: Board,
    ) -> None:
        self.segments = segments
        self.left = asyncio.Event()
        """Set when no more sound is taken from the backlog: the next conversation may go on."""
        self._stream = stream
        self._fed_in_silence = fed_in_silence
        self._backlog = backlog
        self._publish = publish
        self._sent = sent
        self._board = board
        self._ends_at = None if longest is None else time.monotonic() + longest
        self._announced = asyncio.Event()
        self._leave_by: float | None = None
        self._pause = 0.0

    async def run(self) -> None:
        """Hold the conversation.

        Raises:
            VendorFailure: the stream broke or ended too early; what was read of it is final then.
        """
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(self._receive())
                await self._send()
                async with asyncio.timeout(DRAIN):
                    await receiving
        except* TimeoutError:
            _log.warning("The vendor did not say its last words within %.0f s", DRAIN)
        except* VendorFailure as failures:
            failure = failures.exceptions[0]
        finally:
            await self._stream.close()
            for caption in self.segments.abandon():
                await self._publish(caption)
        if failure:
            raise failure

    async def nears_its_end(self, early: Callable[[float], float]) -> None:
        """Wait until the vendor's limit is near; for ever where there is none.

        Args:
            early: seconds before the limit, for the seconds that are left when it becomes known.
        """
        while True:
            self._announced.clear()
            if self._ends_at is None:
                await self._announced.wait()
                continue
            left = self._ends_at - time.monotonic()
            try:
                await asyncio.wait_for(self._announced.wait(), max(0.0, left - early(left)))
            except TimeoutError:
                return

    def leave(self) -> None:
        """Take no more sound from the next pause on, or from the last moment that the vendor allows."""
        limit = self._ends_at or time.monotonic()
        self._leave_by = limit - min(3.0, max(0.0, limit - time.monotonic()) / 2)

    async def _send(self) -> None:
        while not self._may_leave():
            try:
                async with asyncio.timeout(FED):
                    item = await self._backlog.peek()
            except TimeoutError:
                await self._without_sound()
                continue
            if item is None:
                self._board.update(state=State.FINISHING)
                break
            match item:
                case Frame():
                    await self._send_frame(item)
                case Loss(start, end, reason):
                    await self._publish(Gap(start=round(start, 3), end=round(end, 3), reason=reason))
            await self._backlog.done(item)
        self.left.set()
        await self._stream.finish()

    async def _send_frame(self, frame: Frame) -> None:
        await self._stream.send(frame)
        self.segments.timeline.sent(frame)
        self._pause = 0.0 if frame.speech else self._pause + FRAME_SECONDS
        self._sent()

    async def _without_sound(self) -> None:
        """Nothing was heard for a while, not even silence: the microphone is away."""
        if not self._fed_in_silence:
            self._pause += FED
            return
        for _ in range(round(FED / FRAME_SECONDS)):
            await self._send_frame(Frame(self.segments.timeline.end, _SILENCE))

    def _may_leave(self) -> bool:
        return self._leave_by is not None and (self._pause >= PAUSE or time.monotonic() >= self._leave_by)

    async def _receive(self) -> None:
        async for event in self._stream:
            match event:
                case Words():
                    self._board.warn("vendor", None)
                    for caption in self.segments.take(event):
                        await self._publish(caption)
                case Notice(sentence):
                    self._board.warn("vendor", sentence)
                case Ending(seconds):
                    self._ends_at = time.monotonic() + seconds
                    self._announced.set()
        if not self.left.is_set():
            raise Planned("The vendor ended the stream.")
