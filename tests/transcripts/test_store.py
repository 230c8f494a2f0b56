import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.captions import Caption, Gap
from appliance.database import Database, open_database
from appliance.transcripts.store import NoSuchTranscript, TranscriptStore

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


class Clock:
    """Noon, until somebody lets time pass."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()

        self.passed = 0.0

    def __call__(self) -> float:
        return self.now

    def steady(self) -> float:
        return self.passed

    def pass_by(self, **span: float) -> None:
        self.passed += timedelta(**span).total_seconds()
        self.set_by(**span)

    def set_by(self, **span: float) -> None:
        self.now += timedelta(**span).total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path) as opened:
        yield opened


@pytest.fixture
async def store(database: Database, clock: Clock) -> TranscriptStore:
    store = TranscriptStore(database, clock=clock, steady=clock.steady)
    await store.open()
    return store


def final(segment: int, text: str = "Good morning.", language: str = "hi-IN", *, start: float = 0.0) -> Caption:
    spoken = None if language == "hi-IN" else "hi-IN"
    return Caption(
        segment=segment,
        revision=3,
        language=language,
        text=text,
        final=True,
        start=start or segment * 2.0,
        end=(start or segment * 2.0) + 1.5,
        translated_from=spoken,
    )


async def test_a_transcript_is_read_as_it_was_spoken(store: TranscriptStore, clock: Clock) -> None:
    number = await store.begin("boardroom", "Board room", "hi-IN")
    gap = Gap(start=3.6, end=5.9, reason="the network was away")
    said: list[Caption | Gap] = [
        final(1),
        final(1, "Goedemorgen.", "nl"),
        gap,
        final(3, "नमस्ते"),
        final(4, "a\0b"),
    ]
    spoken = [*said]
    random.Random(1).shuffle(said)
    for entry in said:
        await store.add(number, entry)
    clock.pass_by(minutes=1)
    await store.end(number)
    transcript = await store.read(number)
    assert list(transcript.entries) == spoken
    summary = transcript.summary
    assert (summary.room, summary.title, summary.language) == ("boardroom", "Board room", "hi-IN")
    assert (summary.started_at, summary.ended_at) == (NOON, NOON + timedelta(minutes=1))
    assert (summary.languages, summary.segments, summary.length) == (("hi-IN", "nl"), 3, 9.5)
    assert summary == (await store.list())[0]


async def test_a_transcript_without_a_word_can_be_listed_and_read(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "en-US")
    (summary,) = await store.list()
    assert (summary.languages, summary.segments, summary.length) == ((), 0, 0.0)
    assert (await store.read(number)).entries == ()


async def test_the_latest_meeting_comes_first(store: TranscriptStore) -> None:
    numbers = [await store.begin("a", "A", "en-US") for _ in range(3)]
    assert [summary.id for summary in await store.list()] == numbers[::-1]


async def test_words_that_may_still_change_are_not_kept(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "en-US")
    interim = Caption(segment=1, revision=1, language="en-US", text="Goo", final=False, start=0, end=1)
    with pytest.raises(ValueError, match="finals only"):
        await store.add(number, interim)
    assert (await store.read(number)).entries == ()


async def test_a_final_that_is_added_again_is_there_once_and_unchanged(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "hi-IN")
    gap = Gap(start=3, end=4, reason="x")
    for entry in (final(1), gap, final(1), gap, final(1, "Something else.")):
        await store.add(number, entry)
    assert (await store.read(number)).entries == (final(1), gap)


async def test_a_box_that_was_switched_off_shows_its_transcript_until_the_last_words(
    store: TranscriptStore, clock: Clock
) -> None:
    number = await store.begin("a", "A", "hi-IN")
    await store.add(number, final(5, start=60.0))
    clock.pass_by(hours=5)
    (summary,) = await store.list()
    assert summary.ended_at is None
    assert summary.until == NOON + timedelta(seconds=61.5)


async def test_a_deleted_transcript_is_gone_from_the_files_too(store: TranscriptStore, tmp_path: Path) -> None:
    number = await store.begin("a", "A", "hi-IN")
    other = await store.begin("b", "B", "hi-IN")
    for segment in range(1, 200):
        await store.add(number, final(segment, "canary " * 20))
        await store.add(other, final(segment, "parrot " * 20))
    await store.delete(number)
    assert [summary.id for summary in await store.list()] == [other]
    assert len((await store.read(other)).entries) == 199
    assert not holds(tmp_path, b"canary")
    assert holds(tmp_path, b"parrot")
    assert await store.delete_all() == 1
    assert not holds(tmp_path, b"parrot")
    assert await store.list() == ()


def holds(folder: Path, word: bytes) -> bool:
    return any(word in path.read_bytes() for path in folder.iterdir())


async def test_a_deleted_number_never_means_another_meeting(store: TranscriptStore) -> None:
    first = await store.begin("a", "A", "en-US")
    await store.delete(first)
    assert await store.begin("a", "A", "en-US") > first


async def test_a_transcript_that_is_not_there_is_told_in_one_sentence(store: TranscriptStore) -> None:
    for attempt in (store.read(7), store.delete(7), store.end(7), store.add(7, final(1))):
        with pytest.raises(NoSuchTranscript, match=r"^There is no transcript 7\.$"):
            await attempt


async def test_deleting_a_meeting_that_goes_on_tells_the_writer_to_begin_anew(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "hi-IN")
    await store.add(number, final(1))
    await store.delete_all()
    with pytest.raises(NoSuchTranscript):
        await store.add(number, final(2))
    with pytest.raises(NoSuchTranscript):
        await store.add(number, Gap(start=1, end=2, reason="x"))


async def test_only_meetings_that_are_old_enough_are_forgotten(store: TranscriptStore, clock: Clock) -> None:
    ended = await store.begin("a", "A", "hi-IN")
    await store.end(ended)
    killed = await store.begin("a", "A", "hi-IN")
    await store.add(killed, final(1, start=3600.0))
    clock.pass_by(minutes=50)
    recent = await store.begin("a", "A", "hi-IN")
    kept = []
    assert not await store.forget(timedelta(minutes=45)), "the first look"
    for _ in range(4):
        await store.forget(timedelta(minutes=45))
        kept.append([summary.id for summary in await store.list()])
        clock.pass_by(minutes=25)
    assert kept == [[recent, killed], [recent, killed], [killed], []]


async def test_a_clock_that_is_wrong_for_a_while_deletes_nothing(store: TranscriptStore, clock: Clock) -> None:
    number = await store.begin("a", "A", "hi-IN")
    await store.end(number)
    clock.set_by(days=40)
    assert not await store.forget(timedelta(days=30)), "right after the start"
    clock.pass_by(hours=1)
    clock.set_by(days=-40)
    for _ in range(3):
        assert not await store.forget(timedelta(days=30))
        clock.pass_by(hours=1)
    clock.set_by(days=40)
    assert not await store.forget(timedelta(days=30))
    clock.pass_by(hours=1)
    assert await store.forget(timedelta(days=30)) == 1, "a clock that stays as it was set is believed"


async def test_a_transcript_ends_when_the_meeting_did(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "hi-IN")
    await store.end(number, ended_at=NOON.timestamp() - 60)
    [summary] = await store.list()
    assert summary.ended_at == NOON - timedelta(minutes=1)


async def test_an_interrupted_caller_can_add_again(store: TranscriptStore) -> None:
    number = await store.begin("a", "A", "hi-IN")
    for segment in range(1, 30):
        task = asyncio.create_task(store.add(number, final(segment)))
        for _ in range(segment % 5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.add(number, final(segment))
    assert list((await store.read(number)).entries) == [final(segment) for segment in range(1, 30)]


SPEAKER = """
import asyncio, sys
from pathlib import Path
from appliance.captions import Caption
from appliance.database import open_database
from appliance.transcripts.store import TranscriptStore

async def main():
    async with open_database(Path(sys.argv[1])) as database:
        store = TranscriptStore(database)
        await store.open()
        number = await store.begin("boardroom", "Boardroom", "en-US")
        for segment in range(1, int(sys.argv[2]) + 1):
            what = {"segment": segment, "revision": 1, "language": "en-US", "final": True}
            text = f"Sentence {segment}."
            await store.add(number, Caption(**what, text=text, start=segment, end=segment + 1))
            print(segment, flush=True)
        await store.end(number)

asyncio.run(main())
"""


def speaker(folder: Path, sentences: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SPEAKER, str(folder), str(sentences)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("sentences", [1, 2, 17])
async def test_a_box_killed_after_a_final_still_has_it(tmp_path: Path, sentences: int) -> None:
    process = speaker(tmp_path, 100_000)
    assert process.stdout is not None
    for _ in range(sentences):
        await asyncio.to_thread(process.stdout.readline)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate, timeout=30)
    async with open_database(tmp_path, mend=True) as database:
        assert database.problem is None
        store = TranscriptStore(database)
        await store.open()
        (summary,) = await store.list()
        assert summary.ended_at is None
        texts = [entry.text for entry in (await store.read(summary.id)).entries if isinstance(entry, Caption)]
    assert texts[:sentences] == [f"Sentence {number}." for number in range(1, sentences + 1)]


async def test_the_command_line_reads_while_the_box_writes(tmp_path: Path) -> None:
    writers = [speaker(tmp_path, 60) for _ in range(2)]
    async with open_database(tmp_path) as database:
        store = TranscriptStore(database)
        await store.open()
        while any(process.poll() is None for process in writers):
            for summary in await store.list():
                segments = [e.segment for e in (await store.read(summary.id)).entries if isinstance(e, Caption)]
                assert segments == [*range(1, len(segments) + 1)]
        for process in writers:
            await asyncio.to_thread(process.communicate, timeout=30)
        assert [process.returncode for process in writers] == [0, 0]
        assert [summary.segments for summary in await store.list()] == [60, 60]
