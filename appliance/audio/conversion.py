"""From whatever a device or a file gives to the one format of the box."""

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from appliance.audio.source import Samples
from appliance.sound import SAMPLE_RATE

_FULL_SCALE: Final = {np.dtype(np.int16): 2.0**15, np.dtype(np.int32): 2.0**31, np.dtype(np.float32): 1.0}

_SILENT_SLOT: Final = 0.01
"""A channel with less than this share of the power of the loudest one (20 dB less) hears nothing of its own."""

_FORGETTING: Final = 10.0
"""Seconds in which the loudest moment of each channel loses half of its weight."""

_SETTLING: Final = 1.0
"""Seconds over which an offset is measured: longer than any sound, so that none of it is taken away."""

_LEAST_OFFSET: Final = 2.0**-15


class Converter:
    """Turns sound of one shape into mono 16-bit samples at `SAMPLE_RATE`; such sound passes untouched.

    Args:
        rate: samples a second of what comes in.
        channels: its channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self.shape = (rate, channels)
        self._loudest = np.zeros(channels)
        self._offset = Offset(rate)
        self._resampler = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32", quality="MQ")
        )

    def convert(self, samples: Samples) -> NDArray[np.int16]:
        """What is ready of the converted sound: the resampler holds the youngest 14 ms back."""
        if self._resampler is None and samples.dtype == np.int16 and samples.shape[1] == 1:
            return samples[:, 0]  # type: ignore[return-value] # mypy does not narrow arrays by their dtype
        mono = self._offset.removed(self._mix(samples))
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        return _to_16_bit(mono)

    def finish(self) -> NDArray[np.int16]:
        """What the resampler held back; the converter is used up then."""
        if self._resampler is None:
            return np.empty(0, np.int16)
        return _to_16_bit(self._resampler.resample_chunk(np.empty(0, np.float32), last=True))

    def _mix(self, samples: Samples) -> NDArray[np.float32]:
        """The average of the channels that hear.

        An I2S board with a single microphone has an empty slot, in which there may be a little noise or an
        offset: averaged with it, the sound would lose half of its level.
        """
        sound = np.multiply(samples, 1 / _FULL_SCALE[samples.dtype], dtype=np.float32)
        fading = 0.5 ** (len(sound) / self.shape[0] / _FORGETTING)
        self._loudest = np.maximum(self._loudest * fading, sound.var(axis=0))
        hearing = self._loudest >= _SILENT_SLOT * self._loudest.max()
        mono: NDArray[np.float32] = sound[:, hearing].mean(axis=1)
        return mono


class Offset:
    """Takes away the constant that some microphones (SPH0645) add, once there is one.

    It shows in a quiet moment, where it is larger than the sound. From then on its running mean is taken away,
    a high-pass far below every voice; sound without an offset stays as it is, bit for bit.

    Args:
        rate: samples a second.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._offset: float | None = None

    def removed(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """The next block, without the offset."""
        mean = float(sound.mean())
        if self._offset is None:
            if abs(mean) <= max(_LEAST_OFFSET, float(sound.std())):
                return sound
            self._offset = mean
        before = self._offset
        self._offset += min(1.0, len(sound) / self._rate / _SETTLING) * (mean - before)
        return sound - np.linspace(before, self._offset, len(sound), dtype=np.float32)


def _to_16_bit(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    samples: NDArray[np.int16] = np.rint(sound * 2.0**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
    return samples
