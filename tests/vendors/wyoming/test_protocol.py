import json
from typing import Any

import pytest
from wyoming.event import Event

from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.wyoming.protocol import (
    LARGEST,
    LONGEST,
    Decoder,
    Heard,
    Model,
    Program,
    Recognition,
    Request,
    choose,
    closing,
    languages_of,
    programs_in,
    sound,
)


def line(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "data": data}).encode() + b"\n"


def split(kind: str, **data: Any) -> bytes:
    """The same event with its data behind the line, as newer servers send it."""
    more = json.dumps(data).encode()
    return json.dumps({"type": kind, "data_length": len(more)}).encode() + b"\n" + more


def interim(text: str, language: str | None = None) -> Heard:
    return Heard(text, final=False, language=language)


def final(text: str, language: str | None = None) -> Heard:
    return Heard(text, final=True, language=language)


def recognised(*pieces: bytes) -> list[Heard]:
    recognition = Recognition()
    return [heard for piece in pieces for heard in recognition.receive(piece)]


def program(name: str, *models: Model) -> Program:
    return Program(name=name, models=models)


WHISPER = program("whisper", Model(name="tiny", languages=("en", "de", "zh")))
VOSK = program(
    "vosk",
    Model(name="small", languages=("en-US",)),
    Model(name="swiss", languages=("de_CH",)),
    Model(name="missing", languages=("fr",), installed=False),
)


@pytest.mark.parametrize("write", [line, split])
def test_an_utterance_without_streaming_is_one_final(write: Any) -> None:
    assert recognised(write("transcript", text=" Hello.", language="en")) == [final("Hello.", "en")]


def test_events_are_understood_however_the_network_cuts_them() -> None:
    data = line("transcript-start") + split("transcript-chunk", text="Grüß") + split("transcript", text="Grüße")
    one_by_one = recognised(*(data[at : at + 1] for at in range(len(data))))
    assert one_by_one == recognised(data) == [interim("Grüß"), final("Grüße")]


def test_chunks_are_joined_and_the_transcript_has_the_last_word() -> None:
    assert recognised(
        line("transcript-start", language="en"),
        line("transcript-chunk", text="Hello wo"),
        line("transcript-chunk", text="rld"),
        line("transcript", text="Hello, world!"),
        line("transcript-stop"),
    ) == [interim("Hello wo", "en"), interim("Hello world", "en"), final("Hello, world!", "en")]


def test_chunks_are_all_that_was_said_where_a_server_leaves_the_transcript_out() -> None:
    heard = recognised(line("transcript-start"), line("transcript-chunk", text="Yes."), line("transcript-stop"))
    assert heard[-1] == final("Yes.")


def test_a_stop_before_any_text_waits_for_the_transcript() -> None:
    assert recognised(line("transcript-start"), line("transcript-stop"), line("transcript", text="")) == [
        final("")
    ]


def test_a_language_that_comes_late_does_not_make_a_second_caption() -> None:
    heard = recognised(line("transcript-chunk", text="Ja"), line("transcript", text="Ja", language="de"))
    assert [h.language for h in heard] == [None, None]


@pytest.mark.parametrize("language", [7, "", "English, please", "x" * 500, None, ["en"]])
def test_a_language_that_is_none_is_not_believed(language: object) -> None:
    assert recognised(line("transcript", text="Yes", language=language)) == [final("Yes")]


def test_unknown_events_and_payloads_are_ignored_and_counted() -> None:
    recognition = Recognition()
    noise = line("voice-started") + b'{"type": "audio-chunk", "payload_length": 4}\n\n\n\n\n'
    assert [h.text for h in recognition.receive(noise + line("transcript", text="Yes"))] == ["Yes"]
    assert recognition.ignored == 2


def test_nothing_is_said_after_the_end() -> None:
    assert len(recognised(line("transcript", text="Yes") + line("transcript", text="No"))) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 200 OK\n",
        b"\n",
        b"[]\n",
        b"null\n",
        b'{"data": {}}\n',
        b'{"type": 7}\n',
        b'{"type": "transcript", "data": []}\n',
        b'{"type": "transcript", "data": {}}\n',
        b'{"type": "transcript", "data": {"text": ["a"]}}\n',
        b'{"type": "transcript", "data_length": -1}\n',
        b'{"type": "transcript", "data_length": true}\n',
        b'{"type": "transcript", "data_length": 1.5}\n',
        b'{"type": "transcript", "data_length": 10000000}\n',
        b'{"type": "transcript", "payload_length": 10000000}\n',
        b'{"type": "transcript", "data_length": 2}\n[]',
        b'{"type": "transcript", "data_length": 2}\n{{',
        b'{"type": "transcript", "data": ' + b'{"a":' * 100_000 + b"\n",
        b"\xff\xfe\xfd\n",
        b'{"type": "\xff"}\n',
        b'{"type": "x", "data": {"n": ' + b"9" * 10_000 + b'}}\n{"type": 1}\n',
        b"x" * (LARGEST + 1),
        b"x" * (LARGEST + 1) + b"\n",
    ],
)
def test_nonsense_is_reported_as_such(nonsense: bytes) -> None:
    with pytest.raises(Lost, match="makes no sense"):
        recognised(nonsense)


def test_a_flood_of_words_is_cut_off() -> None:
    with pytest.raises(Lost, match="more text than anyone"):
        recognised(*[line("transcript-chunk", text="x" * 1000)] * (LONGEST // 1000 + 1))
    with pytest.raises(Lost, match="more text than anyone"):
        recognised(line("transcript", text="x" * (LONGEST + 1)))


@pytest.mark.parametrize("text", ["no memory left", "x" * 100_000, None, {"a": 1}])
def test_an_error_is_told_in_the_servers_words_and_within_bounds(text: object) -> None:
    with pytest.raises(Lost, match="The Wyoming server reports: ") as caught:
        recognised(line("error", text=text))
    assert len(str(caught.value)) < 300


def test_what_is_sent_is_what_the_protocol_says() -> None:
    request = Request(program="second", model="tiny", language="en", listed=True)
    events = list(Decoder().feed(request.opening() + sound(b"\1\0" * 512) + closing()))
    assert [e.type for e in events] == [
        "select-program", "transcribe", "audio-start", "audio-chunk", "audio-stop"
    ]  # fmt: skip
    assert events[0].data == {"name": "second"}
    assert events[1].data == {"name": "tiny", "language": "en"}
    for event in events[2:4]:
        assert {"rate": 16_000, "width": 2, "channels": 1}.items() <= event.data.items()
    assert b'"payload_length": 1024' in sound(b"\1\0" * 512)


def test_only_what_is_wanted_is_asked_for() -> None:
    opening = Request(program=None, model=None, language="de", listed=True).opening()
    assert next((e.type, e.data) for e in Decoder().feed(opening)) == ("transcribe", {"language": "de"})


@pytest.mark.parametrize(
    ("programs", "language", "code", "listed"),
    [
        ([WHISPER], "en-US", "en", True),
        ([WHISPER], "zh-Hant-TW", "zh", True),
        ([WHISPER], "hi-IN", "hi-IN", False),
        ([VOSK], "en-US", "en-US", True),
        ([VOSK], "en-GB", "en-GB", False),
        ([VOSK], "en", "en-US", True),
        ([VOSK], "de-CH", "de_CH", True),
        ([VOSK], "fr-FR", "fr-FR", False),
        ([program("says nothing")], "hi-IN", "hi-IN", True),
    ],
)
def test_a_language_is_asked_for_by_the_servers_name(
    programs: list[Program], language: str, code: str, *, listed: bool
) -> None:
    request = choose(programs, model=None, language=language)
    assert (request.language, request.listed) == (code, listed)


def test_a_model_of_the_second_program_selects_that_program() -> None:
    request = choose([WHISPER, VOSK], model="swiss", language="de-DE")
    assert (request.program, request.model, request.language) == ("vosk", "swiss", "de-DE")
    assert choose([WHISPER, VOSK], model="tiny", language="en").program is None


def test_a_model_that_is_not_there_is_refused_unless_the_server_lists_none() -> None:
    with pytest.raises(ConfigurationFault, match="it has tiny, small, swiss, missing"):
        choose([WHISPER, VOSK], model="huge", language="en")
    assert choose([program("says nothing")], model="huge", language="en").model == "huge"


def test_languages_are_those_of_installed_models() -> None:
    assert languages_of([WHISPER, VOSK]) == ("en", "de", "zh", "en-US", "de_CH")


def test_a_description_is_read_and_other_services_in_it_do_not_matter() -> None:
    info = {
        "asr": [{"name": "a", "models": [{"name": "m", "languages": ["en"], "new": 1}], "installed": True}],
        "tts": "whatever",
        "satellite": 7,
    }
    assert programs_in([Event("pong"), Event("info", info)]) == (
        program("a", Model(name="m", languages=("en",))),
    )
    assert programs_in([Event("info", {})]) == ()
    assert programs_in([Event("pong")]) is None


@pytest.mark.parametrize("asr", [7, [7], [{}], [{"name": 7}], [{"name": "a", "models": [{"languages": "en"}]}]])
def test_a_description_that_makes_no_sense_is_reported(asr: object) -> None:
    with pytest.raises(Lost, match="makes no sense"):
        programs_in([Event("info", {"asr": asr})])
