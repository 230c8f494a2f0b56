"""The database file of the box: SQLite in a thread of its own, shared by the daemon and the command line."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiosqlite

FILE: Final = "captionbox.db"
PATIENCE: Final = 10.0
"""Seconds to wait while another process writes."""

_SETUP: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # what was committed survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what was deleted cannot be read out of the file
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; make room on it",
    sqlite3.SQLITE_BUSY: "another program is writing to it and does not end; try again",
    sqlite3.SQLITE_READONLY: "it cannot be written; look at who owns it",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; look at who owns its folder",
    sqlite3.SQLITE_IOERR: "the disk fails; replace the card",
}

_log = logging.getLogger(__name__)


class DatabaseFailure(Exception):
    """The database cannot be used; the text is one plain sentence."""


class DatabaseDamaged(DatabaseFailure):
    """What the file holds makes no sense any more."""


class Database:
    """An open database. Its statements run one after the other, in the order in which they were asked for.

    Attributes:
        problem: one plain sentence if a damaged file had to be set aside; else None.
    """

    def __init__(self, connection: aiosqlite.Connection, path: Path, problem: str | None) -> None:
        self._connection = connection
        self._path = path
        self._one_at_a_time = asyncio.Lock()
        self.problem = problem

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Run one statement and give its rows; what it changed is safe on the disk when this returns.

        Raises:
            DatabaseFailure: it could not be done.
            sqlite3.IntegrityError: a rule of the tables forbids it.
        """
        async with self._one_at_a_time:
            return await self._run(sql, parameters)

    async def migrate(self, component: str, steps: Sequence[str]) -> None:
        """Bring the tables of one component up to date.

        Args:
            component: who owns the tables.
            steps: one statement each. Later versions may append some, and never change one.

        Raises:
            DatabaseFailure: it could not be done; the tables are as they were.
        """
        async with self._one_at_a_time, self._transaction():
            await self._run(
                "CREATE TABLE IF NOT EXISTS components (name TEXT PRIMARY KEY, steps INTEGER) STRICT"
            )
            rows = await self._run("SELECT steps FROM components WHERE name = ?", [component])
            done = rows[0]["steps"] if rows else 0
            if done > len(steps):
                raise DatabaseFailure(
                    f"{self._path.name} is of a newer version of captionbox; install that one"
                )
            for step in steps[done:]:
                await self._run(step)
            await self._run("INSERT OR REPLACE INTO components VALUES (?, ?)", [component, len(steps)])

    async def scrub(self) -> None:
        """Empty the write-ahead log, in which what was deleted can still be read."""
        await self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        try:
            await self._run("BEGIN IMMEDIATE")
            yield
            await self._run("COMMIT")
        except BaseException:
            # Whatever was interrupted, SQLite's thread has it behind it when it comes to this.
            await self._connection.rollback()
            raise

    async def _run(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with _in_plain_words(self._path):
            return list(await self._connection.execute_fetchall(sql, parameters))


@asynccontextmanager
async def open_database(folder: Path, *, mend: bool = False) -> AsyncIterator[Database]:
    """The database of a state folder; where there is none, one is begun.

    Args:
        folder: the state folder.
        mend: look through the file first, and if it is damaged set it aside under another name and begin a
            new one. Only the daemon may do that: another process could still be writing.

    Raises:
        DatabaseFailure: it cannot be opened.
    """
    path = folder / FILE
    problem = None
    try:
        connection = await _connect(path, look_through=mend)
    except DatabaseDamaged:
        if not mend:
            raise
        aside = await asyncio.to_thread(_set_aside, path)
        problem = f"{FILE} was damaged: it is kept as {aside.name}, and a new one was begun"
        _log.error(problem)
        connection = await _connect(path)
    try:
        yield Database(connection, path, problem)
    finally:
        await connection.close()


async def _connect(path: Path, *, look_through: bool = False) -> aiosqlite.Connection:
    with _in_plain_words(path):
        await asyncio.to_thread(_begin_file, path)
        connection = await aiosqlite.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            for statement in _SETUP:
                await connection.execute_fetchall(statement)
            if look_through:
                await _look_through(connection, path)
        except BaseException:
            await connection.close()
            raise
        return connection


async def _look_through(connection: aiosqlite.Connection, path: Path) -> None:
    rows = list(await connection.execute_fetchall("PRAGMA quick_check(1)"))
    if rows[0][0] != "ok":
        raise _damaged(path)


def _begin_file(path: Path) -> None:
    """Only the owner may read what was said; SQLite gives its other files the same permissions."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _set_aside(path: Path) -> Path:
    """Rename the file and its write-ahead log so that somebody can still try to read them."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for ending in ("-wal", "-shm", ""):
        part = Path(f"{path}{ending}")
        if part.exists():
            part.rename(f"{aside}{ending}")
    return aside


@contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise _damaged(path) from error
        raise DatabaseFailure(f"{path.name} cannot be used: {_REASONS.get(code, error)}") from error
    except OSError as error:
        raise DatabaseFailure(f"{path.name} cannot be used: {error.strerror}") from error


def _damaged(path: Path) -> DatabaseDamaged:
    return DatabaseDamaged(
        f"{path.name} is damaged; the box sets it aside and begins a new one when it starts again"
    )
