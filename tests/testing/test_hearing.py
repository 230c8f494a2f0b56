"""The ear of the emulators."""

import wave

import pytest

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing
from tests.rigs.speech import speak

SAID = ["The work will begin in March."]


@pytest.mark.parametrize("milliseconds", range(1_500, 2_000, 40))
async def test_words_that_were_shown_stay_when_the_sound_ends_within_a_word(milliseconds: int) -> None:
    hearing = Hearing(SAID)
    with wave.open(str(speak(*SAID))) as file:
        sound = file.readframes(SAMPLE_RATE * milliseconds // 1000)
    shown = ""
    for start in range(0, len(sound), SAMPLE_RATE * SAMPLE_BYTES // 10):
        for understood in await hearing.feed(sound[start : start + SAMPLE_RATE * SAMPLE_BYTES // 10]):
            assert not understood.final
            shown = understood.text
    [last] = await hearing.finish()
    assert last.final
    assert shown.startswith("the work")
    assert last.text.startswith("the work")
