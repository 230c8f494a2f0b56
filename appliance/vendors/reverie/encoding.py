"""Sound in the formats that Reverie takes, for lines that carry little."""

import io
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import soxr

from appliance.sound import SAMPLE_RATE

Format = Literal["16k_int16", "16k_uint8", "16k_ulaw", "8k_int16", "8k_uint8", "8k_ulaw"]

SUBTYPES: Final = MappingProxyType({"int16": "PCM_16", "uint8": "PCM_U8", "ulaw": "ULAW"})
"""What libsndfile calls them."""

RATES: Final = MappingProxyType({"16k": SAMPLE_RATE, "8k": SAMPLE_RATE // 2})


class Encoder:
    """Turns our sound into a format of Reverie's, chunk by chunk. Making one may load a library."""

    def __init__(self, form: Format) -> None:
        rate, subtype = form.split("_")
        self._rate = RATES[rate]
        self._subtype = SUBTYPES[subtype]
        self._resampler = (
            None
            if self._rate == SAMPLE_RATE
            else soxr.ResampleStream(SAMPLE_RATE, self._rate, 1, dtype="int16")
        )
        if subtype != "int16":
            import soundfile  # noqa: PLC0415 - as for WAV files, only who needs it shall wait for it

            self._write = soundfile.write

    def encode(self, pcm: bytes, *, last: bool = False) -> bytes:
        """Sound in the format, a moment later where the rate is another; all of it with the last chunk."""
        samples = np.frombuffer(pcm, "<i2")
        if self._resampler:
            samples = self._resampler.resample_chunk(samples, last=last)
        if self._subtype == "PCM_16":
            return samples.astype("<i2").tobytes()
        encoded = io.BytesIO()
        self._write(encoded, samples, self._rate, format="RAW", subtype=self._subtype)
        return encoded.getvalue()
