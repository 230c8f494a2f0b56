"""What Palabra's refusals mean, in its own words as far as it has any."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from appliance.captions import clean
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, VendorFailure
from appliance.vendors.palabra.messages import object_of
from appliance.vendors.transport import Refused

LONGEST: Final = 300
"""Characters of the vendor's words that a sentence carries."""

RATE_WAIT: Final = 60.0
"""Seconds to wait where a rate counted by the minute was exceeded."""

UNPAID: Final = "Palabra says that the account has expired or is unpaid; look at its billing page"

_TOKEN: Final = re.compile(r"eyJ[\w-]+(\.[\w-]*){0,4}|plbr_[\w-]+|token=[^\s&]+", re.IGNORECASE)
_MONEY: Final = re.compile(r"fund|payment|balance|billing|subscription|expired", re.IGNORECASE)
_RATE: Final = re.compile(r"rate|too_many|limit", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One entry of the vendor's list of errors; what is missing or of a wrong type is None."""

    type: str | None = None
    status: int | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    error_code: float | None = None

    @classmethod
    def of(cls, entry: Any) -> Self:
        """Read an entry, whatever it is."""
        if not isinstance(entry, dict):
            return cls(detail=entry if isinstance(entry, str) else None)
        status, code = entry.get("status"), entry.get("error_code")
        texts = {k: entry.get(k) for k in ("type", "title", "detail", "instance")}
        return cls(
            status=status if type(status) is int and 399 < status < 600 else None,
            error_code=code if type(code) in (int, float) else None,
            **{key: text[:2083] for key, text in texts.items() if isinstance(text, str)},
        )

    @property
    def words(self) -> str:
        """What a person can read of it."""
        words = ": ".join(dict.fromkeys(filter(None, (self.title, self.detail))))
        code = "" if self.error_code is None else f" (code {self.error_code:g})"
        return words + code if words else code.strip(" ()")


def troubles(document: Any) -> list[Trouble]:
    """The errors that an answer lists, in the documented form or the older ``{"error": …}``."""
    if not isinstance(document, dict):
        return []
    listed = document.get("errors") or document.get("error") or document.get("detail") or []
    return [Trouble.of(entry) for entry in (listed if isinstance(listed, list) else [listed])[:5]]


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The vendor's words, bounded and without anything that opens a door."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return clean(_TOKEN.sub("…", text))[:LONGEST].rstrip(" .")


def refusal(refused: Refused, secrets: Iterable[str] = ()) -> VendorFailure:
    """The failure that an HTTP refusal means, at the upgrade to a WebSocket too."""
    listed = troubles(refused.json())
    return failure(next((t.status for t in listed if t.status), refused.status), listed, refused, secrets)


def failure(
    status: int, listed: list[Trouble], refused: Refused | None = None, secrets: Iterable[str] = ()
) -> VendorFailure:
    """The failure that a status means."""
    said = redacted("; ".join(t.words for t in listed if t.words), secrets)
    words = f": {said}." if said else f" (HTTP status {status})."
    wait = refused.retry_after if refused else None
    kind, sentence = _kind(status, said)
    return Busy(sentence + words, wait) if kind is Busy else kind(sentence + words)


def _kind(status: int, said: str) -> tuple[type[VendorFailure], str]:
    if status == 402 or (status in (401, 403, 404) and _MONEY.search(said)):
        return ConfigurationFault, UNPAID
    if status in (401, 403, 404):  # 404 is its answer to a wrong pair of client id and secret
        return ConfigurationFault, "Palabra does not accept the key; enter it again"
    if status == 409:
        return Busy, "Palabra is still busy with another session of this key"
    if status == 429:
        return Busy, "Palabra asks to wait"
    if status >= 500 or status == 408:
        return Lost, "Palabra is out of order just now"
    return ConfigurationFault, "Palabra refuses the settings"


def trouble_of(document: dict[str, Any], secrets: Iterable[str] = ()) -> tuple[str, str]:
    """Code and words of an error or warning of a stream, whose fields stand in ``data`` or at the top.

    Raises:
        Lost: ``data`` makes no sense.
    """
    data = document.get("data")
    data = document if data is None else object_of(data)
    said = (data.get(key) for key in ("desc", "msg", "message"))
    words = next((text for text in said if isinstance(text, str) and text), "")
    return redacted(str(data.get("code") or "unknown")[:100], secrets), redacted(words, secrets)


def is_rate(code: str) -> bool:
    """Whether an error of a stream says that a command came too soon."""
    return bool(_RATE.search(code))


def is_last(code: str, words: str) -> bool:
    """Whether an error ends a stream that ran well so far."""
    return code == "SERVICE_TIMEOUT" or bool(_MONEY.search(code) or _MONEY.search(words))


def rejection(code: str, words: str) -> VendorFailure:
    """The failure that an error message of a stream means."""
    if code == "SERVICE_TIMEOUT":
        return Planned(f"Palabra ended the stream: {words or 'no sound came'}.")
    if _MONEY.search(code) or _MONEY.search(words):
        return ConfigurationFault(f"{UNPAID}: {words or code}.")
    if code == "VALIDATION_ERROR" or "AUTH" in code or "FORBIDDEN" in code:
        return ConfigurationFault(f"Palabra refuses the settings: {words or code}.")
    return Lost(f"Palabra reports an error: {words or code}.")


def closing(code: int, reason: str, secrets: Iterable[str] = ()) -> VendorFailure:
    """The failure that a closed WebSocket means where nothing was said before."""
    said = redacted(reason, secrets)
    words = f": {said}." if said else "."
    if code == 1008 and _MONEY.search(said):
        return ConfigurationFault(UNPAID + words)
    if code == 1008:
        return Busy(f"Palabra closed the connection and asks to wait{words}", RATE_WAIT)
    if code in (1000, 1001):
        return Planned(f"Palabra ended the stream{words}")
    return Lost(f"The connection to Palabra was lost{words}")
