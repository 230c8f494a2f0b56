import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from appliance import deliveries
from appliance.captions import Caption, Gap
from appliance.state import State, Status
from appliance.testing import word_error_rate
from appliance.vendors.attendi import AttendiVendor, requests
from appliance.vendors.attendi.config import AttendiOptions
from appliance.vendors.contract import WORDS_LATER
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.rigs.later import SmallBox, small_box
from tests.rigs.speech import SAID, speak
from tests.vendors.attendi.rig import account

TRANSCRIBE = "/v1/speech/transcribe"


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_back_off", lambda _: 0.05)
    monkeypatch.setattr(deliveries, "_back_off", lambda _: 0.05)


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


@asynccontextmanager
async def room(folder: Path, emulator: AttendiEmulator) -> AsyncIterator[SmallBox]:
    options = AttendiOptions(mode="transcribe")
    async with small_box(folder, AttendiVendor(), account(emulator), options) as box:
        yield box


async def until(box: SmallBox, condition: Callable[[Status], bool]) -> Status:
    async with asyncio.timeout(20), aclosing(box.board.watch()) as watch:
        async for _ in watch:
            if condition(box.board.status):
                return box.board.status
    raise AssertionError


@pytest.mark.parametrize("status", [503, 429])
async def test_what_is_said_while_attendi_is_away_is_captioned_in_order_once_it_is_back(
    meeting: Path, tmp_path: Path, status: int
) -> None:
    refusal = Refusal(status, {"message": "not now"})
    async with (
        AttendiEmulator(sentences=SAID, refusals={TRANSCRIBE: refusal}) as emulator,
        room(tmp_path, emulator) as box,
    ):
        captioning, record = box.meeting(meeting, live=True)
        running = asyncio.create_task(captioning.run())
        away = await until(box, lambda s: s.state is State.RECONNECTING)
        assert (away.reason or "").endswith(requests.KEPT)
        [folder] = (tmp_path / "spool").glob("*")
        assert len(list(folder.glob("*.flac"))) == 1
        await until(box, lambda s: len(list(folder.glob("*.flac"))) > 1 or s.state is State.FINISHING)
        refusal.times = 0
        await until(box, lambda s: s.state is not State.RECONNECTING)
        await running
        await record.end(0.0)
        await box.emptied()
        entries = await box.entries()
    assert word_error_rate(" ".join(SAID), " ".join(e.text for e in entries if isinstance(e, Caption))) == 0
    assert not any(isinstance(entry, Gap) for entry in entries)
    shown = [item for item in box.published if isinstance(item, Caption)]
    assert [c.start for c in shown] == sorted(c.start for c in shown)
    assert not list((tmp_path / "spool").glob("*"))


async def test_what_could_not_be_captioned_in_the_meeting_lands_in_its_transcript_after_a_restart(
    meeting: Path, tmp_path: Path
) -> None:
    refusal = Refusal(503)
    async with AttendiEmulator(sentences=SAID, refusals={TRANSCRIBE: refusal}) as emulator:
        async with room(tmp_path, emulator) as box:
            await box.meet(meeting)
            [gap] = await box.entries()
            assert isinstance(gap, Gap)
            assert gap.reason == WORDS_LATER
            [job] = await box.deliveries.all()
            assert job.seconds > 5
        refusal.times = 0
        async with room(tmp_path, emulator) as box:
            await box.emptied()
            entries = await box.entries()
            late = await box.store.late(1)
    assert word_error_rate(" ".join(SAID), " ".join(e.text for e in entries if isinstance(e, Caption))) == 0
    assert not any(isinstance(entry, Gap) for entry in entries)
    assert {e.segment for e in entries if isinstance(e, Caption)} == late.keys()
    starts = [entry.start for entry in entries]
    assert starts == sorted(starts)
    assert starts[0] == pytest.approx(gap.start, abs=0.1)


async def test_words_that_were_captioned_just_before_a_power_cut_are_not_written_twice(
    meeting: Path, tmp_path: Path
) -> None:
    refusal = Refusal(503)
    async with (
        AttendiEmulator(sentences=SAID, refusals={TRANSCRIBE: refusal}) as emulator,
        room(tmp_path, emulator) as box,
    ):
        await box.meet(meeting)
        [folder] = (tmp_path / "spool").glob("*")
        first, *_ = sorted(folder.glob("*.flac"))
        start, end = (int(part) / 1000 for part in first.stem.split("-")[1:])
        shown = Caption(segment=1, revision=1, language="en-US", text="told", final=True, start=start, end=end)
        await box.store.add(1, shown)
        refusal.times = 0
        await box.emptied()
        texts = [entry.text for entry in await box.entries() if isinstance(entry, Caption)]
    assert texts[0] == "told"
    assert "seven" not in " ".join(texts)
    assert "water" in texts[-1]
