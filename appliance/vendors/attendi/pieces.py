"""Speech cut into pieces at its pauses. No I/O and no clock but the sound's own."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame

SHORTEST: Final = 3.0
LONGEST: Final = 15.0
"""Seconds of a piece; only the last of a stream may be shorter."""

PAUSE: Final = 0.5
"""Seconds without speech that end a piece."""

WORN: Final = 10.0
WORN_PAUSE: Final = 0.2
"""A piece this long ends at this shorter pause: a breath is a better place than the middle of a word."""

PRE_ROLL: Final = 12
"""Frames (0.4 s) kept before speech: the detector wakes after a soft consonant."""

KEPT: Final = 3
"""Frames (0.1 s) of a pause that are left to the next piece, in case it begins softly."""

SEARCHED: Final = 94
"""Frames (3 s) at the end of a piece without a pause among which the quietest is sought to cut at."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of sound with speech in it.

    Attributes:
        number: counted from 0.
        start: seconds since the stream began.
        end: seconds since the stream began.
        heard_at: seconds since the captioning began, of its first sample.
        pcm: mono s16le at 16 kHz.
    """

    number: int
    start: float
    end: float
    heard_at: float
    pcm: bytes


class Cutter:
    """Turns frames that know whether they hold speech into pieces; silence between them is left out."""

    def __init__(self) -> None:
        self._before: deque[Frame] = deque(maxlen=PRE_ROLL)
        self._frames: list[Frame] = []
        self._position = 0
        self._silence = 0
        self._number = 0

    def feed(self, frame: Frame) -> Piece | None:
        """The piece that ends with one more frame."""
        self._position += 1
        self._silence = 0 if frame.speech else self._silence + 1
        if not self._frames:
            self._before.append(frame)
            if frame.speech:
                self._frames = list(self._before)
                self._before.clear()
            return None
        self._frames.append(frame)
        length = len(self._frames) * FRAME_SECONDS
        enough = WORN_PAUSE if length >= WORN else PAUSE
        if length >= SHORTEST and self._silence * FRAME_SECONDS >= enough:
            return self._cut(len(self._frames) - KEPT)
        if length + FRAME_SECONDS > LONGEST:
            return self._cut(self._quietest() + 1)
        return None

    def finish(self) -> Piece | None:
        """The piece that is open: no more sound comes."""
        return self._cut(len(self._frames)) if self._frames else None

    def _cut(self, count: int) -> Piece:
        start = self._position - len(self._frames)
        cut, rest = self._frames[:count], self._frames[count:]
        piece = Piece(
            self._number,
            start * FRAME_SECONDS,
            (start + count) * FRAME_SECONDS,
            cut[0].start,
            b"".join(frame.pcm for frame in cut),
        )
        self._number += 1
        if any(frame.speech for frame in rest):
            self._frames = rest
        else:
            self._frames = []
            self._before.extend(rest)
        return piece

    def _quietest(self) -> int:
        candidates = range(len(self._frames) - SEARCHED, len(self._frames))
        return min(candidates, key=lambda i: (self._frames[i].speech, self._frames[i].level))
