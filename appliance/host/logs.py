"""Where the log goes: the journal with its fields under systemd, plain lines on stderr otherwise.

The last of it is also kept in memory for the administrator's pages. Nobody logs a secret in the first place.
"""

import logging
import os
import sys
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final

IDENTIFIER: Final = "captionbox"

KEPT: Final = 500
"""Records kept in memory; the oldest goes first."""

LONGEST: Final = 4_000
"""Characters kept of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A record of the log.

    Attributes:
        number: grows by one a record.
        at: when, UTC.
        level: as `logging` has them, such as ``logging.WARNING``.
        source: name of the logger.
        text: the message and, of a failure, where it happened.
    """

    number: int
    at: datetime
    level: int
    source: str
    text: str


class RecentLog(logging.Handler):
    """Keeps the last records."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._records: deque[Logged] = deque(maxlen=KEPT)
        self._numbers = count(1)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one; whoever logs never fails for it."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - a message that does not fit its arguments, as logging has it
            self.handleError(record)
            return
        self._records.append(
            Logged(
                number=next(self._numbers),
                at=datetime.fromtimestamp(record.created, UTC),
                level=record.levelno,
                source=record.name,
                text=text[:LONGEST],
            )
        )

    def records(self, *, level: int = logging.NOTSET, after: int = 0) -> list[Logged]:
        """Those of this level or a higher one, newer than the record `after`, the latest first."""
        self.acquire()  # other threads log meanwhile
        try:
            kept = list(self._records)
        finally:
            self.release()
        return [record for record in reversed(kept) if record.level >= level and record.number > after]


RECENT: Final = RecentLog()
"""The last records of this process, from `set_up_logging` on."""


def set_up_logging(*, verbose: bool = False) -> None:
    """Send the log of the whole process to the one right place."""
    handler = _journal() if _under_systemd() else _stderr()
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler, RECENT], force=True
    )
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    logging.getLogger("PIL").setLevel(logging.INFO)


def _under_systemd() -> bool:
    """Whether stderr is the journal: systemd names its device and inode (systemd.exec(5))."""
    try:
        device, _, inode = os.environ["JOURNAL_STREAM"].partition(":")
        stderr = os.fstat(sys.stderr.fileno())
        return (stderr.st_dev, stderr.st_ino) == (int(device), int(inode))
    except (KeyError, ValueError, OSError):
        return False


def _journal() -> logging.Handler:
    from systemd import journal  # noqa: PLC0415 - a C library that only a service needs

    handler: logging.Handler = journal.JournalHandler(SYSLOG_IDENTIFIER=IDENTIFIER)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def _stderr() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    return handler
