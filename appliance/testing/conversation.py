"""A conversation with a vendor as the box holds it: one task speaks while another listens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.vendors.contract import AnyVendor, Manifest, Notice, Order, Planned, Stream, VendorFailure, Words

DRAIN: Final = 12.0
"""Seconds that the box gives a vendor to say the last words."""

SOON: Final = 5.0
"""Seconds in which a stream lets go of everything."""

LEAD: Final = 2.5
"""Seconds that sound may be ahead of real time where the vendor wants it so: after an interruption the box
sends what had to wait a little faster than it was spoken."""

T = TypeVar("T")

_SILENCE: Final = Frame(0.0, bytes(FRAME_BYTES))


@dataclass
class Heard:
    """What came of a conversation.

    Attributes:
        words: all that the stream gave, in order.
        notices: what it had to say besides.
        failures: what opening, sending or iterating raised.
        sent: seconds of sound that the stream got.
        spoken: from when to when somebody spoke, in seconds since the stream began.
        shown: what a log may show of the stream.
    """

    words: list[Words] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    failures: list[VendorFailure] = field(default_factory=list)
    sent: float = 0.0
    spoken: list[tuple[float, float]] = field(default_factory=list)
    shown: str = ""

    @property
    def originals(self) -> list[Words]:
        """The finals that are no translations and not empty."""
        return [words for words in self.words if words.final and words.text and not words.translated_from]

    @property
    def text(self) -> str:
        """The finals in the spoken language."""
        return " ".join(words.text for words in self.originals)

    def translated(self, languages: Iterable[str]) -> bool:
        """Whether every final has a final translation into each of the languages."""
        there = {(w.segment, w.language) for w in self.words if w.final and w.translated_from}
        return all((w.segment, language) in there for w in self.originals for language in languages)


class Speaker:
    """Speaks into a stream.

    Attributes:
        stream: the stream.
        heard: what came back so far.
    """

    def __init__(self, stream: Stream, heard: Heard, manifest: Manifest, limit: asyncio.Timeout) -> None:
        self.stream = stream
        self.heard = heard
        self._manifest = manifest
        self._limit = limit
        self._began = self._due = _now()

    async def say(self, frames: Sequence[Frame], *, speed: float | None = None) -> None:
        """Send frames.

        Args:
            frames: what to send.
            speed: 1 for real time, for a vendor that wants that; None for as fast as the vendor catches up.
        """
        begin, voiced = self.heard.sent, [number for number, frame in enumerate(frames) if frame.speech]
        if voiced:
            first, last = voiced[0] * FRAME_SECONDS, (voiced[-1] + 1) * FRAME_SECONDS
            self.heard.spoken.append((begin + first, begin + last))
        for frame in frames:
            await self._send(frame)
            if self._manifest.in_real_time:
                await self._be_in_time(speed or self._manifest.catches_up)

    async def hush(self, seconds: float) -> None:
        """Send silence, in real time where the vendor wants that."""
        await self.say([_SILENCE] * round(seconds / FRAME_SECONDS), speed=1)

    async def rest(self, seconds: float) -> None:
        """Send nothing; this time does not count."""
        until = self._limit.when()
        if seconds > 0 and until is not None:
            self._limit.reschedule(until + seconds)
        await asyncio.sleep(max(0.0, seconds))

    async def until(self, condition: Callable[[], bool], *, within: float, otherwise: str) -> None:
        """Send silence in real time until a condition holds.

        Raises:
            AssertionError: it does not within so many seconds.
        """
        for _ in range(round(within / FRAME_SECONDS)):
            if condition():
                return
            await self._send(_SILENCE)
            await self.rest(FRAME_SECONDS)
        raise AssertionError(otherwise)

    async def _send(self, frame: Frame) -> None:
        await self.stream.send(replace(frame, start=self.heard.sent))
        self.heard.sent += FRAME_SECONDS
        await asyncio.sleep(0)

    async def _be_in_time(self, speed: float) -> None:
        now = _now()
        self._due = max(self._due, now) + FRAME_SECONDS / speed
        await self.rest(max(self._due, self._began + self.heard.sent - LEAD) - now)


async def hold(
    vendor: AnyVendor,
    account: Any,
    order: Order[Any],
    speak: Callable[[Speaker], Awaitable[None]],
    *,
    patience: float,
) -> Heard:
    """Hold a conversation from the opening of a stream to its closing.

    Args:
        vendor: the plug-in.
        account: the plug-in's own model.
        order: what the room wants.
        speak: says what is to be said; then the last words are waited for.
        patience: seconds that it may all take, besides the waiting for sound to be due.

    Raises:
        AssertionError: it hangs.
    """
    heard = Heard()
    try:
        stream = await bounded(vendor.open(account, order), patience, "open() hangs.")
    except VendorFailure as failure:
        heard.failures.append(failure)
        return heard
    heard.shown = f"{stream!r} {stream}"
    try:
        limit = asyncio.timeout(patience)
        await _talk(Speaker(stream, heard, vendor.manifest, limit), speak, limit)
    except ExceptionGroup as group:
        for error in group.exceptions:
            if not isinstance(error, VendorFailure):
                raise error from None
            heard.failures.append(error)
    finally:
        await bounded(stream.close(), SOON, "close() hangs.")
    return heard


async def _talk(speaker: Speaker, speak: Callable[[Speaker], Awaitable[None]], limit: asyncio.Timeout) -> None:
    finishing = asyncio.Event()
    try:
        async with limit, asyncio.TaskGroup() as group:
            group.create_task(_listen(speaker.stream, speaker.heard, finishing))
            await speak(speaker)
            finishing.set()
            limit.reschedule(_now() + DRAIN)
            await speaker.stream.finish()
    except TimeoutError:
        what = "The last words do not come" if finishing.is_set() else "Sending hangs"
        raise AssertionError(f"{what}; heard so far: “{speaker.heard.text}”.") from None


async def _listen(stream: Stream, heard: Heard, finishing: asyncio.Event) -> None:
    async for event in stream:
        if isinstance(event, Words):
            heard.words.append(event)
        elif isinstance(event, Notice):
            heard.notices.append(event)
    if not finishing.is_set():
        raise Planned("The vendor ended the stream.")


async def bounded(step: Awaitable[T], seconds: float, otherwise: str) -> T:
    """What a step gives, if it does so in time.

    Raises:
        AssertionError: it does not.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await step
    except TimeoutError:
        if not limit.expired():
            raise
        raise AssertionError(otherwise) from None


def _now() -> float:
    return asyncio.get_running_loop().time()
