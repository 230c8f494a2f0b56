import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from appliance.board import Board
from appliance.captioning import keeping
from appliance.captioning.keeping import UNWRITTEN, Keeper
from appliance.captions import Caption, Gap
from appliance.database import DatabaseFailure


class Paper:
    """A record whose disk can be well, full or stuck."""

    def __init__(self) -> None:
        self.kept: list[Caption | Gap] = []
        self.ended_at: float | None = None
        self.full = False
        self.flows = asyncio.Event()
        self.flows.set()

    async def add(self, item: Caption | Gap) -> None:
        await self._disk()
        if isinstance(item, Caption) and not item.text:
            raise ValueError("A mistake of ours")
        self.kept.append(item)

    async def end(self, ended_at: float) -> None:
        await self._disk()
        self.ended_at = ended_at

    async def _disk(self) -> None:
        await self.flows.wait()
        if self.full:
            raise DatabaseFailure("captionbox.db cannot be used: the disk is full; make room on it")


def final(segment: int, text: str = "Good morning.") -> Caption:
    return Caption(
        segment=segment, revision=1, language="en-US", text=text, final=True, start=segment, end=segment + 1
    )


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
async def keeper(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keeper]:
    """Nobody waits an hour in these tests: whoever goes on does not wait for the disk."""
    monkeypatch.setattr(keeping, "KEEPING", 3600.0)
    monkeypatch.setattr(keeping, "RETRY", 0.01)
    async with Keeper(Board()) as keeper:
        yield keeper


async def until_well(keeper: Keeper) -> None:
    """Until the box does not say any more that the transcript waits."""
    async with asyncio.timeout(20), aclosing(keeper._board.watch()) as watch:
        async for _ in watch:
            if not keeper._board.status.warning:
                return


async def test_what_is_shown_has_been_written_down(keeper: Keeper, paper: Paper) -> None:
    paper.flows.clear()
    adding = asyncio.create_task(keeper.add(paper, final(1)))
    await asyncio.sleep(0.05)
    assert not adding.done()
    paper.flows.set()
    await adding
    assert paper.kept == [final(1)]


async def test_a_stuck_disk_holds_up_one_caption_and_no_other_and_loses_none(
    keeper: Keeper, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.flows.clear()
    monkeypatch.setattr(keeping, "KEEPING", 0.01)
    await keeper.add(paper, final(1))
    monkeypatch.setattr(keeping, "KEEPING", 3600.0)
    assert "The transcript has to wait" in str(keeper._board.status.warning)
    for segment in range(2, 100):
        await keeper.add(paper, final(segment))
    assert not paper.kept
    paper.flows.set()
    await until_well(keeper)
    assert paper.kept == [final(segment) for segment in range(1, 100)]


async def test_a_full_disk_gets_everything_in_order_once_there_is_room(keeper: Keeper, paper: Paper) -> None:
    paper.full = True
    for segment in range(1, 5):
        await keeper.add(paper, final(segment))
    warning = str(keeper._board.status.warning)
    assert warning.startswith("The transcript has to wait, captions go on: ")
    assert warning.endswith("the disk is full; make room on it.")
    paper.full = False
    await until_well(keeper)
    assert paper.kept == [final(segment) for segment in range(1, 5)]


async def test_after_a_bad_time_captions_are_written_before_they_are_shown_again(
    keeper: Keeper, paper: Paper
) -> None:
    paper.full = True
    await keeper.add(paper, final(1))
    paper.full = False
    await until_well(keeper)
    await keeper.add(paper, final(2))
    assert paper.kept == [final(1), final(2)]


async def test_a_disk_that_is_full_for_days_costs_the_oldest_words_and_the_transcript_says_so(
    keeper: Keeper, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "WAITING", 3)
    paper.full = True
    another = Paper()
    for segment in range(1, 10):
        await keeper.add(paper, final(segment))
    await keeper.end(paper)
    await keeper.add(another, final(10))
    paper.full = False
    await until_well(keeper)
    assert paper.kept == [final(1), Gap(start=2, end=10, reason=UNWRITTEN)]
    assert paper.ended_at is not None
    assert another.kept == [final(10)]


async def test_an_entry_that_can_never_be_written_does_not_keep_the_others_from_the_transcript(
    keeper: Keeper, paper: Paper
) -> None:
    await keeper.add(paper, final(1, ""))
    assert "is missing in the transcript" in str(keeper._board.status.warning)
    await keeper.add(paper, final(2))
    assert paper.kept == [final(2)]
    assert not keeper._board.status.warning


async def test_a_meeting_ends_when_it_ended_and_not_when_there_was_room_again(
    keeper: Keeper, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.full = True
    monkeypatch.setattr("time.time", lambda: 1_000.0)
    await keeper.end(paper)
    monkeypatch.setattr("time.time", lambda: 2_000.0)
    paper.full = False
    await until_well(keeper)
    assert paper.ended_at == 1_000.0


async def test_what_waits_when_the_box_stops_is_written_first_if_the_disk_takes_it(paper: Paper) -> None:
    paper.full = True
    async with AsyncExitStack() as stack:
        keeper = await stack.enter_async_context(Keeper(Board()))
        for segment in range(1, 5):
            await keeper.add(paper, final(segment))
        paper.full = False
    assert paper.kept == [final(segment) for segment in range(1, 5)]


async def test_a_disk_that_never_comes_back_does_not_keep_the_box_from_stopping(
    paper: Paper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeping, "LAST", 0.01)
    monkeypatch.setattr(keeping, "KEEPING", 0.01)
    paper.flows.clear()
    async with Keeper(Board()) as keeper:
        await keeper.add(paper, final(1))
        await keeper.add(paper, final(2))
    assert "2 entries are lost" in caplog.text
