"""What the box and Scriptix's realtime service say to each other. No I/O, and no clock of its own."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from appliance.vendors.contract import Busy, ConfigurationFault, Ending, Lost, VendorFailure, Words
from appliance.vendors.scriptix.config import ScriptixOptions

LONGEST_TEXT: Final = 8_000
"""Characters of one segment; more is no caption."""

LONGEST_NOTICE: Final = 3_600.0
"""Seconds; the end is announced about an hour before. More says that the box's clock is wrong."""

_LONGEST_TIME: Final = 7 * 24 * 3_600_000
_STOP: Final = json.dumps({"action": "stop"})
_GONE: Final = "The connection to Scriptix was lost."
_NONSENSE: Final = "Scriptix sent something that makes no sense."


class State(Enum):
    """What the service says about itself."""

    LOADING = auto()
    LISTENING = auto()
    STOPPED = auto()


class Service(Enum):
    """Whether the realtime service is awake: it goes to sleep when nobody has used it for half an hour."""

    READY = auto()
    ASLEEP = auto()
    STARTING = auto()
    UNKNOWN = auto()


Event = State | Ending | Words


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one message says, in whichever dialect; times in seconds since the stream began."""

    text: str
    final: bool
    start: float | None = None
    end: float | None = None


class Dialogue:
    """One conversation with the service: what to send, and what its messages mean.

    Scriptix names no segments: a segment is what comes up to and with a final.

    Args:
        options: of the room.
        secrets: never repeated in a failure, even if the vendor does.

    Attributes:
        ignored: how many messages were not understood.
    """

    def __init__(self, options: ScriptixOptions, secrets: Sequence[str] = ()) -> None:
        self._options = options
        self._secrets = secrets
        self._segment = 0
        self.ignored = 0

    def start(self) -> str:
        """The first message."""
        flags = {"partial": self._options.partial, "actual_numbers": self._options.actual_numbers}
        return json.dumps({"action": "start"} | flags)

    def stop(self) -> str:
        """The message after the last sound."""
        return _STOP

    def receive(self, message: bytes | str, *, now: float) -> Event | None:
        """What a message means; None for one that means nothing to us.

        Args:
            message: as it came.
            now: seconds since 1970.

        Raises:
            VendorFailure: the vendor complains, or makes no sense.
        """
        event = None if isinstance(message, bytes) else self._event(_document(message), now)
        self.ignored += event is None
        return event

    def farewell(self, reason: str) -> VendorFailure:
        """What it means that the vendor hung up with these words, or without any."""
        return complaint({"error": reason}, self._secrets) if reason else Lost(_GONE)

    def _event(self, document: Mapping[str, Any], now: float) -> Event | None:
        if document.get("error"):
            raise complaint(document, self._secrets)
        if "state" in document:
            return _state(document, now)
        reading = _read(document)
        return self._words(reading) if reading else None

    def _words(self, reading: _Reading) -> Words:
        words = Words(
            segment=str(self._segment),
            text=reading.text[:LONGEST_TEXT],
            final=reading.final,
            start=reading.start,
            end=reading.end,
        )
        self._segment += reading.final
        return words


def short_code(tag: str) -> str:
    """Scriptix's code of a language: ``nl`` for ``nl-NL``."""
    return tag.partition("-")[0].lower()


def service_of(document: Any) -> Service:
    """What the answer to the question for its status says."""
    if not isinstance(document, dict):
        return Service.UNKNOWN
    if document.get("ready") is True:
        return Service.READY
    match document.get("status"):
        case "ready":
            return Service.READY
        case "scaled_down":
            return Service.ASLEEP
        case "starting":
            return Service.STARTING
        case _:
            return Service.UNKNOWN


def refusal(
    status: int, document: Any, *, wait: float | None = None, secrets: Sequence[str] = ()
) -> VendorFailure:
    """What an HTTP refusal means.

    Args:
        status: the HTTP status.
        document: the answer as JSON, if it is any.
        wait: seconds the vendor asks to wait.
        secrets: never repeated.
    """
    said = redacted(said_in(document), secrets)
    if status in (409, 429):
        return Busy(_sentence("Scriptix is busy or asks to wait.", said), wait)
    if status == 408 or status >= 500:
        return Lost(_sentence(f"Scriptix has trouble (HTTP status {status}).", said))
    if status in (401, 402, 403):
        return ConfigurationFault(_sentence(_kind(said) or (_TOKEN if status == 401 else _PLAN), said))
    if status in (400, 415, 422):
        return ConfigurationFault(_sentence(_LANGUAGE, said))
    return ConfigurationFault(
        _sentence(f"Scriptix is not at this address (HTTP status {status}); check base_url.", said)
    )


def complaint(document: Any, secrets: Sequence[str] = ()) -> VendorFailure:
    """What an error within the conversation means; Scriptix documents no list, so its words decide."""
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and 400 <= code <= 599:
        return refusal(code, document, secrets=secrets)
    said = redacted(said_in(document), secrets)
    if re.search(r"rate.?limit|too many|concurren|busy", said, re.IGNORECASE):
        return Busy(_sentence("Scriptix is busy or asks to wait.", said))
    if kind := _kind(said):
        return ConfigurationFault(_sentence(kind, said))
    return Lost(_sentence("Scriptix reports an error.", said))


_EXPIRED: Final = "The Scriptix token has expired; make a new one at scriptix.app."
_PLAN: Final = (
    "This Scriptix account may not caption live: that needs a paid plan with realtime (Silver or above)."
)
_TOKEN: Final = (
    "Scriptix refuses the realtime token; copy a token of the type “realtime” again from scriptix.app."  # noqa: S105 - a sentence, no token
)
_LANGUAGE: Final = "Scriptix does not accept the language or an option of this room."

_KINDS: Final = {
    r"expired": _EXPIRED,
    r"\bplan\b|subscription|payment|unpaid|credit|quota|balance|upgrade": _PLAN,
    r"unauthori[sz]ed|forbidden|authenticat": _TOKEN,
    r"(invalid|wrong|unknown|missing).*(key|token)|(key|token).*invalid": _TOKEN,
    r"language": _LANGUAGE,
}


def _kind(said: str) -> str | None:
    return next((kind for words, kind in _KINDS.items() if re.search(words, said, re.IGNORECASE)), None)


def _sentence(ours: str, said: str) -> str:
    return f"{ours} It says: “{said}”" if said else ours


def said_in(document: Any) -> str:
    """The vendor's own words, wherever its several kinds of error keep them."""
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    found = (said_in(document.get(key)) for key in ("error", "error_description", "message", "detail"))
    return ": ".join(dict.fromkeys(filter(None, found)))


def redacted(text: str, secrets: Sequence[str]) -> str:
    """A stranger's words fit to be shown: one line, bounded, without secrets."""
    for secret in secrets:
        text = text.replace(secret, "…")
    text = "".join(c for c in text[:2_000] if c.isprintable())
    return re.sub(r"[\w.~+/=-]{32,}", "…", text)[:200].strip()


def _document(message: str) -> Mapping[str, Any]:
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        raise Lost(_NONSENSE) from None
    if not isinstance(document, dict):
        raise Lost(_NONSENSE)
    return document


def _state(document: Mapping[str, Any], now: float) -> State | Ending | None:
    match document["state"]:
        case "loading":
            return State.LOADING
        case "listening":
            return State.LISTENING
        case "stopped":
            return State.STOPPED
        case "shutting_down":
            at: Any = document.get("at")
            seconds = at - now if _is_number(at) else 0.0
            return Ending(float(min(max(seconds, 0.0), LONGEST_NOTICE)))
        case _:
            return None


def _read(document: Mapping[str, Any]) -> _Reading | None:
    """The words of a message, in the first dialect that it fits."""
    return next(filter(None, (dialect(document) for dialect in _DIALECTS)), None)


def _kaldi_partial(document: Mapping[str, Any]) -> _Reading | None:
    text = document.get("partial")
    return _Reading(text, final=False) if isinstance(text, str) else None


def _kaldi_final(document: Mapping[str, Any]) -> _Reading | None:
    text = document.get("text")
    if not isinstance(text, str) or "is_final" in document:
        return None
    start, end = _span(document.get("result"))
    return _Reading(text, final=True, start=start, end=end)


def _offset(document: Mapping[str, Any]) -> _Reading | None:
    """Words may be timed from the stream's beginning or from the segment's: nobody says which."""
    text, final = document.get("text"), document.get("is_final")
    if not isinstance(text, str) or not isinstance(final, bool):
        return None
    offset = _seconds(document.get("offset_ms"))
    start, end = _span(document.get("words"))
    if offset is None or start is None or end is None:
        return _Reading(text, final, offset if start is None else start, end)
    shift = offset if start < offset else 0.0
    return _Reading(text, final, start + shift, end + shift)


def _whisper(document: Mapping[str, Any]) -> _Reading | None:
    text, final = document.get("transcript"), document.get("is_final")
    return _Reading(text, final) if isinstance(text, str) and isinstance(final, bool) else None


def _gstreamer(document: Mapping[str, Any]) -> _Reading | None:
    match document.get("result"):
        case {"hypotheses": [{"transcript": str(text)}, *_], "final": bool(final)}:
            return _Reading(text, final)
        case _:
            return None


_DIALECTS: Final[Sequence[Callable[[Mapping[str, Any]], _Reading | None]]] = (
    _kaldi_partial,
    _kaldi_final,
    _offset,
    _whisper,
    _gstreamer,
)


def _span(words: Any) -> tuple[float | None, float | None]:
    """When ``[[word, start, end, confidence], …]`` in milliseconds begins and ends, in seconds."""
    match words:
        case [[_, first, _, *_], *_]:
            start = _seconds(first)
        case _:
            return None, None
    match words[-1]:
        case [_, _, last, *_]:
            end = _seconds(last)
        case _:
            end = None
    return (start, end) if start is not None and end is not None and start <= end else (start, None)


def _seconds(milliseconds: Any) -> float | None:
    in_bounds = _is_number(milliseconds) and 0 <= milliseconds <= _LONGEST_TIME
    return milliseconds / 1000 if in_bounds else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
