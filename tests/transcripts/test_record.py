import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.captions import Caption
from appliance.database import Database, DatabaseFailure, open_database
from appliance.state import RoomInUse
from appliance.transcripts.record import NoRecord, TranscriptRecord
from appliance.transcripts.store import TranscriptStore

ROOM = RoomInUse(id="hall", title="Hall", from_language="en-US")


def final(segment: int) -> Caption:
    return Caption(
        segment=segment, revision=1, language="en-US", text=f"{segment}", final=True, start=segment, end=segment
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path) as database:
        yield database


@pytest.fixture
async def store(database: Database) -> TranscriptStore:
    store = TranscriptStore(database)
    await store.open()
    return store


async def test_a_meeting_in_which_nobody_spoke_leaves_no_transcript(store: TranscriptStore) -> None:
    await TranscriptRecord(store, ROOM).end(time.time())
    assert await store.list() == ()


async def test_the_times_of_a_transcript_count_from_the_press_of_the_button(
    store: TranscriptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    monkeypatch.setattr("time.time", pressed.timestamp)
    record = TranscriptRecord(store, ROOM)
    monkeypatch.setattr("time.time", (pressed + timedelta(minutes=5)).timestamp)
    await record.add(final(1))
    [summary] = await store.list()
    assert summary.started_at == pressed


async def test_words_said_after_the_transcript_was_deleted_are_kept_in_another(store: TranscriptStore) -> None:
    record = TranscriptRecord(store, ROOM)
    await record.add(final(1))
    await store.delete_all()
    await record.add(final(2))
    await record.end(time.time())
    [summary] = await store.list()
    assert [e.text for e in (await store.read(summary.id)).entries if isinstance(e, Caption)] == ["2"]


async def test_kept_for_the_session_means_that_the_next_meeting_replaces_the_last(
    store: TranscriptStore,
) -> None:
    for segment in (1, 2):
        record = TranscriptRecord(store, ROOM, alone=True)
        await record.add(final(segment))
        await record.end(time.time())
    [summary] = await store.list()
    assert summary.id == 2


async def test_ending_a_meeting_whose_transcript_was_deleted_does_no_harm(store: TranscriptStore) -> None:
    record = TranscriptRecord(store, ROOM)
    await record.add(final(1))
    await store.delete_all()
    await record.end(time.time())


async def test_what_found_no_room_on_the_disk_is_kept_in_the_same_transcript_when_tried_again(
    store: TranscriptStore, database: Database
) -> None:
    record = TranscriptRecord(store, ROOM)
    long = replace(final(1), text="Good morning. " * 1_000)
    await database.execute("PRAGMA max_page_count = 1")  # which is as much as there is already
    with pytest.raises(DatabaseFailure, match="the disk is full; make room on it"):
        await record.add(long)
    await database.execute("PRAGMA max_page_count = 1000000")
    for item in (long, final(2)):
        await record.add(item)
    [summary] = await store.list()
    assert (await store.read(summary.id)).entries == (long, final(2))


async def test_where_nothing_is_kept_nothing_is_kept() -> None:
    await NoRecord().add(final(1))
    await NoRecord().end(time.time())
