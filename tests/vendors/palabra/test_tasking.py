"""Pauses and live changes of a speech-to-speech task."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from appliance.audio import listen
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import ConfigurationFault, Lost, VendorFailure
from appliance.vendors.palabra import PalabraVendor, tasking
from tests.emulators import palabra
from tests.emulators.palabra import Fault
from tests.rigs.speech import speak
from tests.vendors.palabra.meeting import PAIR, SAID, account, emulator, held, order

SILENCE = Frame(0, bytes(FRAME_BYTES))


@pytest.fixture(scope="module")
def remarks() -> tuple[Path, ...]:
    return tuple(speak(sentence) for sentence in SAID)


async def frames_of(wav: Path) -> list[Frame]:
    async with listen(f"file:{wav}", paced=False) as listener:
        return [heard async for heard in listener if isinstance(heard, Frame)]


async def test_words_after_a_quarter_of_a_minute_of_pause_come_back_whole_and_the_pause_costs_nothing(
    remarks: tuple[Path, ...],
) -> None:
    async with emulator() as served, held(account(served), order("de", mode="s2s")) as meeting:
        await meeting.say(remarks[0])
        assert await meeting.stream.pause()
        before = served.billed, served.heard, len(served.warnings)
        await asyncio.sleep(15)
        assert (served.billed, served.heard, len(served.warnings)) == before
        await meeting.say(remarks[1])
    assert word_error_rate(" ".join(SAID), meeting.text) == 0
    assert [w.text for w in meeting.finals("de")] == [f"de: {w.text}" for w in meeting.finals()]
    assert served.commands == ["set_task", "pause_task", "set_task", "end_task"]
    assert served.tasks[0] == served.tasks[1]
    assert served.complaints == []


async def test_what_is_said_while_the_vendor_wakes_up_is_not_lost(remarks: tuple[Path, ...]) -> None:
    async with (
        emulator(readiness="poll", patience=4.0) as served,
        held(account(served, **PAIR), order(mode="s2s")) as meeting,
    ):
        await meeting.say(remarks[0])
        assert await meeting.stream.pause()
        served.late = 1.0
        saved_up = await frames_of(remarks[1])
        await asyncio.gather(*(meeting.stream.send(frame) for frame in saved_up))
    assert word_error_rate(" ".join(SAID), meeting.text) == 0
    assert served.complaints == []
    assert not served.sessions


async def test_pausing_again_and_again_stays_within_the_limits_of_the_vendor() -> None:
    async with emulator(patience=4) as served, held(account(served), order(mode="s2s")) as meeting:
        for _ in range(2):
            await meeting.stream.send(SILENCE)
            assert await meeting.stream.pause()
            assert await meeting.stream.pause()
    assert served.commands == ["set_task", "pause_task", "set_task", "pause_task", "end_task"]
    assert served.complaints == []
    assert served.heard == pytest.approx(2 * FRAME_SECONDS)


async def test_sound_that_comes_too_slowly_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palabra, "WINDOW", 0.8)
    async with emulator() as served, held(account(served), order(mode="s2s")) as meeting:
        while not meeting.notices:
            await asyncio.gather(*(meeting.stream.send(SILENCE) for _ in range(10)))
            await asyncio.sleep(0.6)
    assert served.warnings[0] == "AUDIO_STREAM_TOO_SLOW"
    assert meeting.notices[0].sentence.startswith("Palabra warns: ")


async def test_a_pause_that_the_vendor_refuses_is_none_and_sound_goes_on() -> None:
    async with emulator(fault=Fault.NO_PAUSE) as served, held(account(served), order(mode="s2s")) as meeting:
        assert not await meeting.stream.pause()
        await meeting.stream.send(SILENCE)
    assert served.commands == ["set_task", "pause_task", "end_task"]
    assert served.heard == pytest.approx(FRAME_SECONDS)


async def test_a_task_that_does_not_wake_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with emulator() as served:
        stream = await PalabraVendor().open(account(served), order(mode="s2s"))
        assert await stream.pause()
        served.late = 60
        monkeypatch.setattr(tasking, "READY", 0.2)
        with pytest.raises(Lost, match="did not get ready"):
            await stream.send(SILENCE)
        await stream.close()


async def test_a_stream_that_is_closed_while_it_wakes_up_lets_go_at_once() -> None:
    async with emulator() as served:
        stream = await PalabraVendor().open(account(served, **PAIR), order(mode="s2s"))
        assert await stream.pause()
        served.late = 60
        sending = asyncio.create_task(stream.send(SILENCE))
        while len(served.tasks) < 2:  # noqa: ASYNC110 - the emulator has no event for it
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            await stream.close()
            with pytest.raises(VendorFailure):
                await sending
        assert not served.sessions


async def test_what_is_said_after_a_change_comes_in_the_new_languages_even_after_one_that_was_refused(
    remarks: tuple[Path, ...],
) -> None:
    async with emulator() as served, held(account(served), order("es-MX", mode="s2s")) as meeting:
        with pytest.raises(ConfigurationFault, match="target_language: 'xh' is not supported"):
            await meeting.stream.change(order("xh", mode="s2s"))
        await meeting.say(remarks[0])
        assert await meeting.stream.change(order("zh-TW", from_language="de-AT", mode="s2s"))
        await meeting.say(remarks[1])
    assert word_error_rate(SAID[0], meeting.text) == 0
    assert [w.text for w in meeting.finals("es-MX")] == [f"es-mx: {meeting.text}"]
    [german] = meeting.finals("de-AT")
    assert word_error_rate(SAID[1], german.text) == 0
    [chinese] = meeting.finals("zh-TW")
    assert (chinese.segment, chinese.translated_from) == (german.segment, "de-AT")
    assert served.complaints == []


async def test_a_vendor_that_does_not_say_that_it_obeyed_is_asked() -> None:
    async with emulator(readiness="poll") as served:
        stream = await PalabraVendor().open(account(served), order("es", mode="s2s"))
        assert await stream.change(order("fr", mode="s2s"))
        await stream.close()
    assert served.commands == ["set_task", "get_task", "set_task", "get_task"]
    assert served.complaints == []


async def test_a_change_during_a_pause_costs_nothing_until_somebody_speaks() -> None:
    async with emulator() as served, held(account(served), order("es", mode="s2s")) as meeting:
        assert await meeting.stream.pause()
        billed = served.billed
        assert await meeting.stream.change(order("fr", mode="s2s"))
        assert served.billed == billed
        assert len(served.tasks) == 1
        await meeting.stream.send(SILENCE)
    assert [t["target_language"] for t in served.tasks[1]["pipeline"]["translations"]] == ["fr"]
    assert served.complaints == []


async def test_a_language_that_is_refused_after_a_pause_is_told() -> None:
    async with emulator() as served:
        stream = await PalabraVendor().open(account(served), order("es", mode="s2s"))
        assert await stream.pause()
        assert await stream.change(order("xh", mode="s2s"))
        with pytest.raises(ConfigurationFault, match="target_language: 'xh' is not supported"):
            await stream.send(SILENCE)
        await stream.close()


async def test_a_change_that_changes_nothing_for_the_vendor_does_not_ask_it() -> None:
    async with emulator() as served, held(account(served), order("es", mode="s2s")) as meeting:
        assert await meeting.stream.change(order("es", from_language="en-GB", mode="s2s"))
    assert served.commands == ["set_task", "end_task"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"mode": "stt"}, {"mode": "stt"}),
        ({"mode": "s2s"}, {"mode": "stt"}),
        ({"mode": "s2s"}, {"mode": "s2s", "subscriber_count": 2}),
    ],
)
async def test_what_takes_another_stream_is_not_changed(before: dict[str, Any], after: dict[str, Any]) -> None:
    async with emulator() as served, held(account(served), order("es", **before)) as meeting:
        assert not await meeting.stream.change(order("fr", **after))
        assert len(served.tasks) <= 1


async def test_a_change_that_is_not_answered_takes_another_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasking, "OBEYING", 0.2)
    async with emulator() as served, held(account(served), order("es", mode="s2s")) as meeting:
        served.readiness = "poll"
        assert not await meeting.stream.change(order("fr", mode="s2s"))


async def test_speech_to_text_cannot_pause() -> None:
    async with emulator() as served, held(account(served), order()) as meeting:
        assert not await meeting.stream.pause()
        await meeting.stream.send(SILENCE)
    assert served.heard == pytest.approx(FRAME_SECONDS)


async def test_no_pause_begins_once_a_stream_is_finished() -> None:
    async with emulator(fault=Fault.NO_END) as served:
        stream = await PalabraVendor().open(account(served), order(mode="s2s"))
        await stream.finish()
        assert not await stream.pause()
        assert not await stream.change(order("fr", mode="s2s"))
        await stream.close()
    assert served.commands == ["set_task", "end_task"]
