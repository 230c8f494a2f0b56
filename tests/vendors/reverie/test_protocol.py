import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Order, Planned, Words
from appliance.vendors.reverie import ReverieVendor
from appliance.vendors.reverie.config import ReverieAccount, ReverieOptions
from appliance.vendors.reverie.protocol import LONGEST_TEXT, Censor, Protocol, Ready, code_of, request
from appliance.vendors.transport import Refused

ACCOUNT = ReverieAccount(app_id="app/4711", api_key=SecretStr("canary&key"))


def message(cause: str | None, text: str = "", **others: Any) -> str:
    usual = {"id": "2ab3", "success": True, "final": False, "confidence": 0.5, "display_text": ""}
    return json.dumps(usual | {"cause": cause, "text": text} | others)


def ready() -> Protocol:
    protocol = Protocol(Censor(ACCOUNT))
    assert protocol.receive(message("ready")) == Ready()
    return protocol


def told(protocol: Protocol, *messages: str) -> list[Words]:
    words = [protocol.receive(each) for each in messages]
    return [each for each in words if isinstance(each, Words)]


def interim(number: int, text: str) -> Words:
    return Words(segment=str(number), text=text, final=False)


def final(number: int, text: str) -> Words:
    return Words(segment=str(number), text=text, final=True)


def test_every_documented_parameter_is_sent_and_the_room_s_sound_is_not_kept() -> None:
    url = urlsplit(request(ACCOUNT, "hi-IN", ReverieOptions()))
    assert (url.scheme, url.netloc, url.path) == ("wss", "revapi.reverieinc.com", "/stream")
    assert {key: value for key, [value] in parse_qs(url.query).items()} == {
        "apikey": "canary&key",
        "appid": "app/4711",
        "appname": "stt_stream",
        "src_lang": "hi",
        "domain": "generic",
        "timeout": "180",
        "silence": "1",
        "format": "16k_int16",
        "punctuate": "true",
        "continuous": "true",
        "logging": "false",
        "no_input_timeout": "180",
    }


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("hi-IN", "hi"),
        ("en-IN", "en"),
        ("en-US", "en"),
        ("ta-IN", "ta"),
        ("pa-Guru-IN", "pa"),
        ("or-IN", "or"),
        ("hi-Latn-IN", "hi_en"),
        ("hi-Latn", "hi_en"),
        ("nl-NL", "nl-NL"),
    ],
)
def test_a_language_is_asked_for_by_the_vendor_s_own_code(tag: str, code: str) -> None:
    assert code_of(tag) == code


def test_every_language_that_the_vendor_is_said_to_know_has_a_code() -> None:
    assert all("-" not in code_of(tag) for tag in ReverieVendor.manifest.languages)


@pytest.mark.parametrize(
    "options",
    [{"timeout": 181}, {"silence": 31}, {"silence": 0}, {"domain": "a&b=c"}, {"logging": "maybe"}, {"x": 1}],
)
def test_an_option_that_the_vendor_would_refuse_is_refused_in_the_settings(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReverieOptions.model_validate(options)


def test_logging_may_be_written_as_a_word_or_as_a_truth() -> None:
    assert ReverieOptions.model_validate({"logging": False}).logging == "false"
    assert ReverieOptions.model_validate({"logging": "no_audio"}).logging == "no_audio"


def test_a_stream_is_as_long_as_the_room_asks() -> None:
    order = Order(from_language="hi-IN", to_languages=(), options=ReverieOptions(timeout=30))
    assert ReverieVendor().longest_stream(order) == 30


def test_interims_of_an_utterance_replace_each_other_until_silence_makes_them_final() -> None:
    assert told(
        ready(),
        message("partial", "the work"),
        message("partial", "the work"),
        message("partial", "the work will"),
        message("silence detected", "the work will begin"),
        message("partial", "the"),
    ) == [
        interim(0, "the work"),
        interim(0, "the work will"),
        final(0, "the work will begin"),
        interim(1, "the"),
    ]


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("cause", ["silence detected", "timeout", "EOF received"])
def test_an_utterance_is_final_for_its_cause_whatever_the_flag_says(cause: str, *, flag: bool) -> None:
    assert told(ready(), message(cause, "one", final=flag)) == [final(0, "one")]


def test_an_utterance_is_final_for_the_flag_whatever_the_cause_says() -> None:
    assert told(ready(), message("partial", "one", final=True)) == [final(0, "one")]


def test_numbers_are_shown_as_the_vendor_beautifies_them() -> None:
    words = told(ready(), message("EOF received", "two hundred", final=True, display_text="200"))
    assert words == [final(0, "200")]


def test_words_that_were_shown_stay_when_the_final_is_empty() -> None:
    assert told(ready(), message("partial", "one"), message("silence detected")) == [
        interim(0, "one"),
        final(0, "one"),
    ]


def test_a_final_that_is_said_again_for_another_cause_is_written_once() -> None:
    again = [message("silence detected", "yes"), message("EOF received", "yes", final=True)]
    assert told(ready(), *again) == [final(0, "yes")]


def test_two_people_who_say_the_same_are_both_written() -> None:
    assert told(ready(), message("silence detected", "yes"), message("silence detected", "yes")) == [
        final(0, "yes"),
        final(1, "yes"),
    ]


def test_an_error_in_the_vendor_s_words_reaches_the_administrator() -> None:
    error = message("no `domain` given", success=False, final=True, confidence=1)
    with pytest.raises(ConfigurationFault, match="no `domain` given"):
        Protocol(Censor(ACCOUNT)).receive(error)
    with pytest.raises(ConfigurationFault, match="no `domain` given"):
        ready().receive(error)


def test_a_failure_of_the_vendor_in_mid_stream_is_tried_again() -> None:
    with pytest.raises(Lost, match="decoder crashed"):
        ready().receive(message("decoder crashed", success=False, final=True))


def test_an_end_for_silence_is_no_fault_even_when_marked_as_failed() -> None:
    protocol = ready()
    assert told(protocol, message("silence detected", "one", success=False)) == [final(0, "one")]
    assert isinstance(protocol.closed(1006, "gone"), Planned)


@pytest.mark.parametrize("cause", ["silence detected", "timeout", "EOF received"])
@pytest.mark.parametrize("code", [1000, 1006])
def test_an_end_that_was_announced_is_no_fault(cause: str, code: int) -> None:
    protocol = ready()
    told(protocol, message(cause, final=True))
    assert isinstance(protocol.closed(code, "gone"), Planned)


def test_an_orderly_close_after_words_is_no_fault_and_before_any_is_one() -> None:
    protocol = ready()
    assert isinstance(protocol.closed(1000, "gone"), Lost)
    told(protocol, message("partial", "one"))
    assert isinstance(protocol.closed(1000, "gone"), Planned)
    assert isinstance(protocol.closed(1006, "gone"), Lost)


def test_a_stream_that_was_told_to_end_is_lost_only_when_its_last_words_are() -> None:
    protocol = ready()
    told(protocol, message("partial", "one"))
    assert protocol.finish() == b"--EOF--"
    assert isinstance(protocol.closed(1006, "gone"), Lost)
    told(protocol, message("EOF received", "one two", final=True))
    assert protocol.ended
    assert protocol.closed(1006, "gone") is None


@pytest.mark.parametrize(
    "broken",
    [
        "no json",
        "",
        "[]",
        "7",
        b"\xff\xfe",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"success": "perhaps"}',
        '{"success": true, "text": 5}',
        '{"success": true, "text": {"a": 1}}',
        '{"success": true, "final": 1, "text": "one"}',
        json.dumps({"success": True, "text": "x" * (LONGEST_TEXT + 1)}),
    ],
)
def test_what_makes_no_sense_costs_the_stream_and_nothing_else(broken: str | bytes) -> None:
    with pytest.raises(Lost):
        ready().receive(broken)


def test_what_is_not_known_is_ignored_and_counted() -> None:
    protocol = ready()
    assert told(protocol, '{"type": "hello"}', "{}", message("thinking"), message(None)) == []
    assert protocol.ignored == 2


def test_words_before_the_vendor_is_ready_are_not_believed() -> None:
    protocol = Protocol(Censor(ACCOUNT))
    assert told(protocol, message("partial", "one")) == []
    assert protocol.ignored == 1


@pytest.mark.parametrize(
    ("status", "said", "advice"),
    [
        (403, "Invalid credentials", "api_key"),
        (403, "Credits exhausted", "topped up"),
        (403, "API key expired", "new API key"),
        (403, "Unauthorised language code", "another language"),
        (400, "no decoder for given args", "domain"),
    ],
)
def test_a_refusal_says_what_the_vendor_said_and_what_to_do(status: int, said: str, advice: str) -> None:
    failure = Censor(ACCOUNT).refusal(Refused(status, json.dumps({"message": said})))
    assert isinstance(failure, ConfigurationFault)
    assert said in str(failure)
    assert advice in str(failure)


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"message": 5}', '{"message": ""}', "[" * 4096])
def test_a_refusal_without_words_is_told_by_its_number(body: str) -> None:
    assert "403" in str(Censor(ACCOUNT).refusal(Refused(403, body)))


def test_a_busy_vendor_says_how_long_to_wait() -> None:
    busy = Censor(ACCOUNT).refusal(Refused(429, "", 5.0))
    assert isinstance(busy, Busy)
    assert busy.wait == 5
    assert isinstance(Censor(ACCOUNT).refusal(Refused(503, "")), Lost)


@pytest.mark.parametrize("echo", ["canary&key", "canary%26key", "app/4711", "app%2F4711"])
def test_credentials_that_the_vendor_repeats_are_taken_out(echo: str) -> None:
    said = Censor(ACCOUNT).quote(f"no account for {echo}\n" + 300 * "x")
    assert echo not in said
    assert len(said) <= 200
