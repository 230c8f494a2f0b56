"""The short names of accounts and rooms in the settings, made from what people type."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

_LONGEST: Final = 63
"""Characters of a `Key`."""

_ROOM_TO_COUNT: Final = 4


def key_of(text: str) -> str:
    """A key that reminds of the text, such as ``great-hall`` of “Great Hall”; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-")


def free_key(text: str, taken: Collection[str], *, otherwise: str) -> str:
    """A key for the text, or `otherwise` where it yields none, with a number where it is taken."""
    key = (key_of(text) or otherwise)[: _LONGEST - _ROOM_TO_COUNT]
    numbered = (f"{key}-{number}" if number > 1 else key for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)
