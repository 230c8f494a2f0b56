"""Sound of which every second can be told from every other, and an ear for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from appliance.sound import FRAME_SAMPLES, SAMPLE_RATE, Frame

LOWEST = 300
STEP = 40
SHORTEST = 0.2
"""Seconds of a tone that are still heard."""

NOISE = np.random.default_rng(2026).integers(-2_000, 2_000, SAMPLE_RATE)
"""So that the sound cannot be packed into next to nothing, and an upload of it takes its time."""


def pcm(start: int, samples: int) -> bytes:
    """So many samples from one on."""
    n = np.arange(start, start + samples)
    wave = 8_000 * np.sin(2 * np.pi * (LOWEST + STEP * (n // SAMPLE_RATE)) * n / SAMPLE_RATE)
    return bytes((wave + NOISE[n % SAMPLE_RATE]).astype("<i2").tobytes())


async def listened(sound: bytes) -> list[list[Any]]:
    """One result, a word a second: its tone's number, with its times."""
    samples = np.frombuffer(sound, "<i2").astype(float)
    words = []
    for start in range(0, len(samples), SAMPLE_RATE):
        second = samples[start : start + SAMPLE_RATE]
        if len(second) >= SHORTEST * SAMPLE_RATE:
            spectrum = np.abs(np.fft.rfft(second, SAMPLE_RATE))
            number = round((int(spectrum.argmax()) - LOWEST) / STEP)
            end = 1000 * (start + len(second)) / SAMPLE_RATE
            words.append([f"tone{number}", 1000 * start / SAMPLE_RATE, end, 0.9])
    return [words] if words else []


def text(seconds: float) -> str:
    """What is heard of so many seconds from the beginning on."""
    whole = int(seconds)
    return " ".join(f"tone{n}" for n in range(whole + (seconds - whole >= SHORTEST)))


class Tones:
    """A source of sound.

    Args:
        seconds: how long.
        speed: how many times as fast as it would sound.
    """

    warning = None
    duration: float | None = None

    def __init__(self, seconds: float, speed: float) -> None:
        self._frames = int(seconds * SAMPLE_RATE) // FRAME_SAMPLES
        self._pause = FRAME_SAMPLES / SAMPLE_RATE / speed
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[Frame]:
        for number in range(self._frames):
            if self._closed:
                return
            start = number * FRAME_SAMPLES
            yield Frame(start / SAMPLE_RATE, pcm(start, FRAME_SAMPLES), speech=True)
            await asyncio.sleep(self._pause)

    async def close(self) -> None:
        self._closed = True
