"""Endpointing: where a segment begins and ends in the sound. No I/O and no clock but the sound's own."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame

PRE_ROLL: Final = 12
"""Frames (0.4 s) kept before speech, or a little more: the detector wakes after a soft consonant."""

GRID: Final = 5
"""Every segment begins at a multiple of so many frames (0.16 s), a whole number of the recogniser's 10 ms
slices: it then slices the same sound in the same way, even if the detector wakes a frame earlier or later."""

SHORTEST_PAUSE: Final = 0.1
"""Seconds of pause that end a segment once it is as long as it may be."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A segment begins, `start` seconds into the stream."""

    start: float


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of the segment that is open."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The segment that is open ends."""


class Endpointer:
    """Turns frames that know whether they hold speech into segments.

    A segment ends after `pause` seconds without speech. From half of `longest` on ever shorter pauses will do,
    and at twice `longest` it ends in any case: who talks without a break must not wait for ever for a final.
    """

    def __init__(self, *, pause: float, longest: float) -> None:
        self._pause = pause
        self._longest = longest
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL + GRID)
        self._position = 0
        self._start: int | None = None
        self._silence = 0.0

    def feed(self, frame: Frame) -> Iterator[Begin | Sound | End]:
        """What one more frame means."""
        self._position += 1
        self._silence = 0.0 if frame.speech else self._silence + FRAME_SECONDS
        if self._start is None:
            self._before.append(frame.pcm)
            if frame.speech:
                yield from self._begin()
            return
        yield Sound(frame.pcm)
        length = (self._position - self._start) * FRAME_SECONDS
        if self._silence >= self._enough(length) or length >= 2 * self._longest:
            yield from self.finish()

    def finish(self) -> Iterator[End]:
        """No more sound comes."""
        if self._start is not None:
            self._start = None
            yield End()

    def _begin(self) -> Iterator[Begin | Sound]:
        oldest = self._position - len(self._before)
        wanted = self._position - PRE_ROLL
        self._start = max(oldest, wanted - wanted % GRID)
        yield Begin(self._start * FRAME_SECONDS)
        yield from map(Sound, islice(self._before, self._start - oldest, None))
        self._before.clear()

    def _enough(self, length: float) -> float:
        half = self._longest / 2
        worn = min(max((length - half) / half, 0.0), 1.0)
        return self._pause + (SHORTEST_PAUSE - self._pause) * worn
