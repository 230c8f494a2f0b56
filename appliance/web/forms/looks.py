"""How what a model says of a place looks in a form: labels, values as text, choices and bounds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from appliance.i18n import N_
from appliance.settings.schemas import Place, Schema
from appliance.web.forms.kinds import Kind
from appliance.web.forms.parts import Choice

_UNDECIDED: Final = N_("As the vendor decides")
_YES_OR_NO: Final = {"true": N_("Yes"), "false": N_("No")}


def label_of(place: Place) -> str:
    """What is asked."""
    return str(place.said("title") or place.name)


def help_of(place: Place) -> str:
    """A sentence or two more; empty where there is none."""
    return " ".join(str(place.said("description") or "").split())


def texts_of(place: Place, value: Any) -> tuple[str, ...]:
    """A value as it stands in its field; empty for none."""
    if value is None or (value is False and not place.may_be_null):
        return ()
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    return (_text(place, value),)


def _text(place: Place, value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() if place.said("format") == "hexadecimal":
            return hex(value)
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def choices_of(place: Place) -> tuple[Choice, ...]:
    """The values there are, none included where that is one."""
    labels = place.said("labels") or {}
    found = [Choice(value, labels.get(value, label)) for value, label in _values(place.rule).items()]
    if place.may_be_null:
        found.insert(0, Choice("", labels.get("", _UNDECIDED)))
    return tuple(found)


def _values(rule: Schema) -> dict[str, str]:
    match rule:
        case {"enum": values}:
            return {str(value): str(value) for value in values}
        case {"const": value}:
            return {str(value): str(value)}
        case {"type": "boolean"}:
            return _YES_OR_NO
        case {"anyOf": branches}:
            return {value: label for branch in branches for value, label in _values(branch).items()}
    return {}


def known_choices(place: Place, known: Mapping[str, str], texts: Sequence[str]) -> tuple[Choice, ...]:
    """What the box knows, and what is set though the box does not know it."""
    nothing = [choice for choice in choices_of(place) if not choice.value]
    named = [Choice(value, label, is_ours=False) for value, label in known.items()]
    strange = [Choice(text, text, is_ours=False) for text in texts if text not in known]
    return (*nothing, *named, *strange)


def attributes_of(place: Place, kind: Kind) -> dict[str, str]:
    """What else the HTML says of a field."""
    if kind == Kind.NUMBER:
        # No number input: it forgets what is not a number, and wants a point where people write a comma.
        return {"inputmode": "numeric" if place.rule["type"] == "integer" else "decimal"}
    if kind in (Kind.TEXT, Kind.PASSWORD) and "maxLength" in place.rule:
        return {"maxlength": str(place.rule["maxLength"])}
    return {}


def bounds_of(place: Place) -> tuple[str, str]:
    """The least and the largest number; empty where there is none, or nobody would expect one below."""
    low = _bound(place, "minimum", "exclusiveMinimum")
    high = _bound(place, "maximum", "exclusiveMaximum")
    return low if high or low != "0" else "", high


def _bound(place: Place, *keywords: str) -> str:
    return next((_text(place, place.rule[keyword]) for keyword in keywords if keyword in place.rule), "")
