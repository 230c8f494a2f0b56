"""The way back from a form to the JSON that it stands for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from multidict import MultiMapping

from appliance.settings.schemas import Place, Schema
from appliance.web.forms.kinds import REMOVE, Kind, form_key, kind_of, within

_WHOLE: Final = re.compile(r"[+-]?\d{1,15}")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{1,12}")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,15}([.,]\d{1,15})?(e-?\d{1,2})?")

_UNSAID: Final = object()


def form_body(
    schema: Schema, form: MultiMapping[str], values: Mapping[str, Any], *, prefix: str = ""
) -> dict[str, Any]:
    """What was sent, as JSON for the model of the schema, which decides whether it makes sense.

    A text that should be a number and is none stays as it was typed, so that the model says so. What is as by
    default, and was not set, is left out; so is a secret that was not typed, and one to be taken away is null.

    Args:
        schema: the one of which the form was made.
        form: as it was sent; what the schema does not know is ignored.
        values: what is set now.
        prefix: what the keys of the form begin with.
    """
    return _Reader(form, prefix).body(Place(schema, schema), values)


@dataclass(frozen=True)
class _Reader:
    form: MultiMapping[str]
    prefix: str

    def body(self, place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent for an object."""
        return {
            key: value
            for key in place.keys
            for value in self._sent(place.within(key), values.get(key), is_set=key in values)
        }

    def _sent(self, place: Place, stored: Any, *, is_set: bool) -> Iterator[Any]:
        """The value to be; nothing where it is left out."""
        key = form_key(self.prefix, place)
        match kind_of(place):
            case Kind.UNSEEN:
                yield from self._unseen(place, stored, is_set=is_set)
            case Kind.PASSWORD:
                yield from self._secret(key)
            case Kind.GROUP:
                body = self.body(place, within(stored))
                if body or stored is not None or place.is_required:
                    yield body
            case Kind.ENTRIES:
                entries = self._entries(place, key, within(stored))
                if entries or stored is not None:
                    yield entries
            case kind if kind == Kind.CHECKBOX or key in self.form:
                yield from _unless_by_default(
                    place, _read(place, kind, self.form.getall(key, [])), is_set=is_set
                )

    def _unseen(self, place: Place, stored: Any, *, is_set: bool) -> Iterator[Any]:
        if is_set:
            yield stored
        elif place.is_required and "const" in place.rule:
            yield place.rule["const"]

    def _secret(self, key: str) -> Iterator[str | None]:
        if typed := self.form.get(key, "").strip():
            yield typed
        elif key + REMOVE in self.form:
            yield None

    def _entries(self, place: Place, key: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        names = (name.strip() for name in self.form.getall(key, []))
        places = {name: place.within(name) for name in names if name}
        return {
            name: self.body(inner, within(stored.get(name)))
            for name, inner in places.items()
            if form_key(self.prefix, inner) + REMOVE not in self.form
        }


def _unless_by_default(place: Place, value: Any, *, is_set: bool) -> Iterator[Any]:
    default = place.said("default") if "default" in place.schema else _UNSAID
    if value is None and not place.may_be_null:
        value = default
    if value is not _UNSAID and (is_set or value != default):
        yield value


def _read(place: Place, kind: Kind, sent: list[str]) -> Any:
    """A value; None for an empty field."""
    match kind:
        case Kind.CHECKBOX:
            return bool(sent)
        case Kind.LINES | Kind.LANGUAGES:
            lines = [line.strip() for text in sent for line in text.splitlines() if line.strip()]
            return lines or (None if place.may_be_null else [])
    text = sent[0].strip()
    return _value(place.rule, text) if text else None


def _value(rule: Schema, text: str) -> Any:
    match rule:
        case {"enum": values}:
            return next((value for value in values if str(value) == text), text)
        case {"anyOf": branches}:
            read = [_value(branch, text) for branch in branches]
            return next((value for value in read if value != text), text)
        case {"type": "boolean"}:
            return {"true": True, "false": False}.get(text, text)
        case {"type": "integer"}:
            return _whole(text)
        case {"type": "number"} if _DECIMAL.fullmatch(text):
            return float(text.replace(",", "."))
    return text


def _whole(text: str) -> int | str:
    if _WHOLE.fullmatch(text):
        return int(text)
    return int(text, 16) if _HEXADECIMAL.fullmatch(text) else text
