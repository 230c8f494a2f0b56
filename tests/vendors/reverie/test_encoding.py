import io

import numpy as np
import pytest
import soundfile

from appliance.vendors.reverie.encoding import RATES, SUBTYPES, Encoder, Format

SECOND = (8_000 * np.sin(2 * np.pi * 440 / 16_000 * np.arange(16_000))).astype("<i2")


@pytest.mark.parametrize("form", ["16k_int16", "16k_uint8", "16k_ulaw", "8k_int16", "8k_uint8", "8k_ulaw"])
def test_a_tone_is_the_same_tone_in_every_format(form: Format) -> None:
    encoder = Encoder(form)
    pcm = SECOND.tobytes()
    halves = encoder.encode(pcm[:16_000]), encoder.encode(pcm[16_000:]), encoder.encode(b"", last=True)
    rate, subtype = form.split("_")
    samples, _ = soundfile.read(
        io.BytesIO(b"".join(halves)),
        samplerate=RATES[rate],
        channels=1,
        format="RAW",
        subtype=SUBTYPES[subtype],
        endian="LITTLE",
    )
    assert len(samples) == RATES[rate]
    assert int(np.argmax(np.abs(np.fft.rfft(samples)))) == 440
    assert np.max(np.abs(samples)) == pytest.approx(8_000 / 32_768, rel=0.1)
