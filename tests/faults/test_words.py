import pytest

from appliance.captions import Gap
from tests.faults.words import Count, Spoken, count, plain

SAID = "one two three four five six seven eight nine ten"


def spoken(text: str) -> list[Spoken]:
    return [Spoken(word, float(n), n + 0.9) for n, word in enumerate(plain(text))]


@pytest.mark.parametrize(
    ("captioned", "lost", "doubled", "wrong"),
    [
        (SAID, 0, 0, 0),
        ("One two three four five six seven eight nine, ten.", 0, 0, 0),
        ("one two three seven eight nine ten", 3, 0, 0),
        ("one two three four three four five six seven eight nine ten", 0, 2, 0),
        ("one two tree four five six seven eight nine ten", 0, 0, 1),
        ("", 10, 0, 0),
    ],
)
def test_words_that_are_lost_doubled_or_wrong_are_told_apart(
    captioned: str, lost: int, doubled: int, wrong: int
) -> None:
    assert count(spoken(SAID), plain(captioned), []) == Count(10, 0, lost, doubled, wrong)


def test_words_in_a_marked_gap_are_not_lost_and_those_beside_it_are() -> None:
    gap = Gap(start=3, end=6, reason="cut")
    assert count(spoken(SAID), plain("one two seven eight nine ten"), [gap]).lost == 0
    assert count(spoken(SAID), plain("one eight nine ten"), [gap]).lost == 1
    assert count(spoken(SAID), plain("one two seven eight nine ten"), []).lost == 4


def test_a_gap_around_words_that_were_captioned_hides_no_doubled_one() -> None:
    gap = Gap(start=3, end=6, reason="cut")
    assert count(spoken(SAID), plain(SAID), [gap]) == Count(10, 3, 0, 0, 0)
    assert (
        count(spoken(SAID), plain("one two three four five six six seven eight nine ten"), [gap]).doubled == 1
    )
