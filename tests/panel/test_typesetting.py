from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageFont, features

from appliance.panel.fonts import LATIN, Fonts, face_of
from appliance.panel.typesetting import Line, Typesetter, from_left, is_rtl, wrap
from tests.glass import SCRIPTS


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(Fonts())


def by_count(text: str) -> float:
    """A typewriter: each character one wide."""
    return len(text)


def test_words_fill_a_line_before_the_next_begins() -> None:
    assert wrap("one two three four", 9, by_count) == ["one two", "three", "four"]


def test_a_full_line_never_changes_while_the_text_grows() -> None:
    words = "today we will discuss the budget for the next year and then the schedule of the project".split()  # noqa: SIM905 - reads better
    before: list[str] = []
    for count in range(1, len(words) + 1):
        lines = wrap(" ".join(words[:count]), 18, by_count)
        assert lines[: len(before) - 1] == before[:-1]
        before = lines


def test_text_without_spaces_fills_lines_too() -> None:
    assert wrap("欢迎参加会议今天", 3, by_count) == ["欢迎参", "加会议", "今天"]


def test_a_word_longer_than_a_line_is_broken_between_characters_as_people_see_them() -> None:
    lines = wrap("कार्यक्रम", 4, by_count)
    assert "".join(lines) == "कार्यक्रम"
    assert all(not line.startswith(("\u094d", "ा", "ि")) for line in lines), "no mark without its letter"
    assert all(not line.endswith("\u094d") for line in lines), "no half of a conjunct"


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_makes_no_lines(text: str) -> None:
    assert wrap(text, 9, by_count) == []


@pytest.mark.parametrize(
    ("text", "rtl"),
    [("hello", False), ("مرحبا", True), ("2026 مرحبا", True), ("שלום", True), ("2026", False), ("", False)],
)
def test_the_first_letter_decides_where_reading_begins(text: str, rtl: bool) -> None:  # noqa: FBT001 - parameter
    assert is_rtl(text) is rtl


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AI budget", ["AI budget"]),
        ("AI बजट 2026", ["AI ", "बजट", " 2026"]),
        # An Arabic sentence with a Latin name in it: the name reads on from left to right in its place.
        ("ميزانية Google Cloud اليوم", ["اليوم", " ", "Google Cloud", " ", "ميزانية"]),
        ("سعر 20 دولار", [" دولار", "20", "سعر "]),
        ("نسخة Python 3.11 جديدة", ["جديدة", " ", "Python 3.11", " ", "نسخة"]),
        ("برنامج Word (2026)", ["Word (2026)", " ", "برنامج"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),  # a joiner shapes the letters beside it
        ("hello مرحبا بكم world", ["hello ", "مرحبا بكم", " world"]),
    ],
)
def test_mixed_scripts_stand_in_the_order_a_reader_expects(text: str, shown: list[str]) -> None:
    assert [run.text for run in from_left(Line(text, is_rtl(text)))] == shown


@pytest.mark.parametrize(("number", "left"), [("ارتفع 3.5", True), ("גדל 3.5", False)])
def test_a_percent_sign_stands_left_of_its_number_in_arabic_and_right_of_it_in_hebrew(
    number: str,
    left: bool,  # noqa: FBT001 - parameter
    typesetter: Typesetter,
) -> None:
    def drawn(text: str) -> Image.Image:
        image = Image.new("1", (128, 40))
        typesetter.draw(image, Line(text, rtl=True), 14, 126, 24)
        return image

    bare, percent = drawn(number), drawn(number + "%")
    box = bare.getbbox()
    assert box is not None
    assert percent.getbbox() != box
    assert (percent.crop(box) == bare.crop(box)) is left


@pytest.mark.parametrize("character", "→∑≤√♪♫✓★♥☎👍")
def test_symbols_are_drawn_and_not_shown_as_boxes(character: str) -> None:
    fonts = Fonts()
    font = fonts.load(face_of(character) or LATIN, 16, ImageFont.Layout.BASIC)
    assert fonts.warning is None
    assert bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


@pytest.mark.parametrize(
    "text", ["hello", "Привет", "Καλημέρα", "नमस्ते", "வணக்கம்", "مرحبا", "שלום", "ยินดี", "ગુજરાતી"]
)
def test_a_greeting_in_any_script_is_drawn_with_letters_and_not_with_boxes(
    text: str, typesetter: Typesetter
) -> None:
    def drawn(words: str) -> Image.Image:
        image = Image.new("1", (128, 40))
        typesetter.draw(image, Line(words, is_rtl(words)), 14, 100 if is_rtl(words) else 2, 24)
        return image

    picture = drawn(text)
    assert picture.getbbox() is not None
    assert typesetter.warning is None, "each font was found"
    assert picture != drawn(text[::-1]), "and each letter is a different one"


@pytest.mark.parametrize("language", SCRIPTS)
def test_no_language_of_a_vendor_is_drawn_as_boxes(language: str) -> None:
    fonts = Fonts()
    for character in SCRIPTS[language].replace(" ", ""):
        face = face_of(character) or LATIN
        font = fonts.load(face, 16, ImageFont.Layout.BASIC)
        if fonts.warning and face.package == "fonts-noto-cjk":
            pytest.skip(fonts.warning)  # large, and not on every machine that tests
        assert fonts.warning is None
        assert bytes(font.getmask(character)) != bytes(font.getmask("\uffff")), f"no glyph for {character}"


def test_letters_that_join_are_joined(typesetter: Typesetter) -> None:
    assert features.check("raqm")
    apart = sum(typesetter.width(Line(letter, rtl=True), 14) for letter in "مرحبا")
    assert typesetter.width(Line("مرحبا", rtl=True), 14) < apart


@pytest.mark.parametrize(
    "text",
    [
        "we will discuss the budget",
        "आज हम AI budget पर चर्चा करेंगे",
        "سنناقش اليوم ميزانية العام المقبل",
        "বৈঠকে আপনাকে স্বাগত জানাই",
        "సమావేశానికి స్వాగతం ఈరోజు మనం",
        "нас ждёт бюджет",
    ],
)
def test_words_that_are_there_do_not_move_when_their_line_grows(text: str, typesetter: Typesetter) -> None:
    def drawn(words: str) -> Image.Image:
        image = Image.new("1", (300, 40))
        typesetter.draw(image, Line(words, is_rtl(text)), 14, 298 if is_rtl(text) else 2, 24)
        return image

    words = text.split()
    for count in range(1, len(words)):
        before, after = drawn(" ".join(words[:count])), drawn(" ".join(words[: count + 1]))
        assert before.getbbox() is not None
        left, top, right, bottom = before.getbbox() or (0, 0, 0, 0)
        inside = (left + 2, top, right, bottom) if is_rtl(text) else (left, top, right - 2, bottom)
        assert after.crop(inside) == before.crop(inside), "but for where the next word may reach over"


def test_a_text_too_wide_is_cut_and_says_so(typesetter: Typesetter) -> None:
    line = typesetter.cut("A very long name for a meeting room", 14, 100)
    assert line.text.endswith("…")
    assert typesetter.width(line, 14) <= 100
    assert typesetter.cut("Boardroom", 14, 100) == Line("Boardroom")


def test_a_missing_font_is_named_with_its_package_and_something_is_drawn(tmp_path: Path) -> None:
    typesetter = Typesetter(Fonts([tmp_path]))
    image = Image.new("1", (128, 40))
    typesetter.draw(image, Line("Boardroom"), 14, 2, 24)
    assert image.getbbox() is not None
    assert typesetter.warning == "The font for Latin is missing: install the package fonts-noto-core."


def test_without_shaping_the_box_draws_what_it_can_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    typesetter = Typesetter(Fonts())
    image = Image.new("1", (128, 40))
    typesetter.draw(image, Line("مرحبا", rtl=True), 14, 100, 24)
    assert image.getbbox() is not None
    assert "libfribidi0" in str(typesetter.warning)


def test_brackets_of_chinese_and_japanese_are_drawn_with_their_font() -> None:
    assert face_of("「") is face_of("，") is face_of("。") is face_of("会")


@pytest.mark.parametrize(
    ("text", "limit", "lines"),
    [
        ("Bonjour à tous !", 14, ["Bonjour à", "tous !"]),
        ("état-major général", 7, ["état-", "major", "général"]),
        ("ab (cd) ef", 5, ["ab", "(cd)", "ef"]),
        ("会议今天「预算」。", 5, ["会议今天", "「预算」。"]),
        ("ああああああああ。", 8, ["あああああああ", "あ。"]),
        ("ぎゃっきょう", 3, ["ぎゃっ", "きょう"]),
        ("see example.org/about", 14, ["see", "example.org/", "about"]),
        ("สวัสดีครับวันนี้เราจะประชุม", 14, ["สวัสดีครับวัน", "นี้เราจะประชุม"]),
    ],
)
def test_lines_break_where_the_unicode_rules_allow(text: str, limit: int, lines: list[str]) -> None:
    assert wrap(text, limit, by_count) == lines


@given(some.text(alphabet="ab é-(),।会「」。ก า्कि\u200d", max_size=60), some.integers(1, 20))
def test_no_letter_is_lost_or_doubled_where_lines_break(text: str, limit: int) -> None:
    lines = wrap(text, limit, by_count)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(line == line.strip() and line for line in lines)


def test_digits_and_punctuation_go_with_any_script() -> None:
    assert [face_of(character) for character in "2.?“"] == [None] * 4
    assert face_of("a") is face_of("Ж") is face_of("Ω") is LATIN
