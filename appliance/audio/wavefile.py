"""A WAV file as a source of sound."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import numpy as np

from appliance.audio.source import Block, Samples, SoundError
from appliance.sound import FRAME_SECONDS

PAUSE_SECONDS: Final = 2.0
"""Silence between two passes of a file that is played over and over."""

_BLOCK_SECONDS: Final = 2 * FRAME_SECONDS
_BLOCKS_A_READ: Final = 16


class WavFile:
    """A WAV file of any rate, number of channels and common encoding.

    Args:
        path: where it is.
        again: play it over and over, with `PAUSE_SECONDS` of silence in between.
        paced: in real time, each block when a microphone would have heard it; otherwise as fast as it is read.

    Raises:
        SoundError: it cannot be heard.
    """

    warning = None

    def __init__(self, path: Path, *, again: bool, paced: bool) -> None:
        import soundfile  # noqa: PLC0415 -- 70 ms and 3 MB that a box with a microphone never needs

        self._again = again
        self._paced = paced
        try:
            with path.open("rb") as file:
                start = file.read(12)
            self._sound = soundfile.SoundFile(path)
        except FileNotFoundError:
            raise SoundError(f"There is no file {path}: check its name.") from None
        except OSError as error:
            raise SoundError(f"{path} cannot be read ({error.strerror}).") from None
        except soundfile.LibsndfileError:
            raise SoundError(_unreadable(path, start)) from None
        if not _is_wav(start):
            raise SoundError(_unreadable(path, start))
        if not self._sound.frames:
            raise SoundError(f"{path} holds no sound: record it again.")

    @property
    def duration(self) -> float | None:
        """Seconds of sound; None for a file that is played over and over."""
        return None if self._again else self._sound.frames / self._sound.samplerate

    async def pieces(self) -> AsyncGenerator[Block, None]:
        """The sound, in blocks."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while stretch := await asyncio.to_thread(self._read):
            for block in stretch:
                due += block.seconds
                if self._paced:
                    await asyncio.sleep(due - clock())
                yield block

    def _read(self) -> list[Block]:
        rate = self._sound.samplerate
        size = round(_BLOCK_SECONDS * rate)
        samples: Samples = self._sound.read(size * _BLOCKS_A_READ, dtype=self._dtype, always_2d=True)
        if not len(samples) and self._again:
            self._sound.seek(0)
            samples = np.zeros((round(PAUSE_SECONDS * rate), self._sound.channels), self._dtype)
        return [Block(rate, samples[start : start + size]) for start in range(0, len(samples), size)]

    @property
    def _dtype(self) -> str:
        return "int16" if self._sound.subtype in ("PCM_16", "PCM_U8") else "float32"


def _is_wav(start: bytes) -> bool:
    return start[:4] in (b"RIFF", b"RF64") and start[8:] == b"WAVE"


def _unreadable(path: Path, start: bytes) -> str:
    if not start:
        return f"{path} is empty: record it again."
    if _is_wav(start):
        return f"{path} is a WAV file of a kind that cannot be read: save it as 16-bit PCM."
    return f"{path} is not a WAV file: convert it to WAV first."
