"""The two clocks of a stream: the vendor's counts the sound it was sent, the box's the captioning's seconds."""

from collections import deque
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame

BREATH: Final = 0.25
"""Seconds without speech that make a pause, in which sound can be cut without cutting a word."""

_JUMP: Final = FRAME_SECONDS / 2
_EARLY: Final = 0.6
_LATE: Final = 1.0
"""How much too early or too late vendors say that an utterance ended, in seconds."""

_UNSURE: Final = 2.0
"""Seconds that are replayed where nothing says up to where the vendor has understood."""


class Timeline:
    """Turns the time of a stream into the time of the captioning, and knows what has been put into final words.

    Attributes:
        end: seconds since the captioning began, up to which sound was sent.
        covered: seconds since the captioning began, up to which all words are final: a replay begins there.
        overlaps: whether final words may reach beyond `covered`, so that a replay would repeat some.

    Args:
        begin: seconds since the captioning began at which the stream begins.
    """

    def __init__(self, begin: float = 0.0) -> None:
        self.end = self.covered = begin
        self.overlaps = False
        self._sent = 0.0
        self._jumps: deque[tuple[float, float]] = deque(maxlen=1_000)
        self._speech_end: float | None = None
        self._pauses: deque[float] = deque(maxlen=64)

    @property
    def pause(self) -> float:
        """Seconds without speech at the end of what was sent; endless before the first speech."""
        return float("inf") if self._speech_end is None else self.end - self._speech_end

    def sent(self, frame: Frame) -> None:
        """Note that a frame went into the stream."""
        if not self._sent or abs(frame.start - self.end) > _JUMP:
            self._jumps.append((self._sent, frame.start))
        self._sent += FRAME_SECONDS
        self.end = frame.end
        if frame.speech:
            self._speech_end = frame.end
        elif self._speech_end is not None and self.pause >= BREATH:
            pause = self._speech_end + BREATH
            if not self._pauses or pause > self._pauses[-1]:
                self._pauses.append(pause)

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
        moment, sure = self._after_the_last_pause() if end is None else self._near(end)
        if moment > self.covered:
            self.covered, self.overlaps = moment, not sure
        self.overlaps = self.overlaps or not sure

    def _after_the_last_pause(self) -> tuple[float, bool]:
        if self._pauses and self.pause >= BREATH:
            return self._pauses[-1], True
        recent = max(self.covered, self.end - _UNSURE)
        return next((p for p in self._pauses if p > recent), self.end - _UNSURE), False

    def _near(self, end: float) -> tuple[float, bool]:
        pauses = [p for p in self._pauses if end - _EARLY <= p - BREATH <= end + _LATE]
        if not pauses:
            return end - _UNSURE, False
        return min(pauses, key=lambda p: abs(p - BREATH - end)), True
