"""The record of one meeting: its transcript, or nothing where none is kept."""

from typing import Self

from appliance.captions import Caption, Gap
from appliance.state import RoomInUse
from appliance.transcripts.store import TranscriptStore


class TranscriptRecord:
    """Writes one meeting into the store."""

    def __init__(self, store: TranscriptStore, transcript: int) -> None:
        self._store = store
        self._transcript = transcript

    @classmethod
    async def begin(cls, store: TranscriptStore, room: RoomInUse) -> Self:
        """Begin the transcript of a meeting in a room."""
        return cls(store, await store.begin(room.id, room.title, room.from_language))

    async def add(self, item: Caption | Gap) -> None:
        """Keep a final or a gap; durable when it returns."""
        await self._store.add(self._transcript, item)

    async def end(self) -> None:
        """The meeting is over."""
        await self._store.end(self._transcript)


class NoRecord:
    """Nothing is kept."""

    async def add(self, item: Caption | Gap) -> None:
        """Forget it."""

    async def end(self) -> None:
        """Nothing to end."""
