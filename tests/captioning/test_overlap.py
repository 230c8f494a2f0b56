import pytest

from appliance.captioning.overlap import Overlap

SAID = "The committee has agreed that the work begins in March."


@pytest.mark.parametrize(
    ("heard", "new"),
    [
        ("begins in march and ends in may", "and ends in may"),
        ("In March, and ends in May.", "and ends in May."),
        ("and ends in may", "and ends in may"),
        ("work begins", ""),
        ("", ""),
    ],
)
def test_words_that_are_final_already_are_not_said_twice(heard: str, new: str) -> None:
    assert Overlap(SAID).trim(heard, final=True) == new


def test_a_word_that_is_really_said_again_later_stays() -> None:
    overlap = Overlap(SAID)
    assert overlap.trim("in march it rains", final=True) == "it rains"
    assert overlap.trim("march is wet", final=True) == "march is wet"


def test_a_repetition_may_be_spread_over_two_segments() -> None:
    overlap = Overlap(SAID)
    assert overlap.trim("work begins", final=True) == ""
    assert overlap.trim("in march and then", final=True) == "and then"


def test_languages_without_spaces_are_compared_letter_by_letter() -> None:
    assert Overlap("今日はいい天気です").trim("天気ですね", final=True) == "ね"
