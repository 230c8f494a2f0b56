import asyncio
import logging
from pathlib import Path

import pytest

from appliance.sound import FRAME_BYTES, Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import ConfigurationFault, Lost, Stream, Words
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.rigs.speech import speak
from tests.vendors.attendi.rig import (
    SAID,
    account,
    conversation,
    everything,
    finals,
    frames,
    opened,
)

LONG = SAID * 3
TRANSCRIBE = "/v1/speech/transcribe"


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*LONG)


@pytest.fixture(scope="module")
def short() -> Path:
    return speak(*SAID)


async def transcribed(wav: Path, emulator: AttendiEmulator, **options: str) -> list[Words]:
    stream = await opened(account(emulator, unit_id="ward"), mode="transcribe", **options)
    return await conversation(stream, wav)


async def test_captions_come_in_spoken_order_though_answers_do_not(meeting: Path) -> None:
    async with AttendiEmulator(sentences=SAID, delays=[1.5, 0, 1]) as emulator:
        words = await transcribed(meeting, emulator, model="MentalHealthCare")
    assert word_error_rate(" ".join(LONG), finals(words)) == 0
    assert len(words) > 2
    starts = [w.start or 0 for w in words]
    assert starts == sorted(starts)
    assert emulator.most_under_way == 2
    assert all(2.9 <= length <= 15 for length in emulator.lengths[:-1])
    assert emulator.requests[0]["config"] == {"model": "MentalHealthCare"}
    assert emulator.requests[0]["unitId"] == "ward"
    assert emulator.requests[0]["metadata"]["userAgent"].startswith("captionbox/")


async def test_a_request_that_fails_is_made_again(short: Path) -> None:
    async with AttendiEmulator(sentences=SAID, refusals={TRANSCRIBE: Refusal(503, times=1)}) as emulator:
        words = await transcribed(short, emulator)
    assert word_error_rate(" ".join(SAID), finals(words)) == 0


async def test_a_wrong_key_is_a_matter_for_a_person(short: Path) -> None:
    async with AttendiEmulator() as emulator:
        stream = await opened(account(emulator, customer_key="ck_wrong"), mode="transcribe")
        with pytest.raises(ConfigurationFault, match="refuses the key"):
            await conversation(stream, short)


async def test_an_answer_that_makes_no_sense_is_lost(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.vendors.attendi.requests.FIRST_WAIT", 0.0)
    async with AttendiEmulator(refusals={TRANSCRIBE: Refusal(200, {"text": "hello"})}) as emulator:
        with pytest.raises(Lost):
            await transcribed(short, emulator)


async def test_closing_drops_what_is_under_way(short: Path) -> None:
    async with AttendiEmulator(delays=[60, 60, 60]) as emulator:
        stream = await opened(account(emulator), mode="transcribe")
        reading = asyncio.create_task(everything(stream))
        for frame in await frames(short):
            await stream.send(frame)
        await stream.finish()
        await stream.close()
        await stream.close()
        assert await reading == []
        with pytest.raises(Lost):
            await talk_on(stream)


async def talk_on(stream: Stream) -> None:
    for _ in range(600):
        await stream.send(Frame(0, bytes(FRAME_BYTES), speech=True))


async def test_no_secret_is_in_any_log(short: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AttendiEmulator(sentences=SAID, key="ck_canary") as emulator:
        stream = await opened(account(emulator, customer_key="ck_canary"), mode="transcribe")
        assert await conversation(stream, short)
        stream = await opened(account(emulator, customer_key="ck_canary2"), mode="transcribe")
        with pytest.raises(ConfigurationFault) as fault:
            await conversation(stream, short)
    assert "canary" not in caplog.text + str(fault.value)
