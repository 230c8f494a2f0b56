"""Where the log goes: the journal with its fields under systemd, plain lines on stderr otherwise."""

import logging
import os
import sys
from typing import Final

IDENTIFIER: Final = "captionbox"


def set_up_logging(*, verbose: bool = False) -> None:
    """Send the log of the whole process to the one right place."""
    handler = _journal() if _under_systemd() else _stderr()
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
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
