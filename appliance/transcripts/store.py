"""Where transcripts are kept: tables of the one database."""

import json
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from appliance.captions import Caption, Gap
from appliance.database import Database
from appliance.transcripts.search import Match, Place, Query
from appliance.transcripts.transcript import Entry, Summary, Timed, Transcript

_TABLES: Final = (
    """CREATE TABLE transcripts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
        started_at REAL NOT NULL, ended_at REAL
    ) STRICT""",
    """CREATE TABLE captions (
        transcript INTEGER NOT NULL REFERENCES transcripts ON DELETE CASCADE,
        segment INTEGER NOT NULL, language TEXT NOT NULL, revision INTEGER NOT NULL, text TEXT NOT NULL,
        translated_from TEXT, starts REAL NOT NULL, ends REAL NOT NULL,
        PRIMARY KEY (transcript, segment, language)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE gaps (
        transcript INTEGER NOT NULL REFERENCES transcripts ON DELETE CASCADE,
        starts REAL NOT NULL, ends REAL NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (transcript, starts)
    ) STRICT, WITHOUT ROWID""",
    # Summaries are made from this alone, without a look at the words.
    "CREATE INDEX captions_in_short ON captions (transcript, language, ends)",
    # Words that came after the meeting; each with its times, as JSON [[word, start, end], …], where known.
    "ALTER TABLE captions ADD COLUMN late INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE captions ADD COLUMN timed TEXT",
)

_LENGTH: Final = """max(
    coalesce((SELECT max(ends) FROM captions WHERE transcript = id), 0.0),
    coalesce((SELECT max(ends) FROM gaps WHERE transcript = id), 0.0)
)"""
_SUMMARY: Final = f"""SELECT *, {_LENGTH} AS length,
    (SELECT group_concat(DISTINCT language) FROM captions WHERE transcript = id) AS languages,
    (SELECT count(DISTINCT segment) FROM captions WHERE transcript = id) AS segments
    FROM transcripts"""  # noqa: S608 - made of constants


_FIELDS: Final = "transcript, segment, language, revision, text, translated_from, starts, ends"

_ROUGHLY: Final = 0.1

LATE: Final = 1_000_000_000
"""Segments from this number on came after the meeting: no meeting has so many."""

JUMP: Final = 60.0
"""Seconds by which the clock may be set between two looks for transcripts that are too old."""


class NoSuchTranscript(LookupError):
    """There is no transcript of that number, or no more; the text is one plain sentence."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no transcript {number}.")


class TranscriptStore:
    """Keeps finals and gaps, each safe on the disk before anything else happens with it.

    How long is the caller's decision: for nothing to be kept, `begin` none; for the session, `delete` the
    transcript after it and `delete_all` when the box starts; for a time, `forget` now and then.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use `open` before anything else.

        Args:
            database: where the tables are.
            clock: seconds since 1970, UTC.
            steady: seconds that nobody sets.
        """
        self._database = database
        self._clock = clock
        self._steady = steady
        self._ahead: float | None = None

    async def open(self) -> None:
        """Bring the tables up to date.

        Raises:
            DatabaseFailure: as any other method here, when the database cannot be used.
        """
        await self._database.migrate("transcripts", _TABLES)

    async def begin(self, room: str, title: str, language: str, *, started_at: float | None = None) -> int:
        """Begin a transcript; its number.

        Args:
            room: key of the room in the settings.
            title: what people call the room.
            language: BCP-47 tag of what is spoken.
            started_at: when the captioning began, seconds since 1970, UTC; without it, now.
        """
        rows = await self._database.execute(
            "INSERT INTO transcripts (room, title, language, started_at) VALUES (?, ?, ?, ?) RETURNING id",
            [room, title, language, self._clock() if started_at is None else started_at],
        )
        return int(rows[0]["id"])

    async def add(self, number: int, entry: Entry) -> None:
        """Keep a final or a gap. Adding it again, as after a failure, does no harm.

        Raises:
            ValueError: the caption is not final.
            NoSuchTranscript: somebody deleted it; begin another.
        """
        with _part_of(number):
            await self._insert(number, entry)

    async def _insert(self, number: int, entry: Entry) -> None:
        if isinstance(entry, Gap):
            values = [number, entry.start, entry.end, entry.reason]
            await self._database.execute("INSERT INTO gaps VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values)
        elif entry.final:
            sql = f"INSERT INTO captions ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - made of constants
            await self._database.execute(sql, [number, *_values(entry)])
        else:
            raise ValueError("A transcript keeps finals only.")

    async def add_late(self, number: int, caption: Caption, timed: Sequence[Timed] = ()) -> None:
        """Keep a final that came after the meeting, unless its time has words already.

        Adding it again, as after a power cut, does no harm: the same words bear the same segment.

        Args:
            number: of the transcript.
            caption: final; its segment is `LATE` or above.
            timed: its words with their times, where they are known.

        Raises:
            NoSuchTranscript: somebody deleted it.
        """
        middle = (caption.start + caption.end) / 2
        sql = (
            f"INSERT INTO captions ({_FIELDS}, late, timed) SELECT ?, ?, ?, ?, ?, ?, ?, ?, 1, ?"  # noqa: S608 - made of constants
            " WHERE NOT EXISTS (SELECT 1 FROM captions WHERE transcript = ? AND NOT late AND language = ?"
            " AND text != '' AND starts <= ? AND ends >= ?) ON CONFLICT DO NOTHING"
        )
        written = json.dumps(timed, ensure_ascii=False) if timed else None
        same_time = [number, caption.language, middle, middle]
        with _part_of(number):
            await self._database.execute(sql, [number, *_values(caption), written, *same_time])

    async def late(self, number: int) -> dict[int, tuple[Timed, ...]]:
        """The segments whose words came after the meeting, each with its words and their times, if known."""
        rows = await self._database.execute(
            "SELECT segment, timed FROM captions WHERE transcript = ? AND late ORDER BY starts", [number]
        )
        return {row["segment"]: tuple(map(_timed, json.loads(row["timed"] or "[]"))) for row in rows}

    async def settle(
        self, number: int, reason: str, start: float, end: float, *, now: str | None = None
    ) -> None:
        """Have the gaps with a reason that reach into a stretch go, for the words came, or get another reason.

        Args:
            number: of the transcript.
            reason: of the gaps that are meant.
            start: seconds since the captioning began.
            end: seconds since the captioning began.
            now: the reason from now on; without it they go.
        """
        which = "transcript = ? AND reason = ? AND starts < ? AND ends > ?"
        values = [number, reason, end - _ROUGHLY, start + _ROUGHLY]
        if now is None:
            await self._database.execute(f"DELETE FROM gaps WHERE {which}", values)  # noqa: S608 - made of constants
        else:
            await self._database.execute(f"UPDATE gaps SET reason = ? WHERE {which}", [now, *values])  # noqa: S608 - made of constants

    async def exists(self, number: int) -> bool:
        """Whether there is a transcript."""
        return bool(await self._database.execute("SELECT 1 FROM transcripts WHERE id = ?", [number]))

    async def knew(self, number: int) -> bool:
        """Whether there ever was a transcript of that number in this database."""
        sql = "SELECT 1 FROM sqlite_sequence WHERE name = 'transcripts' AND seq >= ?"
        return bool(await self._database.execute(sql, [number]))

    async def end(self, number: int, *, ended_at: float | None = None) -> None:
        """Note when the captioning ended.

        Args:
            number: of the transcript.
            ended_at: when, seconds since 1970, UTC; without it, now.

        Raises:
            NoSuchTranscript: somebody deleted it.
        """
        sql = "UPDATE transcripts SET ended_at = ? WHERE id = ? RETURNING id"
        if not await self._database.execute(sql, [self._clock() if ended_at is None else ended_at, number]):
            raise NoSuchTranscript(number)

    async def list(
        self, *, room: str | None = None, limit: int | None = None, skip: int = 0
    ) -> tuple[Summary, ...]:
        """Transcripts in short, the latest first.

        Args:
            room: only those of this room, by its key.
            limit: no more than so many.
            skip: not the first so many.
        """
        sql = f"{_SUMMARY} WHERE room = coalesce(?, room) ORDER BY id DESC LIMIT ? OFFSET ?"
        rows = await self._database.execute(sql, [room, -1 if limit is None else limit, skip])
        return tuple(map(_summary, rows))

    async def rooms(self) -> dict[str, str]:
        """The keys of all rooms that have transcripts, and what people called each of them last."""
        rows = await self._database.execute("SELECT room, title, max(id) FROM transcripts GROUP BY room")
        return {row["room"]: row["title"] for row in rows}

    async def words(self, number: int) -> int:
        """How many words were spoken, as far as spaces part them; it looks at all of them."""
        rows = await self._database.execute(
            "SELECT sum(length(text) - length(replace(text, ' ', '')) + 1) AS words"
            " FROM captions WHERE transcript = ? AND translated_from IS NULL AND text != ''",
            [number],
        )
        return rows[0]["words"] or 0

    async def search(
        self, query: Query, *, room: str | None = None, after: Place | None = None
    ) -> AsyncGenerator[Match, None]:
        """The captions of all transcripts that fit, the latest transcript first.

        There is no index of words: one would still tell what was said in a transcript that was deleted.

        Args:
            query: what is looked for.
            room: only in transcripts of this room, by its key.
            after: go on behind this place.
        """
        sql = (
            "SELECT id, title, started_at FROM transcripts"
            " WHERE room = coalesce(?, room) AND id <= coalesce(?, id) ORDER BY id DESC"
        )
        for row in await self._database.execute(sql, [room, after and after.transcript]):
            # One transcript at a time: what is said meanwhile must not wait long to be kept.
            for caption in await self._fitting(query, row["id"], after):
                yield Match(
                    transcript=row["id"],
                    title=row["title"],
                    started_at=datetime.fromtimestamp(row["started_at"], UTC),
                    caption=caption,
                )

    async def _fitting(self, query: Query, number: int, after: Place | None) -> tuple[Caption, ...]:
        goes_on = after is not None and after.transcript == number
        begin = (after.segment, after.language) if after and goes_on else (-1, "")
        likes = r" AND text LIKE ? ESCAPE '\'" * len(query.words)
        sql = (
            f"SELECT * FROM captions WHERE transcript = ? AND (segment, language) > (?, ?){likes}"  # noqa: S608 - made of constants
            " ORDER BY segment, language"
        )
        rows = await self._database.execute(sql, [number, *begin, *query.patterns])
        return tuple(caption for caption in map(_caption, rows) if query.fits(caption.text))

    async def read(self, number: int) -> Transcript:
        """A transcript in full.

        Raises:
            NoSuchTranscript: there is none of that number.
        """
        rows = await self._database.execute(f"{_SUMMARY} WHERE id = ?", [number])
        if not rows:
            raise NoSuchTranscript(number)
        captions = await self._database.execute(
            "SELECT * FROM captions WHERE transcript = ? ORDER BY starts, segment, language", [number]
        )
        gaps = await self._database.execute("SELECT * FROM gaps WHERE transcript = ?", [number])
        entries: list[Entry] = [*map(_gap, gaps), *map(_caption, captions)]
        return Transcript(
            summary=_summary(rows[0]),
            entries=tuple(sorted(entries, key=lambda e: e.start)),
            late=await self.late(number),
        )

    async def delete(self, number: int) -> None:
        """Delete a transcript so that it cannot be read out of the file either.

        Raises:
            NoSuchTranscript: there is none of that number.
        """
        if not await self._delete("WHERE id = ?", number):
            raise NoSuchTranscript(number)

    async def delete_all(self) -> int:
        """Delete all transcripts, also one that is being written; how many there were."""
        return await self._delete("")

    async def forget(self, older_than: timedelta) -> int:
        """Delete the transcripts that ended longer ago than that; how many there were.

        One without an end counts by its last words, also if it goes on after a long silence. The first call
        deletes nothing, nor does one before which the clock was set: a small computer may begin at any date.
        """
        if not self._clock_went_on():
            return 0
        latest = self._clock() - older_than.total_seconds()
        return await self._delete(f"WHERE coalesce(ended_at, started_at + {_LENGTH}) < ?", latest)

    def _clock_went_on(self) -> bool:
        """Whether the clock has gone on as time has, since the last call."""
        before, self._ahead = self._ahead, self._clock() - self._steady()
        return before is not None and abs(self._ahead - before) < JUMP

    async def _delete(self, which: str, *parameters: float) -> int:
        rows = await self._database.execute(f"DELETE FROM transcripts {which} RETURNING id", parameters)  # noqa: S608 - made of constants
        if rows:
            await self._database.scrub()
        return len(rows)


@contextmanager
def _part_of(number: int) -> Iterator[None]:
    """Where something is kept in a transcript: one that was deleted takes nothing more."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            raise
        raise NoSuchTranscript(number) from None


def _summary(row: sqlite3.Row) -> Summary:
    languages = row["languages"].split(",") if row["languages"] else ()
    return Summary(
        id=row["id"],
        room=row["room"],
        title=row["title"],
        language=row["language"],
        started_at=datetime.fromtimestamp(row["started_at"], UTC),
        ended_at=None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC),
        length=row["length"],
        languages=tuple(sorted(languages, key=lambda tag: (tag != row["language"], tag))),
        segments=row["segments"],
    )


def _timed(word: list[Any]) -> Timed:
    text, start, end = word
    return str(text), float(start), float(end)


def _values(caption: Caption) -> tuple[int | str | float | None, ...]:
    return (
        caption.segment,
        caption.language,
        caption.revision,
        caption.text,
        caption.translated_from,
        caption.start,
        caption.end,
    )


def _caption(row: sqlite3.Row) -> Caption:
    return Caption(
        segment=row["segment"],
        revision=row["revision"],
        language=row["language"],
        text=row["text"],
        final=True,
        translated_from=row["translated_from"],
        start=row["starts"],
        end=row["ends"],
    )


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(start=row["starts"], end=row["ends"], reason=row["reason"])
