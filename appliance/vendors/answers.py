"""What vendors answer to management calls, made fit to be shown: bounded, clean, and without secrets."""

from collections.abc import Collection, Mapping, Sized
from typing import Any, Final

from appliance.captions import clean
from appliance.vendors.contract import Lost

MOST: Final = 1_000
"""Rows that are shown."""

_WIDEST: Final = 60
_LONGEST: Final = 1_000
_DEEPEST: Final = 4


def rows_of(
    document: Any, *, hidden: Collection[str] = (), secrets: Collection[str] = ()
) -> list[dict[str, Any]]:
    """An object, or a list of them, as rows.

    Args:
        document: the vendor's JSON.
        hidden: names of fields that nobody should see; they are left out.
        secrets: texts that are blotted out wherever they are.

    Raises:
        Lost: it is something else.
    """
    objects = document if isinstance(document, list) else [document]
    if not all(isinstance(each, dict) for each in objects):
        raise Lost("The vendor's answer makes no sense.")
    return [_shown(each, hidden, secrets, _DEEPEST) for each in objects[:MOST]]


def count_of(rows: Sized, thing: str) -> str:
    """A sentence that says how many there are, such as: 2 rooms."""
    return f"{len(rows)} {thing}{'' if len(rows) == 1 else 's'}."


def _shown(value: Any, hidden: Collection[str], secrets: Collection[str], levels: int) -> Any:
    if isinstance(value, str):
        return _text(value, secrets)
    if isinstance(value, Mapping | list) and not levels:
        return "…"
    if isinstance(value, Mapping):
        fields = [(key, inner) for key, inner in value.items() if key not in hidden][:_WIDEST]
        return {_text(key, secrets): _shown(inner, hidden, secrets, levels - 1) for key, inner in fields}
    if isinstance(value, list):
        return [_shown(inner, hidden, secrets, levels - 1) for inner in value[:_WIDEST]]
    return value


def _text(text: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "•••")
    return clean(text)[:_LONGEST]
