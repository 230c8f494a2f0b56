"""All jobs of the spool, and the room that they may take."""

import asyncio
import logging
import re
import secrets
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from appliance.i18n import N_
from appliance.settings.files import sync
from appliance.spool.job import Job, Ticket, read_ticket, write_ticket

FREE: Final = 300 * 1024 * 1024
"""Bytes of the disk that the spool leaves to the rest of the box."""

SHARE: Final = 0.25
"""Of the disk, that the spool takes at most."""

AGE: Final = timedelta(days=30)
"""How long sound waits for its words at most."""

KEPT: Final = N_(
    "Sound that waits for its words is kept for 30 days and on a quarter of the disk at most;"
    " it is deleted once the words have come."
)

_FULL: Final = "The disk is nearly full, so no more sound can be kept; make room on it, or delete recordings."
_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")

_log = logging.getLogger(__name__)


class SpoolFull(OSError):
    """There is no room for more sound; the text is one plain sentence."""


class Spool:
    """The jobs under one folder.

    Args:
        folder: is made where there is none.
        free: bytes of the disk that are left to the rest of the box.
        share: of the disk, that is taken at most.

    """

    def __init__(self, folder: Path, *, free: int = FREE, share: float = SHARE) -> None:
        self._folder = folder
        self._free = free
        self._share = share
        self._in_hand: set[str] = set()
        self.released = asyncio.Event()
        """Set when a job is ready for its vendor."""

    async def begin(self, ticket: Ticket) -> Job:
        """A new job, in hand until it is released.

        Raises:
            SpoolFull: there is no room.
            OSError: it cannot be written.
        """
        return await asyncio.to_thread(self._begin, ticket)

    def check_room(self) -> None:
        """See whether there is room for more sound.

        Raises:
            SpoolFull: there is none.
        """
        disk = shutil.disk_usage(self._folder if self._folder.exists() else self._folder.parent)
        if disk.free < self._free or self.size > self._share * disk.total:
            raise SpoolFull(_FULL)

    @property
    def size(self) -> int:
        """Bytes of all sound that waits."""
        files = (path.stat(follow_symlinks=False) for path in self._folder.glob("*/*"))
        try:
            return sum(file.st_size for file in files)
        except FileNotFoundError:  # deleted while we count
            return self.size

    def jobs(self) -> list[Job]:
        """All jobs, the oldest first; a folder that makes no sense is left alone and logged."""
        found = []
        for folder in sorted(self._folder.glob("*")) if self._folder.exists() else ():
            if _ID.fullmatch(folder.name):
                try:
                    found.append(self._job(folder, read_ticket(folder)))
                except (OSError, ValueError) as error:
                    _log.debug("A job of the spool is left alone: %s", error)
        return found

    def waiting(self) -> list[Job]:
        """The jobs that are ready for their vendors, the oldest first."""
        return [job for job in self.jobs() if job.id not in self._in_hand]

    def is_in_hand(self, name: str) -> bool:
        """Whether sound is still added to a job."""
        return name in self._in_hand

    def tidy(self) -> None:
        """Delete what a power cut left half begun, but nothing that is being begun now."""
        for folder in self._folder.glob(".*.new"):
            if folder.name[1:].removesuffix(".new") not in self._in_hand:
                shutil.rmtree(folder, ignore_errors=True)

    def _begin(self, ticket: Ticket) -> Job:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.check_room()
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(ticket.created_at))}-{secrets.token_hex(3)}"
        self._in_hand.add(name)
        try:
            new = self._folder / f".{name}.new"
            new.mkdir(mode=0o700)
            write_ticket(new, ticket)
            folder = self._folder / name
            new.rename(folder)
            sync(self._folder)
        except OSError:
            self._in_hand.discard(name)
            raise
        return self._job(folder, ticket)

    def _job(self, folder: Path, ticket: Ticket) -> Job:
        return Job(folder, ticket, released=self._release, check_room=self.check_room)

    def _release(self, job: Job) -> None:
        if job.id in self._in_hand:
            self._in_hand.discard(job.id)
            if job.exists and job.is_empty:
                job.remove()
            self.released.set()
