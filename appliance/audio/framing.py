"""From the blocks of a source to the frames of the box, with their times, levels and speech."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio.conversion import Converter
from appliance.audio.source import Block, Missed
from appliance.audio.speech import SpeechDetector
from appliance.sound import FRAME_SAMPLES, SAMPLE_RATE, SILENCE_DBFS, Frame, Loss

FULL_SCALE: Final = 32_700
"""The size of a sample from which on it counts as cut off; converters leave it a little under the limit."""


class Framer:
    """Cuts sound into frames. It computes and never waits; use it from one thread at a time."""

    def __init__(self) -> None:
        self._converter: Converter | None = None
        self._detector = SpeechDetector()
        self._rest = np.empty(0, np.int16)
        self._position = 0
        """Samples since listening began, of the first one of the rest."""

    def add(self, piece: Block | Missed) -> list[Frame | Loss]:
        """The frames that are complete with this piece, or the loss that it means."""
        if isinstance(piece, Missed):
            return self._miss(piece)
        shape = (piece.rate, piece.samples.shape[1])
        frames: list[Frame | Loss] = []
        if self._converter is None or self._converter.shape != shape:
            frames += self._drain()
            self._converter = Converter(*shape)
        return frames + self._cut(self._converter.convert(piece.samples))

    def finish(self) -> list[Frame | Loss]:
        """What is left at the end, the last frame filled up with silence."""
        frames = self._drain()
        return frames + self._fill(FRAME_SAMPLES)

    def _miss(self, missed: Missed) -> list[Frame | Loss]:
        frames = self._drain()
        start = (self._position + len(self._rest)) / SAMPLE_RATE
        lost = round(missed.seconds * SAMPLE_RATE)
        filled = min(lost, -len(self._rest) % FRAME_SAMPLES)
        frames += self._fill(filled)
        self._position += lost - filled
        return [*frames, Loss(start, start + lost / SAMPLE_RATE, missed.reason)]

    def _drain(self) -> list[Frame | Loss]:
        converter, self._converter = self._converter, None
        return [] if converter is None else self._cut(converter.finish())

    def _fill(self, most: int) -> list[Frame | Loss]:
        return self._cut(np.zeros(min(most, -len(self._rest) % FRAME_SAMPLES), np.int16))

    def _cut(self, sound: NDArray[np.int16]) -> list[Frame | Loss]:
        sound = np.concatenate([self._rest, sound])
        whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = sound[whole:]
        frames = sound[:whole].reshape(-1, FRAME_SAMPLES)
        return [self._frame(*frame) for frame in zip(frames, levels(frames), strict=True)]

    def _frame(self, samples: NDArray[np.int16], level: float) -> Frame:
        pcm = samples.tobytes()
        start = self._position / SAMPLE_RATE
        self._position += FRAME_SAMPLES
        clipped = bool(np.abs(samples, dtype=np.int32).max() >= FULL_SCALE)
        return Frame(start, pcm, level, self._detector.hears_speech(pcm, level), clipped)


def levels(frames: NDArray[np.int16]) -> list[float]:
    """The RMS level of each row in dBFS: 0 is a square wave at full scale."""
    power = np.mean(np.square(frames, dtype=np.float32), axis=1) / np.float32(2.0**30)
    decibels: list[float] = (10 * np.log10(np.maximum(power, np.float32(10 ** (SILENCE_DBFS / 10))))).tolist()
    return decibels
