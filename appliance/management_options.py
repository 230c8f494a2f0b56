"""Options of a command made from the schema of an action's arguments."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click
from pydantic import BaseModel

from appliance.settings.schemas import Place, Schema
from appliance.terminal import Wrong


@dataclass(frozen=True)
class Option:
    """One argument of an action as an option; a secret is asked for and has none but whether to ask."""

    place: Place

    @property
    def key(self) -> str:
        """Its name among the arguments."""
        return self.place.name

    @property
    def flag(self) -> str:
        """What is typed."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", self.key).replace("_", "-").lower()
        return f"--{words}"

    @property
    def parameter(self) -> click.Option:
        """What click wants to know of it."""
        return click.Option([self._declared, f"given_{self.key}"], help=self._help, **self._type())

    def values(self, given: Mapping[str, Any]) -> Iterator[Any]:
        """The value, if there is one.

        Raises:
            Wrong: a secret was asked for, and nothing came.
        """
        value = given[f"given_{self.key}"]
        if self.place.is_secret:
            if value or self.place.is_required:
                yield _secret(self._title)
        elif value not in (None, ()):
            yield list(value) if isinstance(value, tuple) else value

    @property
    def _title(self) -> str:
        return str(self.place.said("title") or self.key)

    @property
    def _declared(self) -> str:
        is_switch = self.place.rule.get("type") == "boolean"
        return f"{self.flag}/--no-{self.flag[2:]}" if is_switch else self.flag

    @property
    def _help(self) -> str:
        asked = "Asked for, or read from the standard input." if self.place.is_secret else ""
        title = self._title if self._title.endswith("?") else f"{self._title}."
        return " ".join(filter(None, (title, self.place.said("description"), asked)))

    def _type(self) -> dict[str, Any]:
        rule = self.place.rule
        if self.place.is_secret:
            return {"is_flag": True}
        return {"required": self.place.is_required, **_kind(rule)}


def options_of(model: type[BaseModel]) -> list[Option]:
    """An option for each argument."""
    whole = Place.of(model, [])
    return [Option(whole.within(key)) for key in whole.keys]


def _kind(rule: Schema) -> dict[str, Any]:
    match rule:
        case {"enum": values}:
            return {"type": click.Choice(list(map(str, values)))}
        case {"type": "boolean"}:
            return {"default": None}
        case {"type": "integer"}:
            return {"type": click.IntRange(rule.get("minimum"), rule.get("maximum"))}
        case {"type": "number"}:
            return {"type": click.FloatRange(rule.get("minimum"), rule.get("maximum"))}
        case {"type": "array"}:
            return {"multiple": True}
    return {"type": str}


def _secret(title: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(title, hide_input=True, err=True))
    if text := sys.stdin.readline().rstrip("\r\n"):
        return text
    raise Wrong(f"{title} is missing: give it on the standard input, or on a terminal.")
