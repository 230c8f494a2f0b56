import pytest

from appliance.captioning.calm import LINE, CalmText, Erasure, tokens

SAID = "the second item is the new office on the third floor and the work will begin in the middle of march"


def shown(revisions: list[str], *, hold_back: int = 2, final: str | None = None) -> list[str]:
    calm = CalmText(hold_back=hold_back, erasure=Erasure())
    texts = [calm.revise(text, final=False) for text in revisions]
    if final is not None:
        texts.append(calm.revise(final, final=True))
    return [text for text in texts if text is not None]


def growing(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[:n]) for n in range(1, len(words) + 1)]


def test_the_first_word_is_shown_at_once() -> None:
    assert shown(["good"], hold_back=4) == ["good"]


def test_the_youngest_words_wait_until_the_vendor_is_surer() -> None:
    assert shown(growing("good morning everyone and welcome"), hold_back=2)[-1] == "good morning everyone"


def test_words_that_only_grow_are_never_taken_back() -> None:
    erasure = Erasure()
    calm = CalmText(hold_back=2, erasure=erasure)
    for text in growing(SAID):
        calm.revise(text, final=False)
    assert calm.revise(SAID, final=True) == SAID
    assert erasure.normalised == 0


def test_a_word_that_flickers_once_is_not_rewritten() -> None:
    said = ["we have more money now", "we had more money now", "we have more money now than"]
    assert shown(said, hold_back=1) == ["we have more money", "we have more money now"]


def test_a_word_that_really_changed_is_rewritten_and_those_before_it_stay() -> None:
    said = ["we had more money", "we have more money", "we have more money than"]
    assert shown(said, hold_back=0) == ["we had more money", "we have more money than"]


def test_a_line_once_full_and_left_is_frozen_until_the_final() -> None:
    full = growing(SAID)
    calm = CalmText(hold_back=0, erasure=Erasure())
    for text in full:
        calm.revise(text, final=False)
    line = calm.text[: LINE - 10]
    for _ in range(3):
        calm.revise(SAID.replace("second", "sacred") + " and", final=False)
    assert calm.text.startswith(line)
    assert calm.text.endswith("march and")


def test_the_final_is_shown_as_the_vendor_said_it_whatever_was_shown_before() -> None:
    final = "The second item is the new office, on the third floor."
    assert shown(growing(SAID), final=final)[-1] == final


def test_a_shorter_interim_takes_nothing_from_the_screen() -> None:
    assert shown(["good morning everyone", "good morning", ""], hold_back=0) == ["good morning everyone"]


def test_the_erasure_tells_how_many_words_were_taken_back_per_word() -> None:
    erasure = Erasure()
    calm = CalmText(hold_back=0, erasure=erasure)
    calm.revise("one two", final=False)
    calm.revise("one three four five", final=True)
    assert erasure.normalised == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("text", "count"),
    [("good morning", 2), ("今日は予算", 5), ("สวัสดี", 4), ("नमस्ते दुनिया", 2), ("日本 and Korea", 4), ("", 0)],
)
def test_scripts_without_spaces_are_held_back_by_the_letter(text: str, count: int) -> None:
    assert len(tokens(text)) == count


def test_chinese_is_shown_without_spaces_between_its_letters() -> None:
    assert shown(["今天", "今天我们", "今天我们将讨论"], hold_back=1)[-1] == "今天我们将讨"


def test_an_interim_that_is_shorter_but_says_the_same_takes_nothing_back() -> None:
    calm = CalmText(hold_back=0, erasure=Erasure())
    calm.revise("good morning everyone", final=False)
    assert calm.revise("good", final=False) is None
    assert calm.text == "good morning everyone"
