import asyncio
import os
import random
import stat
from pathlib import Path

import pytest

from appliance.sound import FRAME_BYTES, FRAME_SECONDS, SAMPLE_BYTES, SAMPLE_RATE, Frame
from appliance.spool import Job, Spool, SpoolFull, Ticket
from appliance.spool import job as jobs
from appliance.spool.sound import read_packed
from appliance.vendors.contract import Later, Lost, Order, Shelf, VendorModel
from appliance.vendors.recorded import RecordedStream
from tests.spool import tones


def ticket(**changes: object) -> Ticket:
    fields = {
        "account": "acme",
        "vendor": "Acme",
        "room": "boardroom",
        "title": "Boardroom",
        "transcript": 1,
        "part": 0,
        "created_at": 1_800_000_000.0,
        "from_language": "en-US",
        "to_languages": (),
        "options": {},
    }
    return Ticket.model_validate(fields | changes)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", free=0, share=1.0)


class OneJob(Shelf):
    """A shelf with room for one job."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def keeps(self) -> bool:
        return True

    async def begin(self, order: Order[VendorModel]) -> Job:
        del order
        return self._job


async def recording(job: Job) -> RecordedStream:
    order = Order(from_language="en-US", to_languages=(), options=VendorModel(), shelf=OneJob(job))
    return await RecordedStream.open(order)


def frame(number: int, *, start: float | None = None) -> Frame:
    samples = FRAME_BYTES // SAMPLE_BYTES
    at = number * FRAME_SECONDS if start is None else start
    return Frame(at, tones.pcm(number * samples, samples), speech=True)


async def talk(stream: RecordedStream, first: int, end: int) -> None:
    for number in range(first, end):
        await stream.send(frame(number))


async def test_a_power_cut_costs_less_than_a_second_of_sound(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda handle: safe.append(os.fstat(handle).st_size))
    stream = await recording(await spool.begin(ticket()))
    for number in range(300):
        on_disk = safe[-1] / SAMPLE_BYTES / SAMPLE_RATE if safe else 0.0
        assert number * FRAME_SECONDS - on_disk < 1.0
        await stream.send(frame(number))
    await stream.close()
    assert safe[-1] == 300 * FRAME_BYTES


async def test_a_recording_that_was_cut_off_at_any_byte_is_whole_up_to_there(spool: Spool) -> None:
    moments = random.Random(1)
    sound = tones.pcm(0, 3 * SAMPLE_RATE)
    for _ in range(20):
        job = await spool.begin(ticket())
        await job.record(sound)
        job.release()
        size = moments.randrange(2, len(sound))
        os.truncate(job.folder / jobs.RAW, size)
        [again] = Spool(job.folder.parent, free=0, share=1.0).waiting()
        packed = await again.recording()
        assert packed
        assert read_packed(packed) == sound[: size // 2 * 2]
        assert not (job.folder / jobs.RAW).exists()
        again.remove()


async def test_a_power_cut_while_a_recording_is_packed_loses_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await spool.begin(ticket())
    await job.record(tones.pcm(0, SAMPLE_RATE))
    job.release()
    (job.folder / f".{jobs.PACKED}.new").write_bytes(b"half a file")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _fails)
        with pytest.raises(OSError, match="power"):
            await job.recording()
    packed = await job.recording()
    assert packed
    assert read_packed(packed) == tones.pcm(0, SAMPLE_RATE)


def _fails(*_: object) -> None:
    raise OSError("power")


async def test_the_times_of_a_recording_leave_out_what_was_muted(spool: Spool) -> None:
    job = await spool.begin(ticket())
    stream = await recording(job)
    for number in range(100):
        await stream.send(frame(number, start=7.0 + number * FRAME_SECONDS + (60.0 if number >= 50 else 0.0)))
    told = asyncio.create_task(_everything(stream))
    await stream.finish()
    assert await told == [Later(0.0, 100 * FRAME_SECONDS)]
    [again] = spool.waiting()
    assert again.ticket.at(0.0) == pytest.approx(7.0)
    assert again.ticket.at(49 * FRAME_SECONDS) == pytest.approx(7.0 + 49 * FRAME_SECONDS)
    assert again.ticket.at(51 * FRAME_SECONDS) == pytest.approx(67.0 + 51 * FRAME_SECONDS)


async def _everything(stream: RecordedStream) -> list[Later]:
    return [event async for event in stream]


async def test_only_the_box_may_read_what_was_said(spool: Spool, tmp_path: Path) -> None:
    job = await spool.begin(ticket())
    await job.record(bytes(100))
    await job.put(1, 0.0, 1.0, bytes(100))
    await job.keep(step=1)
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in job.folder.iterdir()} == {0o600}


async def test_a_full_disk_is_said_in_one_sentence_and_what_was_recorded_stays(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await spool.begin(ticket())
    stream = await recording(job)
    for number in range(100):
        await stream.send(frame(number))
    monkeypatch.setattr(jobs, "LOOKED", 1)
    monkeypatch.setattr(spool, "_free", 1 << 60)
    with pytest.raises(Lost, match=r"nearly full.* make room on it, or delete recordings"):
        await talk(stream, 100, 200)
    with pytest.raises(SpoolFull):
        await spool.begin(ticket())
    with pytest.raises(Lost):
        await stream.close()
    monkeypatch.setattr(spool, "_free", 0)
    [again] = spool.waiting()
    assert again.seconds > 3
    monkeypatch.setattr(spool, "_share", 0.0)
    with pytest.raises(SpoolFull):
        spool.check_room()
    assert list((tmp_path / "spool").iterdir()) == [again.folder]


async def test_a_disk_that_fails_is_no_crash(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = await recording(await spool.begin(ticket()))
    monkeypatch.setattr(os, "fdatasync", _fails)
    with pytest.raises(Lost, match="the disk does not take it"):
        await talk(stream, 0, 100)


async def test_utterances_wait_in_the_order_in_which_they_were_spoken(spool: Spool) -> None:
    job = await spool.begin(ticket())
    for number in (2, 0, 1):
        await job.put(number, 10.0 * number, 10.0 * number + 3.5, tones.pcm(number, 1000))
    job.release()
    [again] = spool.waiting()
    pieces = again.pieces()
    assert [piece.number for piece in pieces] == [0, 1, 2]
    assert (pieces[2].start, pieces[2].end) == (20.0, 23.5)
    assert await pieces[1].pcm() == tones.pcm(1, 1000)
    assert again.seconds == pytest.approx(10.5)


async def test_what_the_vendor_has_told_survives_a_restart(spool: Spool) -> None:
    job = await spool.begin(ticket())
    await job.record(bytes(100))
    await job.keep(session="s1")
    await job.keep(upload="done")
    job.release()
    [again] = spool.waiting()
    assert again.kept == {"session": "s1", "upload": "done"}


async def test_a_job_without_sound_leaves_nothing_behind(spool: Spool, tmp_path: Path) -> None:
    job = await spool.begin(ticket())
    assert spool.waiting() == []
    job.release()
    assert not list((tmp_path / "spool").iterdir())


async def test_a_damaged_job_stops_no_other(spool: Spool, tmp_path: Path) -> None:
    for _ in range(2):
        job = await spool.begin(ticket())
        await job.record(bytes(100))
        job.release()
    (job.folder / jobs.TICKET).write_text("{")
    assert len(spool.waiting()) == 1
    half_begun = tmp_path / "spool" / ".20270115-080000-aaaaaa.new"
    half_begun.mkdir()
    spool.tidy()
    assert not half_begun.exists()


async def test_a_recording_that_begins_while_the_box_tidies_up_is_not_swept_away(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(folder: Path, ticket: Ticket) -> None:
        spool.tidy()
        jobs.write_ticket(folder, ticket)

    monkeypatch.setattr("appliance.spool.spool.write_ticket", meanwhile)
    assert (await spool.begin(ticket())).exists
