import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Message

from appliance.i18n import CATALOGUES, LANGUAGES, best_language, translation
from appliance.web.words import FIXED
from tests.translations import read, sentences

TRANSLATED = sorted(set(LANGUAGES) - {"en"})


def texts(messages: Iterable[Message]) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in messages if message.id and not message.fuzzy}


def catalogue(language: str) -> dict[str, str]:
    return texts(read(CATALOGUES / language / "LC_MESSAGES" / "captionbox.po"))


def test_the_languages_call_themselves_by_their_own_names() -> None:
    assert LANGUAGES == {
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "hi": "हिन्दी",
        "nl": "Nederlands",
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_stays_english_for_want_of_a_translation(language: str) -> None:
    translated = {sentence for sentence, text in catalogue(language).items() if text}
    assert texts(sentences()).keys() - translated == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_outlives_its_sentence(language: str) -> None:
    assert catalogue(language).keys() - texts(sentences()).keys() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_a_script_fills_in_is_filled_in_in_every_language(language: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w+\}", text))

    differing = {s: text for s, text in catalogue(language).items() if places(s) != places(text)}
    assert differing == {}


def test_a_sentence_of_the_box_that_was_reworded_does_not_lose_its_translation() -> None:
    files = (path for path in CATALOGUES.parent.rglob("*.py") if path.name != "words.py")
    said = "".join(path.read_text("utf-8") for path in files)
    beginnings = [sentence[:40] for sentence in FIXED]  # one is put together from two parts
    assert [beginning for beginning in beginnings if beginning not in said] == []


def test_a_translation_is_what_its_translator_wrote() -> None:
    assert translation("de")("Ready") == "Bereit"
    assert translation("hi")("Ready") == "तैयार"
    assert translation("en")("Ready") == "Ready"
    assert translation("fr")("Never written down.") == "Never written down."


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (["de-AT", "en"], "de"),
        (["pt-BR", "es-MX"], "es"),
        (["hi-IN"], "hi"),
        (["tlh", "x-y"], None),
        ([], None),
    ],
)
def test_people_get_the_language_they_like_best(wanted: list[str], best: str | None) -> None:
    assert best_language(wanted) == best
