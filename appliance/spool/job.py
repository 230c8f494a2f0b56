"""One job of the spool: a folder with sound, what it is for, and how far the vendor is with it."""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from appliance.settings.files import NewText, replace, sync
from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.spool import sound

TICKET: Final = "job.json"
RAW: Final = "sound.pcm"
PACKED: Final = "sound.flac"

LOOKED: Final = 10 * SAMPLE_RATE * SAMPLE_BYTES
"""Bytes that are recorded between two looks at the room on the disk."""

MOST_MARKS: Final = 2_000
"""Breaks in a recording, such as mutes, whose times are known; beyond that times are a little off."""

_PIECE: Final = re.compile(r"(\d{6})-(\d{10})-(\d{10})\.flac")


class Ticket(BaseModel):
    """What a job is for.

    Attributes:
        account: key of the account through which the words come.
        vendor: its vendor's name, as people write it.
        room: key of the room in the settings.
        title: what people call the room.
        transcript: number of the transcript in which the words belong.
        part: number of the job among those of its meeting, counted from 0.
        created_at: seconds since 1970, UTC.
        from_language: BCP-47 tag of what was spoken.
        to_languages: BCP-47 tags to translate to.
        options: the vendor's own options of the room, as they were then.
        marks: where the recording goes on: seconds in it, and since the captioning began.
        kept: what the vendor's plug-in remembers of it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    account: str
    vendor: str
    room: str
    title: str
    transcript: int
    part: int
    created_at: float
    from_language: str
    to_languages: tuple[str, ...]
    options: dict[str, JsonValue]
    marks: tuple[tuple[float, float], ...] = ()
    kept: dict[str, JsonValue] = {}

    def at(self, seconds: float) -> float:
        """Seconds since the captioning began, for seconds of the recording."""
        for recorded, start in reversed(self.marks):
            if recorded <= seconds:
                return start + seconds - recorded
        return seconds


@dataclass(frozen=True, slots=True)
class SpooledPiece:
    """One utterance.

    Attributes:
        path: its FLAC file.
        number: in the order in which they were spoken.
        start: seconds since the captioning began.
        end: seconds since the captioning began.
    """

    path: Path
    number: int
    start: float
    end: float

    async def pcm(self) -> bytes:
        """Mono s16le at 16 kHz.

        Raises:
            OSError: it cannot be read.
        """
        return await asyncio.to_thread(sound.read_packed, self.path)

    async def remove(self) -> None:
        """Its words have arrived."""
        await asyncio.to_thread(self.path.unlink, missing_ok=True)


class Job:
    """A folder of the spool.

    Its recording is safe on the disk up to the last `record`; its ticket is replaced as a whole or not at all.

    Args:
        folder: where it lies.
        ticket: what it is for.
        released: called once nothing more is added to it.
        check_room: raises `OSError` where there is no room for more sound.
    """

    def __init__(
        self, folder: Path, ticket: Ticket, *, released: Callable[["Job"], None], check_room: Callable[[], None]
    ) -> None:
        self.folder = folder
        self.ticket = ticket
        self._released = released
        self._check_room = check_room
        self._raw: int | None = None
        self._unlooked = 0

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def kept(self) -> Mapping[str, JsonValue]:
        """What the vendor's plug-in remembers."""
        return self.ticket.kept

    @property
    def exists(self) -> bool:
        """Whether nobody has deleted it meanwhile."""
        return (self.folder / TICKET).exists()

    async def keep(self, **changes: JsonValue) -> None:
        """Remember something of the vendor's; it is on the disk when this returns.

        Raises:
            OSError: it is not.
        """
        await self._change(kept={**self.ticket.kept, **changes})

    async def readdress(self, transcript: int) -> None:
        """Have its words go into another transcript.

        Raises:
            OSError: that cannot be noted.
        """
        await self._change(transcript=transcript)

    async def mark(self, recorded: float, start: float) -> None:
        """Note that the recording goes on at another time.

        Args:
            recorded: seconds of it so far.
            start: seconds since the captioning began.

        Raises:
            OSError: that cannot be noted.
        """
        if len(self.ticket.marks) < MOST_MARKS:
            await self._change(marks=(*self.ticket.marks, (recorded, start)))

    async def record(self, pcm: bytes) -> None:
        """Append to the recording; on the disk when this returns.

        Raises:
            SpoolFull: there is no room for it.
            OSError: it is not.
        """
        await asyncio.to_thread(self._record, pcm)

    def release(self) -> None:
        """Nothing more is added: the vendor may have it."""
        if self._raw is not None:
            os.close(self._raw)
            self._raw = None
        self._released(self)

    async def recording(self) -> Path | None:
        """The recording as a FLAC file; None where nothing was recorded.

        Raises:
            OSError: there is no room for it.
        """
        return await asyncio.to_thread(self._packed)

    async def put(self, number: int, start: float, end: float, pcm: bytes) -> SpooledPiece:
        """Add an utterance; on the disk when this returns.

        Raises:
            OSError: it is not.
        """
        name = f"{number:06}-{round(1000 * start):010}-{round(1000 * end):010}.flac"
        await asyncio.to_thread(self._put, self.folder / name, pcm)
        return SpooledPiece(self.folder / name, number, start, end)

    def pieces(self) -> list[SpooledPiece]:
        """The utterances that wait, in the order in which they were spoken."""
        found = []
        for path in sorted(self.folder.glob("*.flac")):
            if match := _PIECE.fullmatch(path.name):
                number, start, end = map(int, match.groups())
                found.append(SpooledPiece(path, number, start / 1000, end / 1000))
        return found

    @property
    def seconds(self) -> float:
        """How much sound waits, as far as that can be told without reading it."""
        if pieces := self.pieces():
            return sum(piece.end - piece.start for piece in pieces)
        with suppress(OSError):
            return (self.folder / RAW).stat().st_size / SAMPLE_BYTES / SAMPLE_RATE
        with suppress(OSError, ValueError):
            return sound.length(self.folder / PACKED)
        return 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there is no sound in it."""
        return not any(
            path.suffix in (".pcm", ".flac") and path.stat().st_size for path in self.folder.iterdir()
        )

    def remove(self) -> None:
        """Delete it with all its sound; the ticket goes last, so that no sound is left without one."""
        for path in sorted(self.folder.glob("*"), key=lambda path: path.name == TICKET):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _change(self, **changes: object) -> None:
        ticket = self.ticket.model_copy(update=changes)
        await asyncio.to_thread(write_ticket, self.folder, ticket)
        self.ticket = ticket

    def _record(self, pcm: bytes) -> None:
        if self._raw is None:
            self._raw = sound.open_raw(self.folder / RAW)
            sync(self.folder)
        self._unlooked += len(pcm)
        if self._unlooked >= LOOKED:
            self._check_room()
            self._unlooked = 0
        sound.append(self._raw, pcm)

    def _put(self, path: Path, pcm: bytes) -> None:
        self._check_room()
        sound.write_packed(path, pcm)

    def _packed(self) -> Path | None:
        raw, packed = self.folder / RAW, self.folder / PACKED
        if packed.exists():  # a power cut came before the raw one was deleted
            raw.unlink(missing_ok=True)
        elif raw.exists() and raw.stat().st_size >= SAMPLE_BYTES:
            sound.pack(raw, packed)
        return packed if packed.exists() else None


def read_ticket(folder: Path) -> Ticket:
    """The ticket of a folder.

    Raises:
        OSError: it cannot be read.
        ValueError: it makes no sense.
    """
    try:
        return Ticket.model_validate_json((folder / TICKET).read_bytes())
    except ValidationError:
        raise ValueError(f"{folder.name} has no ticket that makes sense") from None


def write_ticket(folder: Path, ticket: Ticket) -> None:
    """Put a ticket in the place of the one before.

    Raises:
        OSError: it is as it was.
    """
    replace(NewText(folder / TICKET, ticket.model_dump_json(indent=1) + "\n", mode=0o600))
