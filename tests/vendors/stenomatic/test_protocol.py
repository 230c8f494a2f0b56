from collections.abc import Mapping

import pytest
from grpc import StatusCode

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, VendorFailure, Words
from appliance.vendors.stenomatic.calls import failure
from appliance.vendors.stenomatic.protocol import Conversation, credentials
from appliance.vendors.stenomatic.stenomatic_pb2 import (
    SpeechRecognitionRequest,
    SpeechRecognitionResponse,
    Translation,
    Tts,
    VoiceTranslateRequest,
    VoiceTranslateResponse,
)


def recognising() -> Conversation:
    return Conversation(from_language="en-US", phrases=("Stenomatic",))


def translating(*languages: str) -> Conversation:
    return Conversation(from_language="en-US", to_languages=languages or ("de-DE", "fr-FR"))


def recognised(text: str, *, final: bool = False) -> bytes:
    return SpeechRecognitionResponse(recognition=text, is_final=final).SerializeToString()


def translated(text: str = "", translations: Mapping[str, str] | None = None, *, final: bool = False) -> bytes:
    return VoiceTranslateResponse(
        recognition=text,
        is_final=final,
        translations=[
            Translation(language_code=code, text=translation)
            for code, translation in (translations or {}).items()
        ],
    ).SerializeToString()


def original(segment: str, text: str, *, final: bool = False) -> Words:
    return Words(segment=segment, text=text, final=final)


def german(segment: str, text: str, *, final: bool = False) -> Words:
    return Words(segment=segment, text=text, final=final, language="de-DE", translated_from="en-US")


def test_a_room_without_translations_only_recognises() -> None:
    conversation = recognising()
    assert conversation.method == "/stenomatic.Stenomatic/SpeechRecognition"
    assert conversation.metadata == ()
    assert conversation.config() == b"\x0a\x13" + b"\x0a\x05en-US" + b"\x1a\x0aStenomatic"
    assert SpeechRecognitionRequest.FromString(conversation.sound(b"ab")).audio_content == b"ab"


def test_a_room_with_translations_asks_for_no_spoken_audio() -> None:
    conversation = translating()
    assert conversation.method == "/stenomatic.Stenomatic/VoiceTranslate"
    assert conversation.metadata == (("x-mint-allow-partial-translate", "true"),)
    message = VoiceTranslateRequest.FromString(conversation.config())
    assert message.config.target_languages_codes == ["de-DE", "fr-FR"]
    assert message.config.HasField("voice")
    assert message.config.voice.audio_sample_rate == 0
    assert VoiceTranslateRequest.FromString(conversation.sound(b"ab")).audio_content == b"ab"


def test_the_key_travels_in_the_header_that_the_vendor_names() -> None:
    assert credentials("k") == (("x-mint-api-key", "k"),)


def test_a_text_grows_until_it_is_final_and_then_a_new_segment_begins() -> None:
    conversation = recognising()
    assert conversation.heard(recognised("good")) == [original("0", "good")]
    assert conversation.heard(recognised("good day", final=True)) == [original("0", "good day", final=True)]
    assert conversation.heard(recognised("all")) == [original("1", "all")]


def test_a_final_without_words_keeps_those_that_were_heard() -> None:
    conversation = recognising()
    conversation.heard(recognised("good day"))
    assert conversation.heard(recognised("", final=True)) == [original("0", "good day", final=True)]
    assert conversation.heard(recognised("", final=True)) == []


def test_translations_belong_to_their_segment_partial_and_final() -> None:
    conversation = translating()
    assert conversation.heard(translated("good", {"de-DE": "gut"})) == [
        original("0", "good"),
        german("0", "gut"),
    ]
    assert conversation.heard(translated("good day", {"de-DE": "guten Tag"}, final=True)) == [
        original("0", "good day", final=True),
        german("0", "guten Tag", final=True),
    ]


def test_a_translation_that_comes_after_its_final_finds_its_segment() -> None:
    conversation = translating()
    conversation.heard(translated("good day", final=True))
    assert conversation.heard(translated("", {"de-DE": "guten Tag"})) == [german("0", "guten Tag", final=True)]
    assert conversation.heard(translated("all")) == [original("1", "all")]


def test_a_final_with_translations_alone_also_ends_the_segment() -> None:
    conversation = translating()
    conversation.heard(translated("good day"))
    assert conversation.heard(translated("", {"de-DE": "guten Tag"}, final=True)) == [
        original("0", "good day", final=True),
        german("0", "guten Tag", final=True),
    ]


@pytest.mark.parametrize("final", [False, True])
def test_spoken_audio_that_comes_all_the_same_begins_no_segment(*, final: bool) -> None:
    conversation = translating()
    conversation.heard(translated("good day", final=True))
    spoken = VoiceTranslateResponse(tts=[Tts(language_code="de-DE", audio=b"mp3")], is_final=final)
    assert conversation.heard(spoken.SerializeToString()) == []
    assert conversation.ignored == 1
    assert conversation.heard(translated("all")) == [original("1", "all")]


def test_spoken_audio_in_mid_sentence_does_not_end_it() -> None:
    conversation = translating()
    conversation.heard(translated("good"))
    spoken = VoiceTranslateResponse(tts=[Tts(language_code="de-DE", audio=b"mp3")], is_final=True)
    assert conversation.heard(spoken.SerializeToString()) == []
    assert conversation.heard(translated("good day")) == [original("0", "good day")]


@pytest.mark.parametrize("code", ["de_DE", "de", "DE-de", "de-AT"])
def test_a_language_is_known_again_however_the_vendor_writes_it(code: str) -> None:
    assert translating().heard(translated("good", {code: "gut"}))[1:] == [german("0", "gut")]


@pytest.mark.parametrize(("to", "code"), [(("de-DE",), "it"), (("pt-BR", "pt-PT"), "pt"), (("de-DE",), "")])
def test_a_language_that_nobody_asked_for_is_left_out_and_counted(to: tuple[str, ...], code: str) -> None:
    conversation = translating(*to)
    assert conversation.heard(translated("good", {code: "?"})) == [original("0", "good")]
    assert conversation.ignored == 1


def test_fields_that_only_newer_clients_know_are_left_out() -> None:
    conversation = recognising()
    assert conversation.heard(recognised("good") + b"\xfa\x01\x02hi") == [original("0", "good")]
    assert conversation.heard(b"\xfa\x01\x02hi") == []
    assert conversation.ignored == 1


@pytest.mark.parametrize(
    "answer", [b"\x0a\x7fshort", b"\x0a\x02\xff\xfe", b"\x0b" * 100_000, b"{}", b"\xff" * 1000]
)
@pytest.mark.parametrize("conversation", [recognising(), translating()])
def test_what_is_no_message_is_lost(conversation: Conversation, answer: bytes) -> None:
    with pytest.raises(Lost):
        conversation.heard(answer)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (StatusCode.UNAUTHENTICATED, ConfigurationFault),
        (StatusCode.PERMISSION_DENIED, ConfigurationFault),
        (StatusCode.FAILED_PRECONDITION, ConfigurationFault),
        (StatusCode.INVALID_ARGUMENT, ConfigurationFault),
        (StatusCode.NOT_FOUND, ConfigurationFault),
        (StatusCode.UNIMPLEMENTED, ConfigurationFault),
        (StatusCode.RESOURCE_EXHAUSTED, Busy),
        (StatusCode.OK, Planned),
        (StatusCode.OUT_OF_RANGE, Planned),
        (StatusCode.DEADLINE_EXCEEDED, Planned),
        (StatusCode.UNAVAILABLE, Lost),
        (StatusCode.CANCELLED, Lost),
        (StatusCode.UNKNOWN, Lost),
        (StatusCode.INTERNAL, Lost),
        (StatusCode.ABORTED, Lost),
        (StatusCode.DATA_LOSS, Lost),
        (StatusCode.ALREADY_EXISTS, Lost),
    ],
)
def test_every_status_is_one_of_the_four_failures(code: StatusCode, kind: type[VendorFailure]) -> None:
    assert type(failure(code, None, "secret")) is kind


def test_an_answer_that_is_too_large_is_no_request_to_wait() -> None:
    details = "CLIENT: Received message larger than max (5 vs. 4)"
    assert isinstance(failure(StatusCode.RESOURCE_EXHAUSTED, details, "secret"), Lost)


def test_the_vendors_words_are_bounded_and_carry_no_key() -> None:
    sentence = str(failure(StatusCode.UNAUTHENTICATED, "no secret\nhere " + "x" * 10_000, "secret"))
    assert sentence.startswith("Stenomatic does not accept the key: no … here")
    assert len(sentence) < 300
