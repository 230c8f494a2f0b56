import numpy as np
import pytest

from appliance.audio import Quality
from appliance.audio.framing import Framer
from appliance.audio.source import Block
from appliance.sound import FRAME_BYTES, SAMPLE_RATE, SILENCE_DBFS, Frame


def frame(level: float, *, speech: bool = True, clipped: bool = False) -> Frame:
    return Frame(0.0, bytes(FRAME_BYTES), level, speech, clipped)


def judged(*frames: Frame, seconds: float = 6.0) -> str:
    quality = Quality()
    complaint = None
    for n in range(round(seconds / 0.032)):
        complaint = quality.complaint(frames[n % len(frames)])
    return complaint or ""


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        ([frame(-25)], ""),
        ([frame(-70, speech=False)], ""),
        ([frame(SILENCE_DBFS, speech=False)], "switched off or muted at the microphone itself"),
        ([frame(-58)], "very quietly"),
        ([frame(-3, clipped=True), frame(-6)], "too loud and distorts"),
        ([frame(-3, clipped=True), *[frame(-12)] * 9], ""),
    ],
)
def test_a_microphone_that_cannot_be_understood_is_told_with_what_to_do(
    frames: list[Frame], complaint: str
) -> None:
    said = judged(*frames)
    assert complaint in said
    assert bool(said) is bool(complaint)


def test_a_microphone_that_is_switched_on_again_is_no_longer_complained_of() -> None:
    quality = Quality()
    for _ in range(200):
        quality.complaint(frame(SILENCE_DBFS, speech=False))
    assert quality.complaint(frame(-60, speech=False)) is None


@pytest.mark.parametrize(("amplitude", "clipped"), [(40_000, True), (20_000, False)])
def test_sound_that_is_cut_off_is_noticed(amplitude: int, *, clipped: bool) -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    wave = np.clip(amplitude * np.sin(440 * time * 2 * np.pi), -32_768, 32_767).astype(np.int16)
    frames = [f for f in Framer().add(Block(SAMPLE_RATE, wave[:, None])) if isinstance(f, Frame)]
    assert all(f.clipped is clipped for f in frames[1:])
