"""The files of the state folder: read whatever editor wrote them, replaced whole or not at all. Blocking."""

import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from appliance.settings.problems import SECRETS, Problem, SettingsError

_SYNTAX: Final = {
    "Invalid value": "this is no value; text stands in quotes, numbers and true or false without",
    "Expected '='": "expected a line such as key = value",
    "Illegal character '\\n'": "the text is not closed; add the quote at its end",
    "Unterminated string": "the text is not closed; add the quote at its end",
    "Cannot declare": "this section is there twice; keep one",
    "Cannot overwrite": "this key is there twice; keep one",
}
"""The parser's words that say least to a person, and better ones."""


def read(path: Path) -> str:
    """The text of a file, with Unix line ends; empty where there is no file.

    Raises:
        SettingsError: it cannot be read, or is not text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        problem = Problem(path.name, "", f"cannot be read: {error.strerror}")
    else:
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problem = Problem(path.name, "", f"line {line}: is not UTF-8 text; save the file as UTF-8")
    raise SettingsError([problem])


def parse(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text; `file` is its name in what goes wrong.

    Raises:
        SettingsError: with line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    # Raised out here so that the parser's error, which holds the whole text, does not travel along.
    raise SettingsError([_syntax_problem(message, file)])


def _syntax_problem(message: str, file: str) -> Problem:
    what, _, where = message.partition(" (at ")
    better = next((words for start, words in _SYNTAX.items() if what.startswith(start)), what)
    if file == SECRETS:
        better = 'expected lines such as api_key = "…" under [accounts.NAME]'
    return Problem(file, "", f"{where.rstrip(')')}: {better}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other threads and processes from saving at the same time; begins the folder where there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class NewText:
    """What a file shall hold.

    Attributes:
        path: the file; a symbolic link is followed.
        text: with Unix line ends; they become those that the file has now.
        mode: permissions; None for those that the file has now.
    """

    path: Path
    text: str
    mode: int | None = None


def replace(*files: NewText) -> None:
    """Put new texts in the place of files so that a power cut leaves of each the old one or the new one.

    Raises:
        OSError: nothing was changed.
    """
    written: dict[Path, Path] = {}
    try:
        for file in files:
            path = file.path.resolve()
            written[path] = _beside(path)
            _write(written[path], path, file)
        for path, new in written.items():
            new.replace(path)
    except BaseException:
        for new in written.values():
            new.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in written}:
        sync(folder)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone that takes the place of another at the end: a power cut leaves one of them.

    Raises:
        OSError: it cannot be written; the other is as it was.
    """
    new = _beside(path)
    with _begun(new) as stream:
        yield stream
    new.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


@contextmanager
def _begun(new: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone, on the disk at the end."""
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _write(new: Path, path: Path, file: NewText) -> None:
    with _begun(new) as stream:
        stream.write(_with_line_ends_of(path, file.text))
        _take_over_permissions(path, stream.fileno(), file.mode)


def _with_line_ends_of(path: Path, text: str) -> bytes:
    from_windows = path.exists() and b"\r\n" in path.read_bytes()
    return (text.replace("\n", "\r\n") if from_windows else text).encode()


def _take_over_permissions(path: Path, handle: int, mode: int | None) -> None:
    old = path.stat() if path.exists() else None
    if os.geteuid() == 0:
        owner = old or path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)  # or the box could not read what root saved for it
    if mode is None:
        mode = old.st_mode & 0o777 if old else 0o644
    os.fchmod(handle, mode)
