"""How each place of a model is asked in a form; what makes a form and what reads it agree by this."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from appliance.settings.schemas import Place, Schema

REMOVE: Final = ":remove"
"""What the name of a checkbox ends in that takes a secret, or an entry, away."""


class Kind(StrEnum):
    """How something is asked."""

    TEXT = "text"
    PASSWORD = "password"  # noqa: S105 - not one
    NUMBER = "number"
    CHECKBOX = "checkbox"
    SELECT = "select"
    LINES = "lines"
    """A list of texts, one a line."""
    LANGUAGE = "language"
    LANGUAGES = "languages"
    """A list of them, an input each and some to spare."""
    GROUP = "group"
    """What belongs together, behind its name."""
    ENTRIES = "entries"
    """Groups under names of the administrator's."""
    UNSEEN = "unseen"
    """What cannot be chosen, or not by a form: it stays as it is."""


_BY_FORMAT: Final[Mapping[str, Kind]] = {"language": Kind.LANGUAGE, "hexadecimal": Kind.TEXT}
_BY_TYPE: Final[Mapping[str, Kind]] = {
    "boolean": Kind.CHECKBOX,
    "integer": Kind.NUMBER,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
}


def kind_of(place: Place) -> Kind:
    """How what stands at a place is asked."""
    rule = place.rule
    if place.said("readOnly"):
        return Kind.UNSEEN
    if place.is_secret:
        return Kind.PASSWORD
    if "enum" in rule or (place.may_be_null and ("const" in rule or rule.get("type") == "boolean")):
        return Kind.SELECT
    if "const" in rule:
        return Kind.UNSEEN
    simple = _BY_FORMAT.get(rule.get("format", "")) or _BY_TYPE.get(rule.get("type", ""))
    return simple or _compound(place)


def _compound(place: Place) -> Kind:
    match place.rule:
        case {"type": "array"} if kind_of(place.within(0)) == Kind.LANGUAGE:
            return Kind.LANGUAGES
        case {"type": "array"} if kind_of(place.within(0)) == Kind.TEXT:
            return Kind.LINES
        case {"properties": _}:
            return Kind.GROUP
        case {"additionalProperties": dict()} if kind_of(place.within("*")) == Kind.GROUP:
            return Kind.ENTRIES
        case {"anyOf": branches} if all(_is_scalar(branch) for branch in branches):
            return Kind.TEXT
    return Kind.UNSEEN


def _is_scalar(schema: Schema) -> bool:
    return schema.get("type") in ("string", "integer", "number")


def within(value: Any) -> Mapping[str, Any]:
    """What stands in a group; nothing where something else is set, such as another vendor's option."""
    return value if isinstance(value, Mapping) else {}


def form_key(prefix: str, place: Place) -> str:
    """The name of a field in a form whose keys begin with `prefix`."""
    return ".".join(filter(None, (prefix, place.key)))
