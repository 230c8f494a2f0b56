"""What the box and Scriptix's batch service say to each other. No I/O, and no clock of its own."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import urlsplit

from appliance.captions import clean
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Order, TimedWord, VendorFailure, Words
from appliance.vendors.scriptix.config import ScriptixOptions
from appliance.vendors.scriptix.protocol import redacted, said_in, short_code

LONGEST_CAPTION: Final = 200
"""Characters of one segment; a result that is longer becomes several."""

LONGEST_SECONDS: Final = 12.0
PAUSE: Final = 1.0
"""Seconds after which a segment ends, and of a pause that ends it."""

MOST_WORDS: Final = 500_000
"""Words of a transcript: two days without a breath."""

_LONGEST_TIME: Final = 7 * 24 * 3_600_000
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_LONGEST_URL: Final = 8_192
_NONSENSE: Final = "Scriptix sent something that makes no sense."


class Stage(Enum):
    """Where a session stands."""

    NEW = auto()
    """Its sound has not come yet."""
    WORKING = auto()
    DONE = auto()


_STAGES: Final = {
    "new": Stage.NEW,
    "created": Stage.NEW,
    "done": Stage.DONE,
    "completed": Stage.DONE,
}
_FAILURES: Final = frozenset({"failed", "error"})


def session_order(order: Order[ScriptixOptions]) -> dict[str, Any]:
    """The body of the call that makes a session; what is not set is left out."""
    options = order.options
    asked = {
        "language": short_code(order.from_language),
        "webhook_url": options.webhook_url,
        "webhook_method": options.webhook_method,
        "webhook_headers": list(options.webhook_headers) or None,
        "keep_source": options.keep_source,
        "media_source": options.media_source,
        "punctuation": options.punctuation,
        "multichannel": options.multichannel,
        "document": options.document,
        "meta_data": options.meta_data or None,
    }
    return {key: value for key, value in asked.items() if value is not None}


def session_of(answer: Any) -> str:
    """The name of a session that was made.

    Raises:
        Lost: there is none that can be sent back.
    """
    name = _result(answer).get("session_id")
    if not (isinstance(name, str) and _ID.fullmatch(name)):
        raise Lost(_NONSENSE)
    return name


def address_for_upload(answer: Any) -> str:
    """Where the sound goes: an address of Scriptix's storage, good for a day.

    Raises:
        Lost: it is none to which a recording may be sent.
    """
    url = _result(answer).get("upload_url")
    if isinstance(url, str) and len(url) <= _LONGEST_URL and url.isascii() and url.isprintable():
        try:
            parts = urlsplit(url)
            safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
        except ValueError:
            safe = False
        if safe and parts.hostname:
            return url
    raise Lost("Scriptix gives no safe address to send the recording to.")


def stage_of(answer: Any, secrets: Sequence[str] = ()) -> Stage:
    """Where a session stands.

    Raises:
        ConfigurationFault: Scriptix has given it up.
        Lost: the answer makes no sense.
    """
    result = _result(answer)
    status = result.get("status")
    if not isinstance(status, str):
        raise Lost(_NONSENSE)
    if status.lower() in _FAILURES:
        said = redacted(said_in({"error": result.get("error")}), secrets)
        raise ConfigurationFault(f"Scriptix could make no transcript of this.{_quoted(said)}")
    return _STAGES.get(status.lower(), Stage.WORKING)


def transcript(answer: Any) -> Iterator[Words]:
    """The words of a result, cut into segments at pauses and ends of sentences; each with its times.

    Raises:
        Lost: the answer makes no sense.
    """
    results = _result(answer).get("results")
    if not isinstance(results, list):
        raise Lost(_NONSENSE)
    number = told = 0
    for result in results:
        words = list(_timed(result))
        told += len(words)
        if told > MOST_WORDS:
            raise Lost("Scriptix says more than anyone can have said.")
        for part in _parts(words) if words else _untimed(result):
            text = clean(" ".join(word.text for word in part))
            if text:
                yield Words(
                    segment=str(number),
                    text=text,
                    final=True,
                    start=part[0].start,
                    end=max(part[0].start, part[-1].end),
                    timed=tuple(part) if words else (),
                )
                number += 1


def refusal(status: int, body: Any, *, wait: float | None, secrets: Sequence[str]) -> VendorFailure:
    """What an HTTP refusal means.

    Args:
        status: the HTTP status.
        body: the answer, as JSON if it is any.
        wait: seconds the vendor asks to wait.
        secrets: never repeated.
    """
    said = redacted(said_in(body), secrets)
    tail = _quoted(said)
    if status in (409, 429):
        return Busy(f"Scriptix is busy or asks to wait.{tail}", wait)
    if status == 408 or status >= 500:
        return Lost(f"Scriptix has trouble of its own (HTTP status {status}); it is asked again.{tail}")
    return ConfigurationFault(f"{_REFUSALS.get(status, _ELSEWHERE.format(status))}{tail}")


_REFUSALS: Final = {
    400: "Scriptix does not know the language of this room; set one that your account has.",
    401: "Scriptix refuses the batch token; copy a token of the type “batch” again from scriptix.app.",
    402: "This Scriptix account may make no transcripts now: it is unpaid, or its plan is used up.",
    403: "The batch token may not do this; ask Scriptix what it allows.",
    404: "Scriptix does not know this session any more; only the token that made it may see it.",
    413: "The recording is too large for Scriptix.",
    415: "Scriptix does not take content of this kind; check base_url, and update the box.",
    422: "Scriptix does not accept an option of this room.",
}
_ELSEWHERE: Final = "Scriptix is not at this address (HTTP status {}); check base_url."


def _quoted(said: str) -> str:
    return f" It says: “{said}”" if said else ""


def _result(answer: Any) -> Mapping[str, Any]:
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise Lost(_NONSENSE)
    return result


def _timed(result: Any) -> Iterator[TimedWord]:
    words = result.get("result") if isinstance(result, dict) else None
    latest = 0.0
    for word in words if isinstance(words, list) else ():
        match word:
            case [str(text), start, end, *_] if _is_time(start) and _is_time(end):
                latest = max(latest, start / 1000)
                yield TimedWord(clean(text), latest, max(latest, end / 1000))
            case _:
                raise Lost(_NONSENSE)


def _untimed(result: Any) -> Iterator[list[TimedWord]]:
    """The text of a result without times, which stands at the beginning."""
    text = result.get("text") if isinstance(result, dict) else None
    if isinstance(text, str) and text.strip():
        yield [TimedWord(text, 0.0, 0.0)]


def _parts(words: Sequence[TimedWord]) -> Iterator[list[TimedWord]]:
    part: list[TimedWord] = []
    letters = 0
    before = -math.inf
    for word in words:
        sentence = bool(part) and part[-1].text.endswith((".", "?", "!", "…")) and letters > LONGEST_CAPTION / 4
        long = letters + len(word.text) > LONGEST_CAPTION or (
            part and word.end - part[0].start > LONGEST_SECONDS
        )
        if part and (sentence or long or word.start - before > PAUSE):
            yield part
            part, letters = [], 0
        part.append(word)
        letters += len(word.text) + 1
        before = word.end
    if part:
        yield part


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_TIME


def as_json(body: str) -> Any:
    """An answer as JSON; as it is where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body
