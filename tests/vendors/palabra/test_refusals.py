import json
from typing import Any

import pytest

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned
from appliance.vendors.palabra.refusals import LONGEST, Trouble, closing, refusal, troubles
from appliance.vendors.transport import Refused

DOCUMENTED: dict[str, Any] = {
    "type": "https://docs.palabra.ai/docs/error_codes",
    "status": 422,
    "title": "Validation error",
    "detail": "intent is not known",
    "instance": "/session-storage/session",
    "error_code": 4220,
}


def refused(status: int, document: Any = None, wait: float | None = None) -> Refused:
    return Refused(status, "" if document is None else json.dumps(document), wait)


def test_every_field_of_an_error_is_read() -> None:
    assert troubles({"ok": False, "errors": [DOCUMENTED]}) == [Trouble(**DOCUMENTED)]


def test_an_administrator_reads_the_vendors_own_words() -> None:
    failure = refusal(refused(400, {"ok": False, "errors": [DOCUMENTED]}))
    assert isinstance(failure, ConfigurationFault)
    assert str(failure) == ("Palabra refuses the settings: Validation error: intent is not known (code 4220).")


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (400, ConfigurationFault, "refuses the settings"),
        (401, ConfigurationFault, "does not accept the key"),
        (402, ConfigurationFault, "unpaid"),
        (403, ConfigurationFault, "does not accept the key"),
        (404, ConfigurationFault, "does not accept the key"),
        (409, Busy, "another session"),
        (422, ConfigurationFault, "refuses the settings"),
        (429, Busy, "asks to wait"),
        (500, Lost, "out of order"),
        (504, Lost, "out of order"),
    ],
)
def test_each_status_means_one_kind_of_failure(status: int, kind: type[Exception], sentence: str) -> None:
    for document in (None, {"errors": [DOCUMENTED | {"status": status}]}, {"error": "Some words"}):
        failure = refusal(refused(status, document))
        assert type(failure) is kind
        assert sentence in str(failure)


def test_an_expired_key_is_not_called_a_wrong_one() -> None:
    assert "expired or is unpaid" in str(refusal(refused(403, {"error": "The subscription has expired"})))


def test_the_vendor_is_waited_for_as_long_as_it_says() -> None:
    failure = refusal(refused(429, None, 12.5))
    assert isinstance(failure, Busy)
    assert failure.wait == 12.5


@pytest.mark.parametrize(
    "document",
    [
        7,
        [],
        {"errors": 7},
        {"errors": [7, None, []]},
        {"errors": [{"status": "422", "title": 7, "detail": {}, "error_code": True}]},
        {"error": {"status": 10**400}},
    ],
)
def test_an_answer_that_makes_no_sense_still_gives_a_sentence(document: Any) -> None:
    assert str(refusal(refused(400, document))).startswith("Palabra refuses the settings")


def test_no_secret_and_no_novel_is_shown() -> None:
    echo = "canary plbr_canary2 eyJhbGci.canary3.x wss://host/?token=canary4&x " + "blah " * 10_000
    failure = refusal(refused(400, {"errors": [{"title": echo, "detail": echo}]}), ("canary",))
    assert "canary" not in str(failure)
    assert "eyJ" not in str(failure)
    assert len(str(failure)) < LONGEST + 100


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (1000, "", Planned),
        (1001, "", Planned),
        (1006, "", Lost),
        (1011, "", Lost),
        (1008, "Too many connections", Busy),
        (1008, "Insufficient funds", ConfigurationFault),
    ],
)
def test_each_way_of_closing_means_one_kind_of_failure(code: int, reason: str, kind: type[Exception]) -> None:
    failure = closing(code, reason)
    assert type(failure) is kind
    assert reason in str(failure)
