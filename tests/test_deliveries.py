import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from appliance import deliveries
from appliance.audio import Listener
from appliance.captioning import watch
from appliance.captioning.captioning import RECORDED
from appliance.captioning.ear import MUTED
from appliance.captions import Caption, Gap
from appliance.deliveries import Delivery as Job
from appliance.spool import Job as SpooledJob
from appliance.state import State
from appliance.transcripts.store import LATE
from appliance.vendors import contract
from appliance.vendors.contract import (
    ConfigurationFault,
    Lost,
    Manifest,
    Order,
    Progress,
    Stream,
    Vendor,
    Words,
)
from appliance.vendors.recorded import RecordedStream
from tests.rigs.later import SmallBox, small_box
from tests.rigs.scripted import NoFields
from tests.spool.tones import Tones


@dataclass
class Scribe(Vendor[NoFields, NoFields]):
    """Writes what it is told to, after the meeting."""

    words: list[Words] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    manifest = Manifest(title="Scribe", delivery=contract.Delivery.RECORDING)
    account_model = NoFields
    options_model = NoFields

    async def check(self, account: NoFields) -> str:
        del account
        return "It works."

    async def open(self, account: NoFields, order: Order[NoFields]) -> Stream:
        del account
        return await RecordedStream.open(order)

    async def deliver(
        self, account: NoFields, order: Order[NoFields], job: SpooledJob
    ) -> AsyncGenerator[Words | Progress, None]:
        del account, order, job
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield Progress("Writing.", 0.42)
            await self.goes_on.wait()
            if self.fails:
                raise self.fails.pop(0)
            for words in self.words:
                yield words
        finally:
            self.at_once -= 1


def said(number: int, start: float, end: float, text: str = "hello") -> Words:
    return Words(segment=str(number), text=text, final=True, start=start, end=end)


def tones(seconds: float = 1.0, speed: float = 1_000.0) -> Listener:
    return cast("Listener", Tones(seconds, speed))


@asynccontextmanager
async def box_of(scribe: Scribe, folder: Path) -> AsyncIterator[SmallBox]:
    async with small_box(folder, scribe, NoFields(), NoFields()) as box:
        yield box


async def until(box: SmallBox, condition: Callable[[list[Job]], Any]) -> list[Job]:
    async with asyncio.timeout(10):
        while not condition(jobs := await box.deliveries.all()):  # noqa: ASYNC110 - a page asks now and then
            await asyncio.sleep(0.01)
    return jobs


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "_back_off", lambda _: 0.02)


async def test_people_see_how_far_a_transcript_is(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.5)])
    async with box_of(scribe, tmp_path) as box:
        await box.meet(tones())
        [job] = await until(box, lambda jobs: jobs[0].percent is not None)
        assert (job.sentence, job.percent, job.needs_person) == ("Writing.", 42, False)
        scribe.goes_on.set()
        await box.emptied()
        [caption] = await box.entries()
        assert isinstance(caption, Caption)
        assert (caption.text, caption.segment) == ("hello", LATE)


async def test_one_recording_goes_after_the_other_into_its_own_meeting(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.5)])
    async with box_of(scribe, tmp_path) as box:
        for _ in range(3):
            await box.meet(tones())
        scribe.goes_on.set()
        await box.emptied()
        assert [await box.text(number) for number in (1, 2, 3)] == ["hello"] * 3
    assert scribe.most_at_once == 1


async def test_words_that_were_written_before_a_failure_are_not_written_twice(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.3, "one"), said(1, 0.4, 0.6, "two")])
    scribe.goes_on.set()

    class Interrupted(Scribe):
        async def deliver(self, *order: Any) -> AsyncGenerator[Words | Progress, None]:
            del order
            yield scribe.words[0]
            raise Lost("The network was away.")

    async with box_of(Interrupted(), tmp_path) as box:
        await box.meet(tones())
        await until(box, lambda jobs: "away" in jobs[0].sentence)
        box.vendor = scribe
        await box.emptied()
        assert await box.text() == "one two"


async def test_a_plug_in_that_breaks_down_keeps_no_other_recording_from_its_words(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.3)], fails=[ZeroDivisionError()])
    async with box_of(scribe, tmp_path) as box:
        await box.meet(tones())
        await box.meet(tones())
        scribe.goes_on.set()
        [job] = await until(box, lambda jobs: len(jobs) == 1 and "mistake" in jobs[0].sentence)
        assert job.transcript == 1
        box.deliveries.try_again()
        await box.emptied()


async def test_a_recording_whose_account_is_gone_says_so_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.3)], fails=[ConfigurationFault("The key is wrong.")])
    scribe.goes_on.set()
    async with box_of(scribe, tmp_path) as box:
        await box.meet(tones())
        [job] = await until(box, lambda jobs: jobs[0].needs_person)
        assert job.sentence == "The key is wrong."
        assert box.board.warnings["recordings"] == "A recording waits for its words: The key is wrong."
        box.deliveries.try_again()
        await box.emptied()
        assert "recordings" not in box.board.warnings


async def test_a_recording_outlives_the_database_that_its_transcript_was_in(tmp_path: Path) -> None:
    scribe = Scribe(words=[said(0, 0.1, 0.3)])
    async with box_of(scribe, tmp_path) as box:
        await box.meet(tones())
    for file in await asyncio.to_thread(lambda: list(tmp_path.glob("captionbox.db*"))):
        await asyncio.to_thread(file.unlink)
    scribe.goes_on.set()
    async with box_of(scribe, tmp_path) as box:
        await box.emptied()
        assert await box.text() == "hello"
        [summary] = await box.store.list()
    assert summary.title == "Boardroom"


async def test_sound_that_waited_too_long_is_deleted_and_the_transcript_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scribe = Scribe(fails=[Lost("The network was away.")] * 1_000)
    scribe.goes_on.set()
    async with box_of(scribe, tmp_path) as box:
        await box.meet(tones())
        await until(box, lambda jobs: jobs)
        monkeypatch.setattr(deliveries, "AGE", timedelta(0))
        await box.emptied()
        [gap] = await box.entries()
        assert isinstance(gap, Gap)
        assert gap.reason == "The recording was kept for 30 days, and its words never came."


async def test_nobody_is_told_that_words_are_missing_while_a_meeting_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "TOLD", 0.1)
    monkeypatch.setattr(watch, "STALLED", 0.2)
    async with box_of(Scribe(), tmp_path) as box:
        captioning, _ = box.meeting(tones(2.0, 4.0), live=True)
        running = asyncio.create_task(captioning.run())
        seen = set()
        async with asyncio.timeout(10):
            while not running.done():
                status = box.board.status
                seen.add((status.state, status.reason, status.warning))
                await asyncio.sleep(0.01)
        await running
    assert (State.LIVE, RECORDED, None) in seen
    assert {warning for _, _, warning in seen} == {None}
    assert {state for state, _, _ in seen} <= {State.IDLE, State.CONNECTING, State.LIVE, State.FINISHING}


async def test_a_mute_is_not_recorded_and_words_after_it_have_their_own_time(tmp_path: Path) -> None:
    async with box_of(Scribe(), tmp_path) as box:
        captioning, _ = box.meeting(lambda: tones(1.0, 1.0), live=True)
        running = asyncio.create_task(captioning.run())
        await until(box, lambda jobs: jobs and jobs[0].seconds > 0)
        await captioning.mute()
        before = box.board.status.state
        await asyncio.sleep(2.5)
        captioning.unmute()
        await running
        [job] = box.spool.waiting()
        (_, began), (recorded, start) = job.ticket.marks
        seconds = job.seconds
    assert before is State.MUTED
    assert began == 0.0
    assert start - recorded > 0.5  # some silence is recorded before the vendor rests
    assert seconds - recorded == pytest.approx(1.0, abs=0.1)
    assert [gap.reason for gap in box.published if isinstance(gap, Gap)] == [MUTED, contract.WORDS_LATER]
