"""The two clocks of a stream: the vendor's counts the sound it was sent, the box's the captioning's seconds."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame, Loss

BREATH: Final = 0.25
"""Seconds without speech that make a pause, in which sound can be cut without cutting a word."""

_JUMP: Final = FRAME_SECONDS / 2
_EARLY: Final = 0.6
_LATE: Final = 1.0
"""How much too early or too late vendors say that an utterance ended, in seconds."""

_UNSURE: Final = 2.0
"""Seconds that are replayed where nothing says up to where the vendor has understood."""


@dataclass(slots=True)
class _Pause:
    start: float
    end: float = float("inf")


class Timeline:
    """Turns the time of a stream into the time of the captioning, and knows what has been put into final words.

    Attributes:
        end: seconds since the captioning began, up to which sound was sent.
        length: seconds of sound that were sent.
        last_speech: when somebody last spoke in it, in seconds since the captioning began.

    Args:
        begin: seconds since the captioning began at which the stream begins.
    """

    def __init__(self, begin: float = 0.0) -> None:
        self.end = begin
        self.length = 0.0
        self._jumps: deque[tuple[float, float]] = deque(maxlen=1_000)
        self._spoken_until: float | None = None
        self.last_speech = begin
        self._pauses: deque[_Pause] = deque(maxlen=64)
        self._floor = begin
        self._final: tuple[float | None, float] | None = None

    @property
    def covered(self) -> float:
        """Seconds since the captioning began, up to which all words are final: a replay begins there."""
        return max(self._floor, self._covered()[0])

    @property
    def overlaps(self) -> bool:
        """Whether final words may reach beyond `covered`, so that a replay would repeat some."""
        return not self._covered()[1]

    def sent(self, frame: Frame) -> None:
        """Note that a frame went into the stream."""
        if not self.length or abs(frame.start - self.end) > _JUMP:
            self._jumps.append((self.length, frame.start))
        self.length += FRAME_SECONDS
        self.end = frame.end
        if frame.speech:
            if self._pauses and self._pauses[-1].end > frame.start:
                self._pauses[-1].end = frame.start
            self._spoken_until = self.last_speech = frame.end
        elif self._spoken_until is not None and frame.end - self._spoken_until >= BREATH:
            self._pauses.append(_Pause(self._spoken_until))
            self._spoken_until = None

    def missed(self, loss: Loss) -> None:
        """Note sound that nobody heard; where it follows what is final, a replay begins after it."""
        if loss.start <= self.covered:
            self._floor = max(self._floor, loss.end)

    def at(self, seconds: float) -> float:
        """Seconds since the captioning began, for seconds since the stream began."""
        for sent, start in reversed(self._jumps):
            if sent <= seconds:
                return min(start + seconds - sent, self.end)
        return self._jumps[0][1] if self._jumps else self.end

    def understood(self, end: float | None) -> None:
        """Note a final.

        Args:
            end: when its words ended, in the time of the captioning; None where the vendor does not say.
        """
        self._floor = self.covered
        self._final = (end, self.end)

    def _covered(self) -> tuple[float, bool]:
        """Up to when, and whether that is sure."""
        if self._final is None:
            return self._floor, True
        end, came = self._final
        pause = self._that_brought_it(came) if end is None else self._nearest(end)
        if pause:
            return pause.start + BREATH, True
        until = came if end is None else end
        recent = max(self._floor, until - _UNSURE)
        earlier = (p.start + BREATH for p in self._pauses if recent < p.start + BREATH <= until)
        return next(earlier, recent), False

    def _that_brought_it(self, came: float) -> _Pause | None:
        """The pause in which a final came: people speak, pause, and the vendor says what they said."""
        return next((p for p in reversed(self._pauses) if p.start - _EARLY <= came <= p.end), None)

    def _nearest(self, end: float) -> _Pause | None:
        near = [p for p in self._pauses if end - _EARLY <= p.start <= end + _LATE]
        return min(near, key=lambda p: abs(p.start - end), default=None)
