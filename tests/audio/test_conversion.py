import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.audio.conversion import Converter
from appliance.sound import SAMPLE_RATE
from tests.audio.sounds import noise, tone

BLOCK = 1024
CARD_RATE = 48_000
Slots = NDArray[np.int32]
Sound = NDArray[np.float32]


def voice(seconds: float, *, level: float = -40.0) -> NDArray[np.float32]:
    return noise(seconds, level=level).astype(np.float32) / 2.0**15


def board(left: Sound, right: Sound) -> Slots:
    """What an I2S board gives: two slots of 32 bits, in the upper 24 of which the sound is."""
    slots: Slots = np.rint(np.stack([left, right], axis=1) * np.float32(2.0**23)).astype(np.int32) << 8
    return slots


def heard(slots: Slots, *, rate: int = SAMPLE_RATE) -> NDArray[np.int16]:
    converter = Converter(rate, slots.shape[1])
    blocks = [converter.convert(slots[start : start + BLOCK]) for start in range(0, len(slots), BLOCK)]
    return np.concatenate([*blocks, converter.finish()])


def level(sound: NDArray[np.int16]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound / 2.0**15))))


@pytest.mark.parametrize("microphone_is", ["left", "right"])
@pytest.mark.parametrize("empty", ["zero", "stuck", "rustling"])
def test_the_microphone_of_a_board_is_heard_at_its_level_in_either_slot(microphone_is: str, empty: str) -> None:
    sound = voice(3.0)
    silent = {
        "zero": np.zeros_like(sound),
        "stuck": np.full_like(sound, -(2.0**-23)),
        "rustling": voice(3.0, level=-70.0),
    }[empty]
    slots = board(sound, silent) if microphone_is == "left" else board(silent, sound)
    np.testing.assert_allclose(heard(slots) / 2.0**15, sound, atol=2.0**-15)


def test_a_board_with_an_offset_is_heard_without_it() -> None:
    sound = voice(4.0, level=-45.0)
    slots = board(np.zeros_like(sound), sound + np.float32(0.05))
    np.testing.assert_allclose(heard(slots) / 2.0**15, sound, atol=5e-4)


def test_an_offset_does_not_make_silence_loud() -> None:
    slots = board(np.zeros(4 * SAMPLE_RATE, np.float32), np.full(4 * SAMPLE_RATE, -0.1, np.float32))
    assert not heard(slots).any()


def test_an_offset_that_wanders_is_followed() -> None:
    offset = np.linspace(0.02, 0.06, 20 * SAMPLE_RATE, dtype=np.float32)
    slots = board(offset, np.zeros_like(offset))
    assert level(heard(slots)[2 * SAMPLE_RATE :]) < -50.0


def test_sound_without_an_offset_stays_as_it_is_bit_for_bit() -> None:
    sound = noise(3.0)
    slots = np.stack([sound, sound], axis=1).astype(np.int32) << 16
    np.testing.assert_array_equal(heard(slots), sound)


def test_a_deep_voice_is_not_taken_for_an_offset() -> None:
    hum = tone(3.0, hertz=60.0)
    np.testing.assert_allclose(heard(board(hum, np.zeros_like(hum))) / 2.0**15, hum, atol=2.0**-15)


def test_two_microphones_are_averaged() -> None:
    left, right = tone(1.0, hertz=300.0), tone(1.0, hertz=500.0)
    np.testing.assert_allclose(heard(board(left, right)) / 2.0**15, (left + right) / 2, atol=2.0**-14)


def test_the_second_speaker_of_a_pair_of_lapel_microphones_is_heard_from_the_first_word() -> None:
    first, second = voice(2.0), voice(2.0)
    silence = np.zeros_like(first)
    said = heard(board(np.concatenate([first, silence]), np.concatenate([silence, second])))
    assert level(said[: len(first)]) == pytest.approx(-40.0, abs=0.2)
    assert level(said[len(first) : len(first) + BLOCK]) == pytest.approx(-46.0, abs=0.5)


def test_a_microphone_that_moves_to_the_other_slot_gets_its_level_back() -> None:
    sound = voice(80.0)
    silence = np.zeros_like(sound)
    said = heard(np.concatenate([board(sound, silence), board(silence, sound)]))
    assert level(said[-SAMPLE_RATE:]) == pytest.approx(-40.0, abs=0.3)


def test_a_card_of_48_khz_is_heard_at_its_level() -> None:
    sound = np.float32(0.1) * tone(2.0, hertz=700.0, rate=CARD_RATE)
    said = heard(board(np.zeros_like(sound), sound + np.float32(0.1)), rate=CARD_RATE)
    assert level(said[4000:-4000]) == pytest.approx(20 * np.log10(0.05 / np.sqrt(2)), abs=0.1)
