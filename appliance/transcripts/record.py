"""The record of one meeting: its transcript, or nothing where none is kept."""

import asyncio
import contextlib
import time

from appliance.captions import Caption, Gap
from appliance.state import RoomInUse
from appliance.transcripts.store import NoSuchTranscript, TranscriptStore


class TranscriptRecord:
    """Writes one meeting into the store.

    The transcript begins with the first words, or the first sound that is kept for later: a meeting without
    any leaves none, and one deleted in the middle goes on as another.

    Args:
        store: where it is kept.
        room: where the meeting is.
        alone: whether it replaces all earlier transcripts.
    """

    def __init__(self, store: TranscriptStore, room: RoomInUse, *, alone: bool = False) -> None:
        self._store = store
        self._room = room
        self._alone = alone
        self._started_at = time.time()
        self._transcript: int | None = None
        self._beginning = asyncio.Lock()

    async def begin(self) -> int:
        """The number of the transcript, which begins if it has not yet.

        Raises:
            DatabaseFailure: it cannot.
        """
        async with self._beginning:
            if self._transcript is None:
                if self._alone:
                    await self._store.delete_all()
                room = self._room
                self._transcript = await self._store.begin(
                    room.id, room.title, room.from_language, started_at=self._started_at
                )
            return self._transcript

    async def add(self, item: Caption | Gap) -> None:
        """Keep a final or a gap; durable when it returns. Adding it again, as after a failure, does no harm.

        Raises:
            DatabaseFailure: it cannot be kept.
        """
        if self._transcript is not None:
            try:
                await self._store.add(self._transcript, item)
            except NoSuchTranscript:
                self._transcript = None
            else:
                return
        await self._store.add(await self.begin(), item)

    async def end(self, ended_at: float) -> None:
        """The meeting is over.

        Args:
            ended_at: since when, in seconds since 1970, UTC.

        Raises:
            DatabaseFailure: that cannot be noted.
        """
        if self._transcript is not None:
            with contextlib.suppress(NoSuchTranscript):
                await self._store.end(self._transcript, ended_at=ended_at)


class NoRecord:
    """Nothing is kept."""

    async def add(self, item: Caption | Gap) -> None:
        """Forget it."""

    async def end(self, ended_at: float) -> None:
        """Nothing to end."""
