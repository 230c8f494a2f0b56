"""Sound as it travels inside the box: one format and one frame length, decided here."""

from dataclasses import dataclass
from typing import Final

SAMPLE_RATE: Final = 16_000
"""Samples a second, mono, signed 16 bit little-endian: what every vendor of ours takes."""

SAMPLE_BYTES: Final = 2

VOICE_RATE: Final = 48_000
"""Samples a second, mono, signed 16 bit little-endian, of what the box itself says aloud."""

FRAME_SAMPLES: Final = 512
"""32 ms: within the 20 to 60 ms that live recognition likes, and just what the speech detector eats."""

FRAME_BYTES: Final = FRAME_SAMPLES * SAMPLE_BYTES
FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE

SILENCE_DBFS: Final = -96.0
"""The level of digital silence: the noise floor of 16 bits."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of sound with what was measured on it.

    Attributes:
        start: seconds since the captioning began, of the first sample.
        pcm: ``FRAME_BYTES`` bytes of mono s16le at ``SAMPLE_RATE``.
        level: RMS level in dBFS, from ``SILENCE_DBFS`` to 0.
        speech: whether somebody is speaking in it.
        clipped: whether it touches full scale.
    """

    start: float
    pcm: bytes
    level: float = SILENCE_DBFS
    speech: bool = False
    clipped: bool = False

    @property
    def end(self) -> float:
        """Seconds since the captioning began, just after the last sample."""
        return self.start + FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Loss:
    """Sound that was spoken but never reached the box, and why.

    Attributes:
        start: seconds since the captioning began.
        end: seconds since the captioning began.
        reason: one plain sentence.
    """

    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The source cannot be heard just now; the next `Frame` says that it is back.

    Attributes:
        reason: one plain sentence: what happened and what to do.
    """

    reason: str


Heard = Frame | Loss | Trouble
"""What a source of sound tells the box, in order."""
