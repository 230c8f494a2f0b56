"""Reading what strangers send: JSON messages whose types, sizes and nesting are not to be trusted."""

import json
import math
from typing import Any, Final

from appliance.captions import LONGEST_TEXT
from appliance.vendors.contract import Lost

LONGEST_NAME: Final = 200
"""Characters of a transcription's name."""

BROKEN: Final = "Palabra sent a message that makes no sense."


def parsed(message: bytes | str) -> dict[str, Any]:
    """A message as an object.

    Raises:
        Lost: it is none.
    """
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        raise Lost(BROKEN) from None
    if not isinstance(document, dict):
        raise Lost(BROKEN)
    return document


def text_of(value: Any) -> str:
    """A text, bounded.

    Raises:
        Lost: it is none.
    """
    if not isinstance(value, str):
        raise Lost(BROKEN)
    return value[: 2 * LONGEST_TEXT].strip()


def name_of(value: Any) -> str:
    """The name of a transcription.

    Raises:
        Lost: it is neither a text nor a number, or absurdly long.
    """
    if not isinstance(value, str | int) or isinstance(value, bool) or not 0 < len(str(value)) <= LONGEST_NAME:
        raise Lost(BROKEN)
    return str(value)


def seconds_of(value: Any) -> float | None:
    """Seconds since the stream began; None where there are none that make sense."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds < 1e7 else None


def object_of(value: Any) -> dict[str, Any]:
    """An object, given as such or as JSON text.

    Raises:
        Lost: it is none.
    """
    if isinstance(value, str):
        return parsed(value)
    if not isinstance(value, dict):
        raise Lost(BROKEN)
    return value
