"""Sounds that tests play, and what came out of them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from appliance.sound import SAMPLE_RATE, Frame, Heard

Sound = NDArray[np.int16]


def noise(seconds: float, *, level: float = -20.0, seed: int = 1) -> Sound:
    """White noise of an RMS level in dBFS: no stretch of it is like another."""
    deviation = 2**15 * 10 ** (level / 20)
    drawn = np.random.default_rng(seed).normal(0, deviation, round(seconds * SAMPLE_RATE))
    return np.rint(drawn).clip(-(2**15), 2**15 - 1).astype(np.int16)


def tone(seconds: float, *, hertz: float = 440.0, rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """A sine at half of full scale."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path: Path, sound: NDArray[np.int16] | NDArray[np.float32], *, rate: int = SAMPLE_RATE) -> Path:
    """A 16-bit WAV file."""
    soundfile.write(path, sound, rate, "PCM_16")
    return path


def joined(heard: Iterable[Heard]) -> Sound:
    """All the sound of the frames, one after the other."""
    return np.frombuffer(b"".join(h.pcm for h in heard if isinstance(h, Frame)), np.int16)
