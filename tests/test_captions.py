import pytest

from appliance.captions import LONGEST_TEXT, clean, language_name, language_tag


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("  good   morning\n everyone ", "good morning everyone"),
        ("a\x1b[31mred\x07", "a [31mred"),
        ("abc\u202edcba", "abc dcba"),
        ("caf\u0065\u0301", "café"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("स्\u200dते", "स्\u200dते"),
        ("", ""),
    ],
)
def test_text_of_a_vendor_is_one_clean_line_on_every_screen(sent: str, shown: str) -> None:
    assert clean(sent) == shown


def test_an_endless_text_is_cut_before_it_reaches_a_screen() -> None:
    assert len(clean("word " * 100_000)) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("written", "tag"), [("hi_in", "hi-IN"), ("en-us", "en-US"), ("nl", "nl"), ("zh-hant-tw", "zh-Hant-TW")]
)
def test_a_language_may_be_written_in_any_common_way(written: str, tag: str) -> None:
    assert language_tag(written) == tag


@pytest.mark.parametrize("written", ["", "klingonese", "xx-YY-ZZ", "../../etc"])
def test_what_is_no_language_is_refused_with_what_would_be_right(written: str) -> None:
    with pytest.raises(ValueError, match="en-US"):
        language_tag(written)


def test_a_language_is_named_in_its_own_words() -> None:
    assert language_name("de", "de") == "Deutsch"
    assert language_name("hi-IN", "en") == "Hindi (India)"
    assert language_name("nl-BE", "nl-BE") == "Nederlands (België)"
    assert language_name("not a tag") == "not a tag"
