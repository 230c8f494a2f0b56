"""What is said in a meeting, and the source that plays it."""

import asyncio
import itertools
import wave
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from appliance.audio.source import Block
from appliance.audio.wavefile import WavFile
from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from tests.faults.words import Spoken, plain
from tests.rigs.speech import PAUSE_SECONDS, SAID, speak

QUICK: Final = 30.0
"""How many times as fast as it is a long silence passes; speech always takes its time."""

MARGIN: Final = 5.0
"""Seconds at either end of it that take their time, too."""

_HISS: Final = 20
"""The most that a sample of a silence has: a microphone that gives zeros is one that is switched off."""


class Programme:
    """The speech of a meeting: the sentences again and again, with pauses between them.

    Args:
        folder: where the sound is written.
        seconds: how long they take, about.
        silence: seconds of silence in the middle.

    Attributes:
        path: of the WAV file.
        words: with their times, evenly spread over each sentence by their letters.
        quick: seconds between which it may be played quickly.
    """

    def __init__(self, folder: Path, seconds: float, silence: float) -> None:
        self.path = folder / "meeting.wav"
        self.words: list[Spoken] = []
        self.quick = (0.0, 0.0)
        sound = bytearray()
        for sentence in itertools.cycle(SAID):
            now = len(sound) / SAMPLE_BYTES / SAMPLE_RATE
            if now >= seconds + silence:
                break
            if silence and now >= seconds / 2 and self.quick == (0.0, 0.0):
                sound += _hiss(silence)
                self.quick = (now + MARGIN, now + silence - MARGIN)
                now += silence
            spoken = _frames(speak(sentence))
            length = len(spoken) / SAMPLE_BYTES / SAMPLE_RATE - 2 * PAUSE_SECONDS
            self.words += _spread(sentence, now + PAUSE_SECONDS, length)
            sound += spoken[: -round(PAUSE_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES]
        sound += _hiss(PAUSE_SECONDS)
        with wave.open(str(self.path), "wb") as file:
            file.setparams((1, SAMPLE_BYTES, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(sound)


class Played(WavFile):
    """A file as it would be heard, but for a stretch that passes quickly.

    Args:
        path: where it is.
        quick: seconds between which it does.
    """

    def __init__(self, path: Path, quick: tuple[float, float]) -> None:
        super().__init__(path, again=False, paced=False)
        self._quick = quick

    async def pieces(self) -> AsyncGenerator[Block, None]:
        """The sound, in blocks."""
        clock = asyncio.get_running_loop().time
        due, played = clock(), 0.0
        async for block in super().pieces():
            played += block.seconds
            due += block.seconds / (QUICK if self._quick[0] < played < self._quick[1] else 1.0)
            await asyncio.sleep(due - clock())
            yield block


def _hiss(seconds: float) -> bytes:
    noise = np.random.default_rng(1).integers(-_HISS, _HISS, round(seconds * SAMPLE_RATE), dtype=np.int16)
    return noise.astype("<i2").tobytes()


def _frames(wav: Path) -> bytes:
    with wave.open(str(wav)) as file:
        return bytes(file.readframes(file.getnframes()))


def _spread(sentence: str, begin: float, length: float) -> Iterator[Spoken]:
    """The words of a sentence, each as long as its part of the letters."""
    words = plain(sentence)
    letter = length / sum(map(len, words))
    for word in words:
        end = begin + len(word) * letter
        yield Spoken(word, begin, end)
        begin = end
