"""Putting the entries of a TOML table in another order; each takes its remarks along."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any


class InOrder(dict[str, Any]):
    """Changes to a table whose entries stand in the order of these keys afterwards."""


def reordered(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Plain tables in the order that the changes ask for; what they do not name comes last."""
    if not isinstance(changes, InOrder):
        return dict(tables)
    return {key: tables[key] for key in (*filter(tables.__contains__, changes), *tables)}


def rearranged(text: str, section: str, names: Sequence[str]) -> str:
    """The text with the tables ``[section.NAME]`` in the order of the names.

    Only tables with headers of their own are moved; the caller sees whether that was enough.
    """
    blocks = list(_blocks(text, section))
    entries = {name: "".join(block.text for block in blocks if block.name == name) for name in names}
    order = iter([name for name in names if entries[name]])
    slots = list(dict.fromkeys(block.name for block in blocks if block.name in entries))
    moved = {slot: entries[next(order)].rstrip("\n") + _gap(entries[slot]) for slot in slots}
    parts = [moved.pop(block.name, "") if block.name in entries else block.text for block in blocks]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some lines that belong to an entry, or to none: then its name is empty."""

    name: str
    text: str


def _blocks(text: str, section: str) -> Iterator[_Block]:
    """All of the text, cut wherever another entry begins."""
    lines = text.splitlines(keepends=True)
    owners: list[str] = []
    for number, line in enumerate(lines):
        path = _header(line)
        if path is None:
            owners.append(owners[-1] if owners else "")
            continue
        name = path[1] if path[0] == section and len(path) > 1 else ""
        # Remarks right above a header are about what it begins.
        above = number
        while above and lines[above - 1].lstrip().startswith("#"):
            above -= 1
        owners[above:] = [name] * (number - above + 1)
    for name, numbers in groupby(range(len(lines)), key=owners.__getitem__):
        yield _Block(name, "".join(lines[number] for number in numbers))


def _header(line: str) -> tuple[str, ...] | None:
    """The path in a line such as ``[rooms.hall]``; None for any other line."""
    if not line.lstrip().startswith("["):
        return None
    try:
        table: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path = []
    while isinstance(table, Mapping) and table:
        [(key, table)] = table.items()
        path.append(key)
    return tuple(path) or None


def _gap(text: str) -> str:
    """The line ends after the last words."""
    return text[len(text.rstrip("\n")) :] or "\n"
