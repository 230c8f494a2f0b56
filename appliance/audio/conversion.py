"""From whatever a device or a file gives to the one format of the box."""

import numpy as np
import soxr
from numpy.typing import NDArray

from appliance.audio.source import Samples
from appliance.sound import SAMPLE_RATE

_FULL_SCALE = {np.dtype(np.int16): 2.0**15, np.dtype(np.int32): 2.0**31, np.dtype(np.float32): 1.0}


class Converter:
    """Turns sound of one shape into mono 16-bit samples at `SAMPLE_RATE`; such sound passes untouched.

    Args:
        rate: samples a second of what comes in.
        channels: its channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self.shape = (rate, channels)
        self._live = np.zeros(channels, bool)
        self._resampler = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32", quality="MQ")
        )

    def convert(self, samples: Samples) -> NDArray[np.int16]:
        """What is ready of the converted sound: the resampler holds the youngest 14 ms back."""
        if self._resampler is None and samples.dtype == np.int16 and samples.shape[1] == 1:
            return samples[:, 0]  # type: ignore[return-value] # mypy does not narrow arrays by their dtype
        mono = self._mix(samples)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        return _to_16_bit(mono)

    def finish(self) -> NDArray[np.int16]:
        """What the resampler held back; the converter is used up then."""
        if self._resampler is None:
            return np.empty(0, np.int16)
        return _to_16_bit(self._resampler.resample_chunk(np.empty(0, np.float32), last=True))

    def _mix(self, samples: Samples) -> NDArray[np.float32]:
        """The average of the channels in use: an I2S board with a single microphone has an empty one."""
        self._live |= samples.any(axis=0)
        heard = samples[:, self._live] if self._live.any() else samples
        mono: NDArray[np.float32] = heard.mean(axis=1, dtype=np.float32) / np.float32(
            _FULL_SCALE[samples.dtype]
        )
        return mono


def _to_16_bit(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    samples: NDArray[np.int16] = np.rint(sound * 2.0**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
    return samples
