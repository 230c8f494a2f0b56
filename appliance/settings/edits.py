"""Changing a TOML text so that its comments, its order and all that is not meant stay as they are."""

import tomllib
from collections.abc import Callable, Mapping
from functools import reduce
from operator import getitem
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import InlineTable, Table

from appliance.settings.files import parse
from appliance.settings.order import InOrder, rearranged, reordered
from appliance.settings.problems import Problem, SettingsError

Changes = Mapping[str, Any]
"""Nested as the tables are; None takes a key or a whole table away, `InOrder` puts its entries in order."""

_Path = tuple[str, ...]


def edited(text: str, changes: Changes, file: str) -> str:
    """The text with the changes in it; `file` is its name in what goes wrong.

    Raises:
        SettingsError: it is no TOML, or is laid out so that it cannot be changed safely.
    """
    tables = parse(text, file)
    wanted = applied(tables, changes)
    if _same(wanted, tables, changes):
        return text
    # Below a dotted key only an inline table will do.
    for new_table in (_section, _inline):
        new = _attempt(text, changes, new_table)
        if new is not None and _means(new, wanted, changes):
            return new
    problem = "is laid out in a way that cannot be changed from here; change it by hand"
    raise SettingsError([Problem(file, "", problem)])


def applied(tables: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Plain tables with the changes in them."""
    result = dict(tables)
    for key, value in changes.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif not isinstance(value, Mapping):
            result[key] = list(value) if isinstance(value, tuple) else value
        elif isinstance(old, dict):
            result[key] = applied(old, value)
        elif (new := applied({}, value)) or not value:
            result[key] = new
    return reordered(result, changes)


def _attempt(text: str, changes: Changes, new_table: Callable[[Changes], Any]) -> str | None:
    try:
        new = _Document(text, new_table).change(changes).text
        for section, names in _orders(changes).items():
            if list(tomllib.loads(new)[section]) != names:
                new = rearranged(new, section, names)
    except Exception:  # noqa: BLE001 - tomlkit fails in many ways on layouts that it does not master
        return None
    return new


def _means(text: str, tables: Mapping[str, Any], changes: Changes) -> bool:
    try:
        return _same(tomllib.loads(text), tables, changes)
    except tomllib.TOMLDecodeError:
        return False


def _same(one: Mapping[str, Any], other: Mapping[str, Any], changes: Changes) -> bool:
    """Whether both mean the same; the order counts where the changes are about it."""
    return one == other and all(
        list(one.get(section, ())) == list(other.get(section, ())) for section in _orders(changes)
    )


def _orders(changes: Changes) -> dict[str, list[str]]:
    """The sections whose entries are to be in order, and that order."""
    return {
        section: [name for name, entry in entries.items() if entry is not None]
        for section, entries in changes.items()
        if isinstance(entries, InOrder)
    }


def _section(values: Changes) -> Table:
    table = tomlkit.table()
    table.update(values)
    return table.add(tomlkit.nl())


def _inline(values: Changes) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(values)
    return table


class _Document:
    """A TOML text in the course of being changed; `new_table` makes the tables that it has not yet."""

    def __init__(self, text: str, new_table: Callable[[Changes], Any]) -> None:
        self._document = tomlkit.parse(text)
        self._new_table = new_table

    @property
    def text(self) -> str:
        return tomlkit.dumps(self._document).rstrip("\n") + "\n"

    def change(self, changes: Changes, path: _Path = ()) -> "_Document":
        for key, value in changes.items():
            old = self._at(path).get(key)
            if isinstance(value, Mapping) and isinstance(old, Mapping):
                self.change(value, (*path, key))
            elif isinstance(value, Mapping):
                if (new := applied({}, value)) or not value:
                    self._at(path)[key] = self._new_table(new)
            elif value is None and old is not None:
                self._take_away(path, key)
            elif value is not None and old is None:
                _add(self._at(path), key, value)
            elif value != old:
                self._at(path)[key] = value
        return self

    def _at(self, path: _Path) -> Any:
        # Anew each time: tomlkit's views of a table that is scattered over the text go stale.
        return reduce(getitem, path, self._document)

    def _take_away(self, path: _Path, key: str) -> None:
        table = self._at(path)
        del table[key]
        if path and not table and not _has_header(table):
            self._at(path[:-1])[path[-1]] = self._new_table({})


def _has_header(table: Any) -> bool:
    """Whether a table that lost its last key is still to be seen in the text."""
    return isinstance(table, InlineTable) or (isinstance(table, Table) and not table.is_super_table())


def _add(table: Any, key: str, value: Any) -> None:
    """Put a new key right behind the others: what follows them is often a comment on the next section."""
    last = _last_value(table.value) if isinstance(table, Table) else None
    if last is None:
        table[key] = value
    else:
        table.value._insert_after(last, key, value)  # noqa: SLF001 - tomlkit itself can only append


def _last_value(body: Container) -> Any:
    """The key of the last plain value of a table."""
    values = [key for key, item in body.body if key is not None and not isinstance(item, Table)]
    return values[-1] if values else None
