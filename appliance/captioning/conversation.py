"""One conversation with a vendor: one stream, fed from the ring while its words become captions."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from appliance.captioning.pacing import Pacer
from appliance.captioning.patience import answered, let_go
from appliance.captioning.ring import Ring
from appliance.captioning.segments import Segments
from appliance.captioning.timeline import BREATH
from appliance.captions import Caption, Gap
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss
from appliance.vendors.contract import (
    WORDS_LATER,
    Ending,
    Later,
    Manifest,
    Notice,
    Planned,
    Stream,
    VendorFailure,
    Waiting,
    Words,
)

DRAIN: Final = 12.0
"""Seconds that a vendor gets to say the last words; no plug-in of ours waits longer for them itself."""

UNSAID: Final = "The speech vendor did not say its last words."

PAUSE: Final = 0.3
"""Seconds without speech in which a stream may be left: no word is cut there."""

FED: Final = 0.5
"""Seconds without sound after which a vendor that must be fed gets silence."""

LATE: Final = 1.5
"""The same within a word: its sound may only be late, and silence put into a word makes others of it.
A microphone that gives none for a second says so itself."""

ENDED: Final = 1.5
"""Seconds of silence after which vendors have put what was said before into final words."""

PRE_ROLL: Final = 1.5
"""Seconds of sound before the first word after a rest that the vendor gets, too."""

BEHIND: Final = 2.0
"""Seconds of sound that wait from which on long silences are left out, to catch up."""

NEARING: Final = 10.0
"""Seconds for which a pause is looked for where nothing presses."""

_SILENCE: Final = bytes(FRAME_BYTES)

_log = logging.getLogger(__name__)

Publish = Callable[[Caption | Gap], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whom a conversation tells what.

    Attributes:
        publish: takes each caption and gap, in order.
        sent: every frame that was sent.
        words: whenever words have come.
        notice: what a vendor wants people to know; None for nothing any more.
        waiting: why the vendor cannot be had just now, though the stream goes on; None once it is back.
        finishing: once all sound was sent.
    """

    publish: Publish
    sent: Callable[[], None]
    words: Callable[[], None]
    notice: Callable[[str | None], None]
    waiting: Callable[[str | None], None]
    finishing: Callable[[], None]


class Conversation:
    """Feeds a stream and publishes what comes back, until the sound ends, the stream breaks, or it is left.

    Args:
        stream: ready for sound; closed at the end.
        manifest: what its vendor can do.
        longest: seconds after which the vendor ends the stream; None for no known limit.
        ring: where the sound waits.
        segments: makes captions of the stream's words.
        told: whom to tell.
        live: whether sound that does not come is silence; a file only takes its time.
        idle: whether nobody listens to the room just now, or nobody has spoken for so long that the vendor
            shall rest; is asked with the seconds since the last speech.
    """

    def __init__(
        self,
        *,
        stream: Stream,
        manifest: Manifest,
        longest: float | None,
        ring: Ring,
        segments: Segments,
        told: Told,
        live: bool,
        idle: Callable[[float], bool],
    ) -> None:
        self.segments = segments
        self.left = asyncio.Event()
        """Set when no more sound is taken from the ring: the next conversation may go on."""
        self._stream = stream
        self._fed_in_silence = manifest.fed_in_silence
        self._pacer = Pacer(manifest.catches_up if manifest.in_real_time else None)
        self._ring = ring
        self._told = told
        self._live = live
        self._idle = idle
        self._ends_at = None if longest is None else time.monotonic() + longest
        self._announced = asyncio.Event()
        self._leave_by: float | None = None
        self._pause = 0.0

    async def run(self) -> None:
        """Hold the conversation.

        Raises:
            VendorFailure: the stream broke or ended too early; its segments are still to be finished then.
        """
        failure: BaseException | None = None
        unsaid = None
        try:
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(self._receive())
                await self._send()
                async with asyncio.timeout(DRAIN):
                    await self._stream.finish()
                    await receiving
        except* TimeoutError:
            _log.warning("The vendor did not say its last words within %.0f s", DRAIN)
            unsaid = UNSAID
        except* VendorFailure as failures:
            failure = failures.exceptions[0]
        finally:
            await let_go(self._stream)
        if failure:
            raise failure
        await self.abandon(unsaid)

    async def abandon(self, reason: str | None = None) -> None:
        """Finish what is open: the words that were read stay.

        Args:
            reason: why words may be missing, which is then shown as a gap.
        """
        timeline = self.segments.timeline
        read = timeline.covered
        for caption in self.segments.abandon():
            read = max(read, caption.end)
            await self._told.publish(caption)
        if reason and timeline.last_speech - read > BREATH:
            await self._told.publish(gap(Loss(read, timeline.last_speech, reason)))

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
        now = time.monotonic()
        left = NEARING if self._ends_at is None else max(0.0, self._ends_at - now)
        self._leave_by = now + left - (0.0 if self._ends_at is None else min(3.0, left / 2))

    async def _send(self) -> None:
        while not self._may_leave():
            if self._idle(self._pause) and self._pause >= ENDED:
                if await self._rest():
                    continue
                break
            try:
                async with asyncio.timeout(self._patience):
                    item = await self._ring.peek()
            except TimeoutError:
                await self._without_sound()
                continue
            if item is None:
                self._told.finishing()
                break
            await self._pass_on(item)
        self.left.set()

    @property
    def _patience(self) -> float:
        """Seconds that sound is waited for."""
        return FED if self._pause >= PAUSE or self._idle(self._pause) else LATE

    async def _pass_on(self, item: Frame | Loss) -> None:
        if isinstance(item, Loss):
            for caption in self.segments.lose(item):
                await self._told.publish(caption)
            await self._told.publish(gap(item))
            self.segments.timeline.missed(item)
        elif item.speech or self._pause < ENDED or not self._hurries:
            await self._pacer.frame()
            await self._send_frame(item)
        else:
            self._pause += FRAME_SECONDS
        await self._ring.done(item)

    @property
    def _hurries(self) -> bool:
        return self._live and self._ring.behind >= BEHIND

    async def _send_frame(self, frame: Frame) -> None:
        await self._stream.send(frame)
        self.segments.timeline.sent(frame)
        self._pause = 0.0 if frame.speech else self._pause + FRAME_SECONDS
        self._told.sent()

    async def _without_sound(self) -> None:
        """Nothing was heard for a while, not even silence: the microphone is away, or muted."""
        if not self._live or (not self._fed_in_silence and self._pause >= ENDED):
            self._pause += FED
            return
        for _ in range(round(FED / FRAME_SECONDS)):
            await self._send_frame(Frame(self.segments.timeline.end, _SILENCE))

    async def _rest(self) -> bool:
        """Let the vendor rest until somebody speaks; False where it cannot."""
        if not await answered(self._stream.pause()):
            return False
        while not self._may_leave():
            try:
                async with asyncio.timeout(FED):
                    await self._ring.rest(PRE_ROLL)
            except TimeoutError:
                continue
            break
        self._pause = 0.0
        return True

    def _may_leave(self) -> bool:
        return self._leave_by is not None and (self._pause >= PAUSE or time.monotonic() >= self._leave_by)

    async def _receive(self) -> None:
        async for event in self._stream:
            match event:
                case Words():
                    self._told.words()
                    self._told.notice(None)
                    for caption in self.segments.take(event):
                        await self._told.publish(caption)
                case Notice(sentence):
                    self._told.notice(sentence)
                case Ending(seconds):
                    self._ends_at = time.monotonic() + seconds
                    self._announced.set()
                case Waiting(sentence):
                    self._told.waiting(sentence)
                case Later():
                    await self._put_off(event)
        if not self.left.is_set():
            raise Planned("The vendor ended the stream.")

    async def _put_off(self, later: Later) -> None:
        """Show a gap until the words come; a replay would have them come twice."""
        timeline = self.segments.timeline
        start, end = timeline.at(later.start), timeline.at(later.end)
        await self._told.publish(gap(Loss(start, end, WORDS_LATER)))
        timeline.understood(end)


def gap(loss: Loss) -> Gap:
    """How sound that was lost is shown."""
    return Gap(start=round(loss.start, 3), end=round(loss.end, 3), reason=loss.reason)
