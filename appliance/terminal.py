"""What the commands share: how they fail, the options that many have, and how they show a table."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rich.table import Table

FAILED: Final = 1
WRONG: Final = 2


class Wrong(click.ClickException):
    """The command or the settings are wrong."""

    exit_code = WRONG


class Failed(click.ClickException):
    """It ran and something failed."""

    exit_code = FAILED


def default_state() -> Path:
    """The state folder where nobody names one."""
    if folder := os.environ.get("STATE_DIRECTORY"):
        return Path(folder.split(":")[0])
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "captionbox"


state_option = click.option(
    "--state",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_state,
    show_default="$STATE_DIRECTORY, else $XDG_STATE_HOME/captionbox",
    help="The state folder: settings, secrets and transcripts.",
)
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default=lambda: "table" if sys.stdout.isatty() else "json",
    show_default="table on a terminal, else json",
    help="For a person or for a program.",
)


def show_rows(rows: Sequence[Mapping[str, Any]], form: str, *, empty: str) -> None:
    """Print rows as a table or as JSON; a table without rows is a sentence."""
    if form == "json":
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2, default=str))
    elif rows:
        _table(rows)
    elif empty:
        click.echo(empty)


def show_details(row: Mapping[str, Any]) -> None:
    """Print one row for a person: its fields below each other."""
    from rich.table import Table

    _print(Table(box=None, show_header=False, pad_edge=False), ((_words(key), row[key]) for key in row))


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    table = Table(*map(_words, rows[0]), box=None, header_style="bold", pad_edge=False)
    _print(table, ([row.get(key) for key in rows[0]] for row in rows))


def _print(table: "Table", rows: Iterable[Iterable[Any]]) -> None:
    from rich.console import Console
    from rich.text import Text

    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console(highlight=False).print(table)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _cell(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else ""
        case None:
            return ""
        case list() | tuple():
            return ", ".join(map(_cell, value))
        case Mapping():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
