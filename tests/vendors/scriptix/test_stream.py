import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from appliance.audio import listen
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Ending,
    Lost,
    Notice,
    Order,
    Planned,
    Stream,
    VendorFailure,
    Words,
)
from appliance.vendors.scriptix import ScriptixVendor
from appliance.vendors.scriptix import stream as streams
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from tests.emulators.scriptix import Dialect, ScriptixEmulator
from tests.rigs.speech import speak

SAID = ["The work will begin in the middle of March.", "The children of the city will be very happy."]
VENDOR = ScriptixVendor()
WAITING = 10.0
QUIET = Frame(0.0, bytes(FRAME_BYTES))


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


def account(emulator: ScriptixEmulator, key: str | None = None) -> ScriptixAccount:
    return ScriptixAccount(base_url=emulator.url, realtime_token=SecretStr(key or emulator.key))


async def opened(
    emulator: ScriptixEmulator, *, key: str | None = None, language: str = "en-US", **options: Any
) -> Stream:
    order = Order(from_language=language, to_languages=(), options=ScriptixOptions(**options))
    return await VENDOR.open(account(emulator, key), order)


async def frames(wav: Path) -> list[Frame]:
    async with listen(f"file:{wav}", paced=False) as listener:
        return [heard async for heard in listener if isinstance(heard, Frame)]


async def speaking(stream: Stream, wav: Path, *, paced: bool = False) -> None:
    for frame in await frames(wav):
        await stream.send(frame)
        if paced:
            await asyncio.sleep(FRAME_SECONDS)
    await stream.finish()


async def everything(stream: Stream) -> list[Words | Notice | Ending]:
    return [event async for event in stream if isinstance(event, Words | Notice | Ending)]


async def conversation(stream: Stream, wav: Path, *, paced: bool = False) -> list[Words | Notice | Ending]:
    try:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            events = group.create_task(everything(stream))
            await speaking(stream, wav, paced=paced)
        return events.result()
    finally:
        await stream.close()


def finals(events: list[Words | Notice | Ending]) -> list[Words]:
    return [e for e in events if isinstance(e, Words) and e.final]


def heard(events: list[Words | Notice | Ending]) -> str:
    return " ".join(words.text for words in finals(events))


async def broken(stream: Stream) -> VendorFailure:
    """What the iteration says of a stream that is sent silence."""

    async def humming() -> None:
        while True:
            await stream.send(QUIET)
            await asyncio.sleep(0.001)

    hum = asyncio.create_task(humming())
    try:
        async with asyncio.timeout(WAITING):
            with pytest.raises(VendorFailure) as failure:
                await everything(stream)
            with pytest.raises(VendorFailure) as sending:
                await hum
        assert type(sending.value) is type(failure.value)
        return failure.value
    finally:
        hum.cancel()
        await stream.close()


async def test_what_is_said_in_real_time_is_written_with_its_tail(meeting: Path) -> None:
    async with ScriptixEmulator(sentences=SAID) as emulator:
        events = await conversation(await opened(emulator), meeting, paced=True)
    assert word_error_rate(" ".join(SAID), heard(events)) == 0
    first, second = finals(events)
    assert events.index(first) > 1
    assert first.start is not None
    assert first.end is not None
    assert second.start is not None
    assert 0 < first.start < first.end < second.start
    assert first.segment != second.segment
    assert emulator.sound == len(await frames(meeting)) * FRAME_BYTES
    assert set(emulator.sent[:-1]) == {3200}


@pytest.mark.parametrize("dialect", ["offset", "whisper", "gstreamer"])
async def test_every_way_of_writing_results_gives_the_same_words(meeting: Path, dialect: Dialect) -> None:
    async with ScriptixEmulator(sentences=SAID, dialect=dialect) as emulator:
        events = await conversation(await opened(emulator), meeting)
    assert word_error_rate(" ".join(SAID), heard(events)) == 0


async def test_a_last_word_without_a_pause_after_it_is_not_lost(meeting: Path) -> None:
    spoken = await frames(meeting)
    async with ScriptixEmulator(sentences=SAID) as emulator:
        stream = await opened(emulator)
        for frame in spoken[: len(spoken) - 24]:
            await stream.send(frame)
        await stream.finish()
        events = await everything(stream)
        await stream.close()
    assert heard(events).endswith("very happy")


async def test_the_rooms_options_and_language_reach_the_vendor(meeting: Path) -> None:
    async with ScriptixEmulator(sentences=SAID) as emulator:
        stream = await opened(emulator, language="nl-NL", partial=False, actual_numbers=True, type="quality")
        events = await conversation(stream, meeting)
    assert emulator.queries == [{"language": "nl", "type": "quality"}]
    assert emulator.starts == [{"action": "start", "partial": False, "actual_numbers": True}]
    assert all(event.final for event in events if isinstance(event, Words))


async def test_a_model_that_loads_long_is_waited_for_and_people_are_told(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.1)
    async with ScriptixEmulator(sentences=SAID, loading=0.8) as emulator:
        events = await conversation(await opened(emulator), meeting)
    assert isinstance(events[0], Notice)
    assert "warming up, 1 to 5 minutes" in events[0].sentence
    assert word_error_rate(" ".join(SAID), heard(events)) == 0


@pytest.mark.parametrize("may_wake", [True, False])
async def test_a_service_that_sleeps_is_woken_and_people_are_told(
    meeting: Path, monkeypatch: pytest.MonkeyPatch, *, may_wake: bool
) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.1)
    monkeypatch.setattr(streams, "POLL", 0.1)
    async with ScriptixEmulator(
        sentences=SAID, state="scaled_down", warm_up=0.5, may_wake=may_wake
    ) as emulator:
        events = await conversation(await opened(emulator), meeting)
    assert isinstance(events[0], Notice)
    assert word_error_rate(" ".join(SAID), heard(events)) == 0


async def test_a_service_that_never_wakes_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.05)
    monkeypatch.setattr(streams, "POLL", 0.05)
    monkeypatch.setattr(streams, "WARM_UP", 0.3)
    async with ScriptixEmulator(state="starting") as emulator:
        failure = await broken(await opened(emulator))
    assert isinstance(failure, Busy)
    assert "did not warm up" in str(failure)


async def test_closing_or_finishing_does_not_wait_for_a_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.05)
    async with ScriptixEmulator(state="starting") as emulator:
        for leave in ("close", "finish"):
            stream = await opened(emulator)
            reading = asyncio.create_task(everything(stream))
            sending = asyncio.create_task(stream.send(QUIET))
            await asyncio.sleep(0)
            async with asyncio.timeout(WAITING):
                await getattr(stream, leave)()
                assert await reading == [Notice(streams.WARMING)]
                with pytest.raises(Lost):
                    await sending
            await stream.close()
            await stream.close()


@pytest.mark.parametrize("objection", [False, True])
async def test_a_wrong_key_is_told_at_once_and_not_repeated(*, objection: bool) -> None:
    async with ScriptixEmulator(objection=objection) as emulator:
        with pytest.raises(ConfigurationFault, match="refuses the realtime token") as failure:
            await opened(emulator, key="canary-4711")
    assert "canary" not in str(failure.value)


async def test_a_batch_token_in_its_place_is_told() -> None:
    async with ScriptixEmulator() as emulator:
        with pytest.raises(ConfigurationFault, match="“Token type is not realtime”"):
            await opened(emulator, key=emulator.batch_key)


async def test_a_language_that_the_account_lacks_is_refused_in_the_vendors_words() -> None:
    async with ScriptixEmulator() as emulator:
        with pytest.raises(ConfigurationFault, match="Invalid language"):
            await opened(emulator, language="hi-IN")


async def test_a_busy_vendor_says_how_long_to_wait() -> None:
    refusal = (429, {"error": "rate_limit_exceeded"}, {"Retry-After": "7"})
    async with ScriptixEmulator(refusal=refusal) as emulator:
        with pytest.raises(Busy) as busy:
            await opened(emulator)
    assert busy.value.wait == 7


@pytest.mark.parametrize("raw", ["[1]", '{"error": "Decoder crashed"}'])
async def test_a_vendor_that_makes_no_sense_is_lost_and_the_box_stays_up(raw: str) -> None:
    async with ScriptixEmulator(raw=[raw]) as emulator:
        assert isinstance(await broken(await opened(emulator)), Lost)


async def test_an_objection_in_mid_stream_reaches_the_administrator() -> None:
    async with ScriptixEmulator(raw=['{"error": "Token expired"}']) as emulator:
        failure = await broken(await opened(emulator))
    assert isinstance(failure, ConfigurationFault)
    assert "expired" in str(failure)


async def test_an_announced_end_is_passed_on(meeting: Path) -> None:
    async with ScriptixEmulator(sentences=SAID, shuts_down_in=600) as emulator:
        events = await conversation(await opened(emulator), meeting)
    [ending] = [e for e in events if isinstance(e, Ending)]
    assert 590 < ending.seconds <= 600
    assert word_error_rate(" ".join(SAID), heard(events)) == 0


async def test_the_end_that_was_announced_is_no_fault() -> None:
    async with ScriptixEmulator(shuts_down_in=1, drop_after=0.5) as emulator:
        assert isinstance(await broken(await opened(emulator)), Planned)


async def test_a_vendor_that_stops_by_itself_wants_a_new_stream() -> None:
    async with ScriptixEmulator(raw=['{"state": "stopped"}']) as emulator:
        assert isinstance(await broken(await opened(emulator)), Planned)


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (1000, "", Planned),
        (1011, "", Lost),
        (1008, "invalid token scx-realtime-key", ConfigurationFault),
        (1013, "too many connections", Busy),
    ],
)
async def test_a_vendor_that_hangs_up_is_understood_by_its_words(
    code: int, reason: str, kind: type[VendorFailure]
) -> None:
    async with ScriptixEmulator(hangs_up=(code, reason)) as emulator:
        failure = await broken(await opened(emulator))
        assert type(failure) is kind
        assert emulator.key not in str(failure)


async def test_last_words_that_never_come_are_not_waited_for_for_ever(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "TAIL", 0.2)
    async with ScriptixEmulator(sentences=SAID, answers_stop=False) as emulator:
        stream = await opened(emulator)
        with pytest.raises(ExceptionGroup) as failures:
            await conversation(stream, meeting)
    [failure] = failures.value.exceptions
    assert isinstance(failure, Lost)
    assert "last words" in str(failure)


async def test_the_check_tells_a_good_key_a_wrong_one_an_unpaid_one_and_no_network() -> None:
    said = []
    async with ScriptixEmulator() as emulator:
        said.append(await VENDOR.check(account(emulator)))
        with pytest.raises(ConfigurationFault) as wrong:
            await VENDOR.check(account(emulator, "canary-4711"))
        emulator.refusal = (402, {"message": "Payment required"}, {})
        with pytest.raises(ConfigurationFault) as unpaid:
            await VENDOR.check(account(emulator))
        emulator.refusal = (401, {"message": "Token expired"}, {})
        with pytest.raises(ConfigurationFault) as expired:
            await VENDOR.check(account(emulator))
        emulator.state = "scaled_down"
        said.append(await VENDOR.check(account(emulator)))
        assert emulator.state == "scaled_down"
        assert emulator.sound == 0
    with pytest.raises(Lost) as nobody:
        await VENDOR.check(account(emulator))
    said += [str(failure.value) for failure in (wrong, unpaid, expired, nobody)]
    assert len(set(said)) == 6
    assert "accepts" in said[0]


async def test_the_key_is_in_no_log_and_no_representation(
    meeting: Path, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "canary-4711"
    caplog.set_level(logging.DEBUG)
    async with ScriptixEmulator(key=canary, sentences=SAID, raw=["{}"]) as emulator:
        stream = await opened(emulator)
        assert canary not in repr(stream)
        assert canary not in repr(account(emulator))
        await conversation(stream, meeting)
        with pytest.raises(ConfigurationFault) as failure:
            await opened(emulator, key="canary-0815")
    assert "canary" not in caplog.text
    assert "canary" not in repr(failure.value)
