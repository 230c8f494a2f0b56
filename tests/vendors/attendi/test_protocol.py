import base64
import io
import json
import random
import wave
from typing import Any

import pytest

from appliance.vendors.attendi import protocol
from appliance.vendors.attendi.protocol import Transcript
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Words
from appliance.vendors.transport import Refused

Action = tuple[str, dict[str, Any]]


def replace(start: int, end: int, text: str) -> Action:
    return "replace_text", {"startCharacterIndex": start, "endCharacterIndex": end, "text": text}


def tentative(name: str, start: int, end: int, *, update: bool = False, kind: str = "") -> Action:
    place = {"startCharacterIndex": start, "endCharacterIndex": end}
    parameters = {"id": name, "type": kind or "transcription_tentative", **place}
    return "update_annotation" if update else "add_annotation", parameters


def remove(name: str) -> Action:
    return "remove_annotation", {"id": name}


def message(*actions: Action) -> str:
    numbered = [
        {"id": str(n), "index": n, "type": kind, "parameters": parameters}
        for n, (kind, parameters) in enumerate(actions)
    ]
    return json.dumps({"actions": numbered})


def said(transcript: Transcript, *actions: Action) -> list[tuple[str, bool]]:
    return [(words.text, words.final) for words in transcript.receive(message(*actions))]


def test_words_in_a_tentative_range_are_interim_and_become_final_when_it_goes() -> None:
    transcript = Transcript()
    assert said(transcript, replace(0, 0, "De patiënt"), tentative("a", 0, 10)) == [("De patiënt", False)]
    assert said(transcript, remove("a"), replace(0, 10, "De patiënt slaapt"), tentative("b", 0, 17)) == [
        ("De patiënt slaapt", False)
    ]
    assert said(transcript, remove("b")) == [("De patiënt slaapt", True)]


def test_the_words_before_a_tentative_range_are_final_at_once() -> None:
    transcript = Transcript()
    assert said(transcript, replace(0, 0, "De patiënt heeft een mg"), tentative("a", 19, 23)) == [
        ("De patiënt heeft", True),
        ("een mg", False),
    ]
    said(transcript, remove("a"), replace(19, 23, " een mg morfine"), tentative("b", 19, 34))
    assert said(transcript, remove("b")) == [("een mg morfine", True)]


def test_interims_and_the_final_of_the_same_words_have_one_segment() -> None:
    transcript = Transcript()
    first = transcript.receive(message(replace(0, 0, "goed"), tentative("a", 0, 4)))
    then = transcript.receive(message(remove("a"), replace(4, 4, " zo"), tentative("b", 7, 7)))
    last = transcript.receive(message(replace(7, 7, " klaar"), remove("b")))
    assert [w.segment for w in (*first, *then, *last)] == ["0", "0", "1"]


def test_no_word_is_cut_in_two_by_the_edge_of_a_tentative_range() -> None:
    transcript = Transcript()
    assert said(transcript, replace(0, 0, "eerste tweede"), tentative("a", 9, 13)) == [
        ("eerste", True),
        ("tweede", False),
    ]
    assert said(transcript, remove("a"), replace(13, 13, ".")) == [("tweede.", True)]


def test_characters_beyond_the_basic_plane_count_as_two() -> None:
    transcript = Transcript()
    assert said(transcript, replace(0, 0, "🙂 een"), tentative("a", 3, 6)) == [("🙂", True), ("een", False)]
    assert said(transcript, remove("a"), replace(3, 6, "twee")) == [("twee", True)]


def test_a_decomposed_letter_counts_as_two() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "cafe\u0301"), tentative("a", 0, 5))
    assert said(transcript, remove("a"), replace(0, 5, "coffee")) == [("coffee", True)]


def test_half_of_a_character_is_no_crash() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "🙂"), tentative("a", 0, 2))
    assert said(transcript, replace(0, 1, "\ud83d"), remove("a")) == [("🙂", True)]
    assert Transcript().receive(message(replace(0, 0, "\ud83d"))) == [
        Words(segment="0", text="\ufffd", final=True)
    ]


def test_editing_what_is_final_loses_and_doubles_no_later_word() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "twee mg "), tentative("a", 8, 8))
    assert said(transcript, replace(0, 4, "2"), replace(5, 5, "nu"), tentative("b", 5, 7)) == [("nu", False)]
    assert said(transcript, remove("a"), remove("b")) == [("nu", True)]
    assert transcript.late_edits == 1


def test_rewriting_everything_again_doubles_nothing() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "een twee "), tentative("a", 9, 9))
    assert said(transcript, replace(0, 9, "een twee drie"), remove("a")) == [("drie", True)]
    assert transcript.late_edits == 0


def test_a_range_that_is_updated_moves() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "een twee"), tentative("a", 0, 8))
    assert said(transcript, tentative("a", 4, 8, update=True)) == [("een", True), ("twee", False)]
    assert said(transcript, tentative("unknown", 4, 8, update=True)) == []


def test_names_and_commands_that_attendi_marks_are_ordinary_words() -> None:
    transcript = Transcript()
    entity = tentative("a", 0, 3, kind="entity")
    assert said(transcript, replace(0, 0, "Jan"), entity) == [("Jan", True)]


def test_the_last_tentative_words_are_final_at_the_end() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "een twee"), tentative("a", 4, 8))
    assert transcript.rest() == [Words(segment="1", text="twee", final=True)]
    assert transcript.rest() == []


def test_words_that_attendi_takes_back_do_not_stay_on_the_screen() -> None:
    transcript = Transcript()
    said(transcript, replace(0, 0, "ruis"), tentative("a", 0, 4))
    assert said(transcript, remove("a"), replace(0, 4, "")) == [("", False)]


def test_a_very_long_final_becomes_several() -> None:
    words = Transcript().receive(message(replace(0, 0, "woord " * 500)))
    assert all(len(w.text) <= protocol.LONGEST_CAPTION and w.final for w in words)
    assert " ".join(w.text for w in words).split() == ["woord"] * 500


def test_the_older_dialect_is_understood() -> None:
    transcript = Transcript()
    older = [
        {"messageType": "TentativeSegment", "text": "goede"},
        {"type": "FinalSegment", "text": "goede morgen"},
        {"type": "UnprocessedSegment", "text": "allemaal"},
        {"type": "ProcessedSegment", "text": "allemaal."},
        {"type": "CompletedStream", "text": "goede morgen allemaal."},
        {"type": "ProcessedStream", "text": "goede morgen allemaal."},
    ]
    words = [w for content in older for w in transcript.receive(json.dumps(content))]
    assert [(w.segment, w.text, w.final) for w in words] == [
        ("0", "goede", False),
        ("0", "goede morgen", True),
        ("1", "allemaal", False),
        ("1", "allemaal.", True),
    ]
    assert transcript.ignored == 0


def test_the_older_dialect_ends_with_its_last_interim() -> None:
    transcript = Transcript()
    transcript.receive('{"type": "TentativeSegment", "text": "tot ziens"}')
    assert transcript.rest() == [Words(segment="0", text="tot ziens", final=True)]


@pytest.mark.parametrize(
    "unknown",
    ["{}", "[]", "1", '"text"', '{"type": "news"}', '{"type": 7}', '{"actions": [{"type": "dance"}]}', "null"],
)
def test_what_is_unknown_is_passed_over(unknown: str) -> None:
    transcript = Transcript()
    assert transcript.receive(unknown) == []
    assert transcript.ignored == 1


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        b"\xff\xfe",
        "[" * 100_000,
        '{"actions": 1}',
        '{"actions": [1]}',
        '{"actions": [{"type": "replace_text"}]}',
        message(("replace_text", {"startCharacterIndex": True, "endCharacterIndex": 1, "text": ""})),
        message(("replace_text", {"startCharacterIndex": 0, "endCharacterIndex": 0.0, "text": ""})),
        message(("replace_text", {"startCharacterIndex": 0, "endCharacterIndex": 0, "text": None})),
        message(replace(0, 1, "out of range")),
        message(replace(-1, 0, "out of range")),
        message(replace(0, 0, "abc"), replace(2, 1, "backwards")),
        message(tentative("a", 2, 1)),
        message(("remove_annotation", {"id": ["a"]})),
        message(replace(0, 0, "x" * 200_000)),
        message(*(tentative(str(n), 0, 0) for n in range(300))),
        '{"type": "FinalSegment", "text": 5}',
        '{"actions": [{"type": "replace_text", "parameters": {"startCharacterIndex": 1' + "0" * 5_000 + "}}]}",
    ],
)
def test_what_is_broken_is_a_lost_stream_and_never_a_crash(broken: str | bytes) -> None:
    with pytest.raises(Lost):
        Transcript().receive(broken)


def test_any_row_of_edits_gives_every_settled_word_once() -> None:
    """Utterances are revised at random and settled; the finals are then the document."""
    chance = random.Random(1)  # the same edits in every run
    transcript, finals = Transcript(), []
    document, settled = "", 0
    for number in range(300):
        words = " ".join(
            chance.choice(["een", "🙂", "cafe\u0301", "hallo"]) for _ in range(chance.randint(1, 5))
        )
        new = (" " if settled else "") + words
        start, end = units(document[:settled]), units(document)
        document = document[:settled] + new
        actions = [remove(str(number - 1)), replace(start, end, new)]
        if chance.random() < 0.3:
            settled = len(document)
        actions.append(tentative(str(number), units(document[:settled]), units(document)))
        finals += [text for text, final in said(transcript, *actions) if final]
    finals += [w.text for w in transcript.rest()]
    assert " ".join(finals).split() == document.split()


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_the_configuration_is_as_the_vendors_clients_send_it() -> None:
    assert json.loads(protocol.configuration(model=None, report="r", voice_editing=False)) == {
        "type": "configuration",
        "model": None,
        "reportId": "r",
        "features": {"voiceEditing": {"isEnabled": False}},
    }
    assert json.loads(protocol.END_OF_AUDIO) == {"type": "endOfAudioStream"}


def test_a_request_to_transcribe_is_as_documented() -> None:
    body = protocol.transcription(pcm=bytes(320), user="u", unit="n", model="ResidentialCare", agent="box")
    audio = body.pop("audio")
    assert body == {
        "userId": "u",
        "unitId": "n",
        "config": {"model": "ResidentialCare"},
        "metadata": {"userAgent": "box"},
    }
    with wave.open(io.BytesIO(base64.b64decode(audio))) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, 160)


def test_what_nobody_set_is_left_to_the_customers_own_settings() -> None:
    body = protocol.transcription(pcm=b"", user="u", unit=None, model=None, agent="box")
    assert body.keys() == {"userId", "metadata", "audio"}


@pytest.mark.parametrize("body", [None, [], {}, {"transcript": 5}, "transcript"])
def test_an_answer_without_a_transcript_is_lost(body: Any) -> None:
    with pytest.raises(Lost):
        protocol.transcript(body)


@pytest.mark.parametrize("body", [None, {}, {"token": ""}, {"token": "a\nb"}, {"token": "x" * 9_000}])
def test_a_token_that_cannot_be_sent_back_is_lost(body: Any) -> None:
    with pytest.raises(Lost):
        protocol.token(body)


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (401, '{"message": "no such key sk-canary"}', ConfigurationFault, "refuses the key.*no such key •••$"),
        (401, "The key has expired", ConfigurationFault, "expired"),
        (402, "", ConfigurationFault, "unpaid"),
        (403, '{"detail": "no"}', ConfigurationFault, "not allowed.*It said: no"),
        (400, '{"error": "config.model"}', ConfigurationFault, "status 400.*config.model"),
        (302, "", ConfigurationFault, "status 302"),
        (409, "", Busy, "wait"),
        (429, "", Busy, "wait"),
        (500, "<html>", Lost, r"status 500\)\.$"),
        (503, "[" * 5_000, Lost, "status 503"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, body: str, kind: type[Exception], sentence: str) -> None:
    failure = protocol.failure(Refused(status, body, 7.0), ["sk-canary"])
    assert type(failure) is kind
    with pytest.raises(kind, match=sentence):
        raise failure
    if isinstance(failure, Busy):
        assert failure.wait == 7.0
