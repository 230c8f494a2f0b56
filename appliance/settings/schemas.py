"""What a model allows at a place, read from its JSON Schema, so that every model speaks in the same words.

Besides the keywords of JSON Schema a model may say, by ``Field(json_schema_extra=…)``, how a form shows it:
``labels`` are the words for its values ("" for none), ``advanced`` is what few people ever set; the format
``language`` is that of a BCP-47 tag, ``hexadecimal`` that of a number people know by its hexadecimal digits.
``address`` marks what decides on where secrets are sent, and ``readOnly`` what the box writes for itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from pydantic import BaseModel, JsonValue

Schema = Mapping[str, Any]

ADVANCED: Final[dict[str, JsonValue]] = {"advanced": True}
"""As ``json_schema_extra``: what few people ever set, so that a form does not begin with it."""

ADDRESS: Final[dict[str, JsonValue]] = {"address": True}
"""As ``json_schema_extra``: where secrets are sent; who changes it has to give them anew."""

ITS_OWN: Final[dict[str, JsonValue]] = {"readOnly": True}
"""As ``json_schema_extra``: what the box writes for itself, so that no form asks for it."""

_KINDS: Final = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text in quotes",
    "array": "a list in [ ]",
    "object": "a section with keys of its own",
}
_BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "{} or more characters",
    "maxLength": "{} characters at most",
}


@dataclass(frozen=True)
class Place:
    """A place in the settings as a model sees it.

    Attributes:
        root: JSON Schema of the model.
        schema: JSON Schema of what stands here.
        key: dotted, as seen from the model; numbers in lists and pydantic's own marks are left out.
        parent: what holds it; None for the model itself.
        name: the last part of the key, as it is written.
    """

    root: Schema
    schema: Schema
    key: str = ""
    parent: Self | None = None
    name: str = ""

    @classmethod
    def of(cls, model: type[BaseModel], location: Sequence[str | int]) -> Self:
        """The place that pydantic means by a location."""
        root = model.model_json_schema()
        place = cls(root, root)
        for part in location:
            place = place.within(part)
        return place

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are known here."""
        return tuple(self.rule.get("properties", ()))

    @property
    def is_secret(self) -> bool:
        """Whether what stands here is never shown."""
        return bool(self.rule.get("writeOnly", False))

    @property
    def is_required(self) -> bool:
        """Whether something must stand here."""
        return self.parent is not None and self.name in self.parent.rule.get("required", ())

    @property
    def may_be_null(self) -> bool:
        """Whether nothing, too, may stand here."""
        return any(choice.get("type") == "null" for choice in self.schema.get("anyOf", ()))

    def said(self, keyword: str) -> Any:
        """What is said of this place, or else of all such places; None where nothing is."""
        return self.schema.get(keyword, self.rule.get(keyword))

    @property
    def right(self) -> str:
        """What may stand here, in words."""
        return _words(self.rule)

    def within(self, part: str | int) -> Self:
        """The place of a key, or of an entry of a list."""
        here, cls = self.rule, type(self)
        if isinstance(part, int):
            return cls(self.root, here.get("items", {}), self.key, self.parent)
        if part == "[key]" or here.get("type") != "object":
            return self  # pydantic's mark of a key itself, or its name for a branch of a union
        schema = here.get("properties", {}).get(part) or here.get("additionalProperties")
        key = f"{self.key}.{_bare(part)}".removeprefix(".")
        return cls(self.root, schema if isinstance(schema, dict) else {}, key, self, part)

    @cached_property
    def rule(self) -> Schema:
        """The schema itself, where it only points elsewhere or says that it may be left out."""
        schema = self.schema
        while True:
            if "$ref" in schema:
                schema = self.root["$defs"][schema["$ref"].rpartition("/")[2]]
            elif len(choices := _choices(schema)) == 1:
                schema = choices[0]
            else:
                return schema


def _choices(schema: Schema) -> list[Schema]:
    return [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]


def quoted(text: str) -> str:
    """A text in quotes and on one line, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def _bare(key: str) -> str:
    """A key as it stands in a dotted one."""
    plain = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if plain else quoted(key)


def _words(schema: Schema) -> str:
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return _either([_literal(value) for value in schema["enum"]])
    if choices := _choices(schema):
        return _either([_words(choice) for choice in choices])
    kind = _KINDS.get(schema.get("type", ""), "another value")
    entries = [f"each entry {_words(schema['items'])}"] if "items" in schema else []
    return ", ".join([kind, *entries, *_bounds(schema)])


def _bounds(schema: Schema) -> list[str]:
    return [words.format(schema[name]) for name, words in _BOUNDS.items() if name in schema]


def _literal(value: object) -> str:
    return quoted(value) if isinstance(value, str) else str(value).lower()


def _either(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
