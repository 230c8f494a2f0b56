import asyncio
import logging
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr, ValidationError

from appliance import deliveries
from appliance.audio import Listener
from appliance.captioning.captioning import RECORDED
from appliance.captions import Gap
from appliance.state import State
from appliance.testing import word_error_rate
from appliance.vendors.contract import Busy, ConfigurationFault, Delivery, Lost, Order
from appliance.vendors.scriptix import ScriptixVendor, batch
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from tests.emulators.scriptix import ScriptixEmulator
from tests.emulators.scriptix_batch import Batch
from tests.rigs.later import SmallBox, small_box
from tests.rigs.speech import speak
from tests.spool import tones
from tests.spool.tones import Tones

SAID = ["The work will begin in the middle of March.", "The children of the city will be very happy."]
VENDOR = ScriptixVendor()


HEARD = "tone0 tone1"
"""What is understood of a brief meeting."""


def brief() -> Listener:
    return cast("Listener", Tones(2.0, 1_000.0))


def quick() -> ScriptixEmulator:
    return ScriptixEmulator(batch=Batch(ear=tones.listened))


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "POLL", 0.02)
    monkeypatch.setattr(batch, "SETTLING", 0.1)
    monkeypatch.setattr(batch, "SHOWN", 0.01)
    monkeypatch.setattr(deliveries, "_back_off", lambda _: 0.05)


def account(emulator: ScriptixEmulator, key: str | None = None) -> ScriptixAccount:
    return ScriptixAccount(base_url=emulator.url, batch_token=SecretStr(key or emulator.batch_key))


def options(**fields: Any) -> ScriptixOptions:
    return ScriptixOptions.model_validate({"mode": "batch", **fields})


async def fault(box: SmallBox) -> deliveries.Delivery:
    """How a job stands once it cannot go on."""
    async with asyncio.timeout(10):
        while True:
            for job in await box.deliveries.all():
                if job.needs_person or deliveries._AGAIN in job.sentence:
                    return job
            await asyncio.sleep(0.02)


async def test_a_meeting_is_recorded_and_its_transcript_comes_afterwards_with_the_times_of_its_words(
    meeting: Path, tmp_path: Path
) -> None:
    async with (
        ScriptixEmulator(sentences=SAID) as emulator,
        small_box(tmp_path, VENDOR, account(emulator), options(punctuation=False)) as box,
    ):
        captioning, record = box.meeting(meeting)
        running = asyncio.create_task(captioning.run())
        async with asyncio.timeout(10):
            while box.board.status.state is not State.LIVE:  # noqa: ASYNC110 - it is for an instant only
                await asyncio.sleep(0)
        assert box.board.status.reason == RECORDED
        await running
        await record.end(0.0)
        await box.emptied()
        assert word_error_rate(" ".join(SAID), await box.text()) == 0
        assert not any(isinstance(entry, Gap) for entry in await box.entries())
        assert [type(item) for item in box.published] == [Gap]
        late = await box.store.late(1)
        words = [word for timed in late.values() for word in timed]
        assert " ".join(text for text, _, _ in words) == await box.text()
        assert all(0 < start <= end < 10 for _, start, end in words)
        assert [start for _, start, _ in words] == sorted(start for _, start, _ in words)
        [session] = emulator.batch.sessions.values()
    assert session.order == {
        "language": "en",
        "keep_source": False,
        "punctuation": False,
        "multichannel": False,
    }
    assert len(session.uploads) == 1
    assert emulator.batch.keys_at_storage == []
    assert not list((tmp_path / "spool").glob("*"))


async def test_every_field_of_the_document_is_sent_as_it_stands_there(tmp_path: Path) -> None:
    fields = {
        "webhook_url": "https://example.com/done",
        "webhook_method": "PUT",
        "webhook_headers": ["X-Room: boardroom"],
        "keep_source": True,
        "punctuation": True,
        "multichannel": True,
        "document": {"type": "caption"},
        "meta_data": {"room": "boardroom"},
    }
    async with (
        quick() as emulator,
        small_box(tmp_path, VENDOR, account(emulator), options(**fields)) as box,
    ):
        await box.meet(brief())
        await box.emptied()
        [session] = emulator.batch.sessions.values()
    assert session.order == {"language": "en", **fields}


async def test_a_sound_that_scriptix_fetches_itself_is_not_sent(tmp_path: Path) -> None:
    fetched = "https://example.com/meeting.mp3"
    async with (
        quick() as emulator,
        small_box(tmp_path, VENDOR, account(emulator), options(media_source=fetched)) as box,
    ):
        await box.meet(brief())
        await box.emptied()
        [session] = emulator.batch.sessions.values()
    assert session.order["media_source"] == fetched
    assert session.uploads == []


async def test_a_recording_waits_for_the_network_and_goes_on_by_itself(tmp_path: Path) -> None:
    async with quick() as emulator:
        good = account(emulator)
        nowhere = good.model_copy(update={"base_url": "http://127.0.0.1:9"})
        async with small_box(tmp_path, VENDOR, nowhere, options()) as box:
            await box.meet(brief())
            job = await fault(box)
            assert "cannot be reached; check the network. It is tried again by itself." in job.sentence
            assert job.seconds == pytest.approx(2.0, abs=0.1)
            [gap] = await box.entries()
            assert isinstance(gap, Gap)
            box.account = good
            await box.emptied()
            assert await box.text() == HEARD


async def test_an_upload_whose_confirmation_was_lost_is_not_made_again(tmp_path: Path) -> None:
    async with quick() as emulator:
        emulator.batch.drops_answer = 1
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            await box.emptied()
            assert await box.text() == HEARD
        [session] = emulator.batch.sessions.values()
    assert len(session.uploads) == 1


async def test_a_session_that_scriptix_has_forgotten_is_begun_anew(tmp_path: Path) -> None:
    async with quick() as emulator:
        emulator.batch.works = 1e9
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            async with asyncio.timeout(10):
                while not any(s.uploads for s in emulator.batch.sessions.values()):  # noqa: ASYNC110 - a server
                    await asyncio.sleep(0.02)
            emulator.batch.sessions.clear()
            emulator.batch.works = 0.0
            await box.emptied()
            assert await box.text() == HEARD


async def test_a_transcript_that_scriptix_cannot_make_is_told_in_its_words(tmp_path: Path) -> None:
    async with quick() as emulator:
        emulator.batch.fails = "No speech found"
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            job = await fault(box)
            assert job.needs_person
            assert job.sentence == "Scriptix could make no transcript of this. It says: “No speech found”"
            assert job.sentence in (box.board.status.warning or "")
            assert await box.deliveries.delete(job.id)
            [gap] = await box.entries()
            assert isinstance(gap, Gap)
            assert gap.reason == "The recording was deleted before its words came."


async def test_a_transcript_that_was_deleted_takes_its_recording_along(tmp_path: Path) -> None:
    async with quick() as emulator:
        emulator.batch.refusals["session"] = [(503, {})] * 1_000
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            await fault(box)
            await box.store.delete(1)
            await box.emptied()
        assert not list((tmp_path / "spool").glob("*"))


@pytest.mark.parametrize(
    ("step", "status", "sentence"),
    [
        ("session", 400, "Scriptix does not know the language of this room; set one that your account has."),
        ("session", 401, "Scriptix refuses the batch token; copy a token of the type “batch” again from"),
        ("session", 402, "it is unpaid, or its plan is used up"),
        ("session", 403, "The batch token may not do this"),
        ("session", 415, "Scriptix does not take content of this kind; check base_url, and update the box."),
        ("session", 422, "Scriptix does not accept an option of this room."),
        ("upload-url", 401, "Scriptix refuses the batch token"),
        ("storage", 413, "The recording is too large for Scriptix."),
        ("result", 418, "Scriptix is not at this address (HTTP status 418); check base_url."),
    ],
)
async def test_what_needs_a_person_is_said_in_one_sentence_and_kept(
    tmp_path: Path, step: str, status: int, sentence: str
) -> None:
    async with quick() as emulator:
        emulator.batch.refusals[step] = [(status, {"error": {"message": "Details"}})]
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            job = await fault(box)
            assert job.needs_person
            assert sentence in job.sentence
            assert job.sentence.endswith("It says: “Details”")
            box.deliveries.try_again()
            await box.emptied()
            assert await box.text() == HEARD


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("session", 500),
        ("session", 429),
        ("upload-url", 503),
        ("storage", 403),
        ("status", 502),
        ("result", 500),
    ],
)
async def test_what_passes_is_tried_again_and_nothing_is_sent_twice(
    tmp_path: Path, step: str, status: int
) -> None:
    async with quick() as emulator:
        emulator.batch.refusals[step] = [(status, {})] * 2
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            await box.emptied()
            assert await box.text() == HEARD
        [session] = emulator.batch.sessions.values()
    assert len(session.uploads) == 1


async def test_where_no_transcripts_are_kept_a_recording_is_refused_with_a_reason() -> None:
    async with ScriptixEmulator() as emulator:
        order = Order(from_language="en-US", to_languages=(), options=options())
        assert VENDOR.delivery(order) is Delivery.RECORDING
        with pytest.raises(ConfigurationFault, match="none are kept here"):
            await VENDOR.open(account(emulator), order)


async def test_each_mode_names_the_token_that_it_lacks() -> None:
    order = Order(from_language="en-US", to_languages=(), options=options())
    with pytest.raises(ConfigurationFault, match="need a batch token"):
        await VENDOR.open(ScriptixAccount(realtime_token=SecretStr("a")), order)
    live = Order(from_language="en-US", to_languages=(), options=ScriptixOptions())
    with pytest.raises(ConfigurationFault, match="need a realtime token"):
        await VENDOR.open(ScriptixAccount(batch_token=SecretStr("a")), live)
    with pytest.raises(ValidationError, match="realtime_token, a batch_token, or both"):
        ScriptixAccount()


async def test_the_check_tells_a_good_batch_token_a_wrong_one_a_busy_vendor_and_no_network() -> None:
    async with ScriptixEmulator() as emulator:
        assert await VENDOR.check(account(emulator)) == (
            "Scriptix accepts the batch token. No sound was sent, so this cost nothing."
        )
        with pytest.raises(ConfigurationFault, match="refuses the batch token") as wrong:
            await VENDOR.check(account(emulator, "canary-4711"))
        assert "canary" not in str(wrong.value)
        emulator.batch.a_minute = 1
        with pytest.raises(Busy):
            await VENDOR.check(account(emulator))
        assert emulator.batch.sessions == {}
    with pytest.raises(Lost):
        await VENDOR.check(account(emulator))


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_url": "http://example.com/done"},
        {"webhook_url": "https://localhost/done"},
        {"webhook_url": "https://192.0.2.7/done"},
        {"webhook_method": "PUT"},
        {"webhook_headers": ["X-Room: boardroom"]},
        {"webhook_url": "https://example.com/", "webhook_headers": ["no colon"]},
        {"webhook_url": "https://example.com/", "webhook_headers": ["X: a\nY: b"]},
        {"webhook_url": "https://example.com/", "webhook_method": "GET"},
        {"media_source": "file:///etc/passwd"},
        {"meta_data": {"key": 7}},
        {"document": {"text": "x" * 5_000}},
    ],
)
def test_an_option_that_scriptix_would_refuse_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**wrong)


async def test_the_token_is_in_no_log_and_not_in_the_spool(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary-4711"
    async with ScriptixEmulator(batch_key=canary) as emulator:
        emulator.batch.refusals["status"] = [(500, {"error": f"no {canary}"})] * 1_000
        async with small_box(tmp_path, VENDOR, account(emulator), options()) as box:
            await box.meet(brief())
            job = await fault(box)
            assert "canary" not in str(job)
            [ticket] = (tmp_path / "spool").glob("*/job.json")
            assert canary not in ticket.read_text()
    assert "canary" not in caplog.text
