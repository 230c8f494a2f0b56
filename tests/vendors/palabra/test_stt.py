import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from appliance.vendors.contract import ConfigurationFault, Lost, Words
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import Codes
from appliance.vendors.palabra.stt import ADDRESS, OWED, QUIET, SETTLED, SpeechToText, address


def said(text: str, *, final: bool = False, **more: Any) -> str:
    segment = {"text": text, "start_time": 0.5, "end_time": 1.25}
    message = {"message_type": "transcription", "transcription_id": "a", "language": "en", "is_eos": final}
    return json.dumps(message | {"segment": segment, "delta": segment} | more)


def translated(text: str, language: Any = "es-la", name: str = "a") -> str:
    kind = {"message_type": "translated_transcription", "language": language, "transcription_id": name}
    return said(text, final=True, **kind)


@pytest.fixture
def dialect() -> SpeechToText:
    return SpeechToText(Codes("en-GB", ["es-419", "de-AT"]))


def query(options: PalabraOptions, codes: Codes) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address(ADDRESS, "k&y", codes, options)).query))


def test_only_what_the_room_wants_is_asked_for() -> None:
    assert query(PalabraOptions(), Codes("und", [])) == {
        "token": "k&y",
        "format": "pcm_s16le",
        "sample_rate": "16000",
    }


def test_every_option_reaches_the_vendor() -> None:
    options = PalabraOptions(enable_filler_filter=False, finalization_mode="manual", finalization_timeout=1.5)
    codes = Codes("zh-Hans-CN", ["pt-BR", "es-CL"])
    assert query(options, codes) == {
        "token": "k&y",
        "format": "pcm_s16le",
        "sample_rate": "16000",
        "language": "zh",
        "translate_languages": "pt-br,es-ch",
        "enable_filler_filter": "false",
        "finalization_mode": "manual",
        "finalization_timeout": "1.5",
    }
    assert "translate_languages=pt-br,es-ch&" in address(ADDRESS, "key", codes, options)


def test_interims_and_finals_are_told_apart_and_timed(dialect: SpeechToText) -> None:
    assert dialect.received(said("hello")) == [
        Words(segment="a", text="hello", final=False, language="en-GB", start=0.5, end=1.25)
    ]
    assert dialect.received(said("Hello.", final=True)) == [
        Words(segment="a", text="Hello.", final=True, language="en-GB", start=0.5, end=1.25)
    ]


def test_a_translation_belongs_to_its_original_in_the_rooms_own_tag(dialect: SpeechToText) -> None:
    [words] = dialect.received(translated("Hola."))
    assert isinstance(words, Words)
    assert (words.segment, words.language, words.translated_from, words.final) == ("a", "es-419", "en-GB", True)


def test_a_translation_of_a_language_that_was_detected_is_still_a_translation() -> None:
    dialect = SpeechToText(Codes("und", ["es-419"]))
    [before] = dialect.received(translated("Hola."))
    dialect.received(said("Hallo.", final=True, language="de"))
    [after] = dialect.received(translated("Hola."))
    assert isinstance(before, Words)
    assert isinstance(after, Words)
    assert (before.translated_from, after.translated_from) == ("und", "de")


@pytest.mark.parametrize("language", [None, 7, "", "not a language", "x" * 1000])
def test_a_translation_into_nothing_is_not_taken_for_the_original(dialect: SpeechToText, language: Any) -> None:
    assert dialect.received(translated("Hola.", language)) == []
    assert dialect.ignored == 1


def test_the_mark_of_a_forced_final_is_not_read_by_anyone(dialect: SpeechToText) -> None:
    [words] = dialect.received(said("The end. <fin>", final=True))
    assert isinstance(words, Words)
    assert words.text == "The end."


def test_the_end_waits_for_finals_and_translations_and_no_longer(dialect: SpeechToText) -> None:
    dialect.received(said("hel"))
    assert json.loads(dialect.goodbye()) == {"message_type": "finalize"}
    assert dialect.lull == OWED
    dialect.received(said("hello <fin>", final=True))
    dialect.received(translated("hola"))
    assert dialect.lull == OWED
    dialect.received(translated("hallo", "de"))
    assert dialect.lull == SETTLED
    assert not dialect.over


def test_an_end_without_an_answer_is_waited_for_a_moment(dialect: SpeechToText) -> None:
    dialect.goodbye()
    assert dialect.lull == QUIET


@pytest.mark.parametrize(
    "message",
    ["{}", '{"message_type": "novelty"}', '{"message_type": 7}', '{"message_type": {"a": 1}}', '{"data": []}'],
)
def test_an_unknown_message_is_counted_and_ignored(dialect: SpeechToText, message: str) -> None:
    assert dialect.received(message) == []
    assert dialect.ignored == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        b"\xff\xfe\x00",
        "[1]",
        "7",
        "[" * 100_000,
        '{"a":' * 100_000,
        said("x", transcription_id=None),
        said("x", transcription_id=["a"]),
        said("x", transcription_id="a" * 1000),
        said("x", segment=None),
        said("x", segment={"text": 7}),
        said("x", segment=[]),
    ],
    ids=range(13),
)
def test_a_broken_message_is_a_lost_stream_and_never_a_crash(
    dialect: SpeechToText, message: str | bytes
) -> None:
    with pytest.raises(Lost):
        dialect.received(message)


@pytest.mark.parametrize("wrong", [None, "1", True, -1, 1e300, [], {}])
def test_times_that_make_no_sense_cost_no_words(dialect: SpeechToText, wrong: Any) -> None:
    [words] = dialect.received(said("x", segment={"text": "hello", "start_time": wrong, "end_time": wrong}))
    assert isinstance(words, Words)
    assert (words.text, words.start, words.end) == ("hello", None, None)


def test_a_times_that_is_no_number_costs_no_words(dialect: SpeechToText) -> None:
    message = said("hello").replace("0.5", "NaN").replace("1.25", "1" + "0" * 400)
    [words] = dialect.received(message)
    assert isinstance(words, Words)
    assert (words.start, words.end) == (None, None)


def test_a_million_segments_are_not_remembered(dialect: SpeechToText) -> None:
    for number in range(1000):
        dialect.received(said("x", transcription_id=number))
    assert len(dialect._awaited) == 64


def test_an_error_reaches_a_person_in_the_vendors_words_without_the_key() -> None:
    dialect = SpeechToText(Codes("en", []), ("canary",))
    data = {"code": "VALIDATION_ERROR", "desc": "language of token=eyJa.b.c canary is not\u202e known"}
    with pytest.raises(ConfigurationFault, match="language of … … is not known") as caught:
        dialect.received(json.dumps({"message_type": "error", "data": data}))
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigurationFault, match="unpaid"):
        dialect.received(json.dumps({"message_type": "error", "code": 7, "message": "No funds"}))
