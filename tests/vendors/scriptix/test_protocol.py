import json
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from appliance.vendors.contract import Busy, ConfigurationFault, Ending, Lost, VendorFailure, Words
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.scriptix.protocol import (
    LONGEST_NOTICE,
    LONGEST_TEXT,
    Dialogue,
    Event,
    Service,
    State,
    complaint,
    refusal,
    service_of,
    short_code,
)

NOW = 1_800_000_000.0
KEY = "canary-4711"


def dialogue(**options: Any) -> Dialogue:
    return Dialogue(ScriptixOptions(**options), [KEY])


def meaning(message: Any, within: Dialogue | None = None) -> Event | None:
    text = message if isinstance(message, bytes | str) else json.dumps(message)
    return (within or dialogue()).receive(text, now=NOW)


def words(message: Any) -> Words:
    event = meaning(message)
    assert isinstance(event, Words)
    return event


def test_the_options_of_the_room_reach_the_vendor() -> None:
    assert json.loads(dialogue().start()) == {"action": "start", "partial": True, "actual_numbers": False}
    assert json.loads(dialogue(partial=False, actual_numbers=True).start()) == {
        "action": "start",
        "partial": False,
        "actual_numbers": True,
    }
    assert json.loads(dialogue().stop()) == {"action": "stop"}


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ({"state": "loading"}, State.LOADING),
        ({"state": "listening", "session_id": "1"}, State.LISTENING),
        ({"state": "stopped"}, State.STOPPED),
    ],
)
def test_the_service_says_how_it_is(message: Any, state: State) -> None:
    assert meaning(message) is state


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (NOW + 600, 600.0),
        (NOW - 5, 0.0),
        (NOW + 1e9, LONGEST_NOTICE),
        (None, 0.0),
        ("soon", 0.0),
        (True, 0.0),
        (10**400, 0.0),
        (float("nan"), 0.0),
    ],
)
def test_an_announced_end_is_told_within_reason(at: Any, seconds: float) -> None:
    assert meaning({"state": "shutting_down", "at": at}) == Ending(seconds)


TIMED = [["it", 1200, 1300, 0.9], ["is", 1300, 1450, 0.8]]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"partial": "it is"}, Words(segment="0", text="it is", final=False)),
        (
            {"result": TIMED, "text": "it is"},
            Words(segment="0", text="it is", final=True, start=1.2, end=1.45),
        ),
        ({"text": "it is"}, Words(segment="0", text="it is", final=True)),
        (
            {"text": "it is", "is_final": False, "offset_ms": 1200, "stability": 0.5},
            Words(segment="0", text="it is", final=False, start=1.2),
        ),
        (
            {"text": "it is", "is_final": True, "offset_ms": 1200, "words": TIMED, "speaker": "A"},
            Words(segment="0", text="it is", final=True, start=1.2, end=1.45),
        ),
        ({"transcript": "it is", "is_final": False}, Words(segment="0", text="it is", final=False)),
        ({"transcript": "it is", "is_final": True}, Words(segment="0", text="it is", final=True)),
        (
            {"result": {"hypotheses": [{"transcript": "it is"}], "final": False}},
            Words(segment="0", text="it is", final=False),
        ),
        (
            {"result": {"hypotheses": [{"transcript": "it is"}], "final": True}},
            Words(segment="0", text="it is", final=True),
        ),
    ],
)
def test_each_dialect_is_understood(message: Any, expected: Words) -> None:
    assert meaning(message) == expected


def test_words_timed_within_their_segment_are_placed_in_the_stream() -> None:
    read = words({"text": "a", "is_final": True, "offset_ms": 5000, "words": [["a", 100, 400, 1]]})
    assert (read.start, read.end) == (5.1, 5.4)


def test_a_final_begins_a_new_segment() -> None:
    one = dialogue()
    said = [meaning(m, one) for m in ({"partial": "a"}, {"text": "a b"}, {"partial": "c"}, {"text": "c"})]
    assert [w.segment for w in said if isinstance(w, Words)] == ["0", "0", "1", "1"]


@pytest.mark.parametrize(
    "words_of", [7, [], [[]], [["a"]], [["a", "1", "2"]], [["a", -1, 1e300]], [None], {"a": 1}]
)
def test_times_that_make_no_sense_do_not_lose_the_words(words_of: Any) -> None:
    read = words({"text": "a", "result": words_of})
    assert (read.text, read.final, read.start, read.end) == ("a", True, None, None)


def test_an_end_before_the_beginning_is_not_believed() -> None:
    read = words({"text": "a", "result": [["a", 900, 100, 1]]})
    assert (read.start, read.end) == (0.9, None)


def test_an_endless_caption_is_cut() -> None:
    assert len(words({"partial": "a" * 500_000}).text) == LONGEST_TEXT


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"state": "dancing"},
        {"state": ["loading"]},
        {"partial": 3},
        {"text": "a", "is_final": "yes"},
        {"transcript": "a"},
        {"transcript": "a", "is_final": 1},
        {"result": {"hypotheses": [], "final": True}},
        {"result": {"hypotheses": [{"transcript": 5}], "final": True}},
        {"result": {"hypotheses": [{"transcript": "a"}]}},
        {"error": None},
        b"\x00\x01",
    ],
)
def test_what_is_not_known_is_counted_and_otherwise_ignored(message: Any) -> None:
    one = dialogue()
    assert meaning(message, one) is None
    assert one.ignored == 1


@pytest.mark.parametrize("message", ["", "no JSON", "[" * 100_000, "7", '["a"]', "null", "9" * 10_000])
def test_what_makes_no_sense_is_reported_as_lost(message: str) -> None:
    with pytest.raises(Lost):
        meaning(message)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        ("Unauthorized", ConfigurationFault, "refuses the realtime token"),
        ({"code": 401, "message": "nope"}, ConfigurationFault, "refuses the realtime token"),
        ({"code": "auth", "message": "API key invalid"}, ConfigurationFault, "refuses the realtime token"),
        ("Token expired", ConfigurationFault, "has expired"),
        ("Your plan has no realtime", ConfigurationFault, "paid plan"),
        ("Language xx is unknown", ConfigurationFault, "language"),
        ("rate_limit_exceeded", Busy, "busy"),
        ("Decoder crashed", Lost, "Decoder crashed"),
        ({"code": 503}, Lost, "503"),
        (["a", 1], Lost, "reports an error"),
    ],
)
def test_a_complaint_says_what_to_do(error: Any, kind: type[VendorFailure], said: str) -> None:
    with pytest.raises(kind, match=said):
        meaning({"error": error})


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, {"error": "Invalid language"}, ConfigurationFault, "language.*“Invalid language”"),
        (401, None, ConfigurationFault, "refuses the realtime token"),
        (401, {"detail": "token expired"}, ConfigurationFault, "has expired"),
        (402, None, ConfigurationFault, "paid plan"),
        (403, {"message": "upgrade"}, ConfigurationFault, "paid plan.*“upgrade”"),
        (404, "<html>", ConfigurationFault, "base_url"),
        (409, None, Busy, "busy"),
        (422, {"error": {"code": "x", "message": "m", "details": {}}}, ConfigurationFault, "“m”"),
        (429, {"error": "rate_limit_exceeded", "message": "slow"}, Busy, "rate_limit_exceeded: slow"),
        (500, None, Lost, "500"),
        (503, "busy", Lost, "503"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, body: Any, kind: type[VendorFailure], said: str) -> None:
    with pytest.raises(kind, match=said):
        raise refusal(status, body)


def test_the_time_to_wait_is_the_vendors() -> None:
    busy = refusal(429, None, wait=12.0)
    assert isinstance(busy, Busy)
    assert busy.wait == 12.0


def test_a_vendor_that_repeats_the_key_does_not_get_it_shown() -> None:
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig"
    for failure in (
        refusal(401, {"error": f"bad key {KEY} {jwt}"}, secrets=[KEY]),
        complaint({"error": {"message": f"{KEY} {jwt}"}}, [KEY]),
    ):
        assert KEY not in str(failure)
        assert "eyJ" not in str(failure)


def test_a_sermon_is_shortened_and_freed_of_control_characters() -> None:
    assert len(str(refusal(401, {"error": "no " * 90_000}))) < 400
    assert "\x1b" not in str(refusal(401, {"error": "\x1b[2Jno"}))


@pytest.mark.parametrize(
    ("document", "service"),
    [
        ({"status": "ready"}, Service.READY),
        ({"status": "warm", "ready": True}, Service.READY),
        ({"status": "scaled_down", "ready": False}, Service.ASLEEP),
        ({"status": "starting"}, Service.STARTING),
        ({"status": 7}, Service.UNKNOWN),
        (None, Service.UNKNOWN),
    ],
)
def test_a_sleeping_service_is_recognised(document: Any, service: Service) -> None:
    assert service_of(document) is service


@pytest.mark.parametrize(("tag", "code"), [("nl-NL", "nl"), ("en", "en"), ("zh-Hant-TW", "zh"), ("xyz", "xyz")])
def test_languages_are_named_as_scriptix_names_them(tag: str, code: str) -> None:
    assert short_code(tag) == code


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel", "a" * 5_000])
def test_a_token_that_cannot_be_one_is_refused_without_being_told(token: str) -> None:
    with pytest.raises(ValidationError) as error:
        ScriptixAccount(realtime_token=SecretStr(token))
    assert not token or token not in str(error.value)


def test_a_mode_that_does_not_exist_is_not_taken_for_realtime() -> None:
    with pytest.raises(ValidationError, match="realtime"):
        ScriptixOptions.model_validate({"mode": "bath"})
