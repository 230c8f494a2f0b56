import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from appliance.audio import listen
from appliance.sound import Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import ConfigurationFault, Lost, Order, Words
from appliance.vendors.local import LocalVendor
from appliance.vendors.local.config import LocalAccount, LocalOptions
from appliance.vendors.local.stream import LocalStream
from tests.rigs.speech import speak

SAID = ["The work will begin in the middle of March.", "The children of the city will be very happy."]


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


async def frames(wav: Path) -> list[Frame]:
    async with listen(f"file:{wav}", paced=False) as listener:
        return [heard async for heard in listener if isinstance(heard, Frame)]


async def conversation(wav: Path) -> list[Words]:
    stream = await LocalStream.open(LocalOptions())
    try:
        async with asyncio.TaskGroup() as group:
            words = group.create_task(everything(stream))
            await send(stream, wav)
            await stream.finish()
    finally:
        await stream.close()
    return words.result()


async def everything(stream: LocalStream) -> list[Words]:
    return [event async for event in stream]


async def send(stream: LocalStream, wav: Path) -> None:
    for frame in await frames(wav):
        await stream.send(frame)


async def test_what_is_said_is_written_with_interims_before_finals(meeting: Path) -> None:
    words = await conversation(meeting)
    finals = [w for w in words if w.final]
    assert len(finals) == len(SAID)
    assert word_error_rate(" ".join(SAID), " ".join(w.text for w in finals)) < 0.15
    assert words.index(finals[0]) > 3


async def test_captions_know_when_they_were_said(meeting: Path) -> None:
    first, second = [w for w in await conversation(meeting) if w.final]
    assert first.start is not None
    assert first.end is not None
    assert second.start is not None
    assert 0 < first.start < first.end < second.start


async def test_an_engine_that_is_killed_is_reported_as_lost(meeting: Path) -> None:
    stream = await LocalStream.open(LocalOptions())
    [child] = [c for c in psutil.Process().children() if "engine" in " ".join(c.cmdline())]
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(Lost):
        await everything(stream)
    with pytest.raises(Lost):
        await send(stream, meeting)
    await stream.close()


async def test_last_words_that_died_with_the_engine_are_missed(meeting: Path) -> None:
    stream = await LocalStream.open(LocalOptions())
    [child] = [c for c in psutil.Process().children() if "engine" in " ".join(c.cmdline())]
    child.suspend()
    for frame in (await frames(meeting))[:60]:
        await stream.send(frame)
    await stream.finish()
    child.kill()
    with pytest.raises(Lost):
        await everything(stream)
    await stream.close()


async def test_ctrl_c_in_the_terminal_of_the_box_does_not_upset_the_engine(meeting: Path) -> None:
    stream = await LocalStream.open(LocalOptions())
    [child] = [c for c in psutil.Process().children() if "engine" in " ".join(c.cmdline())]
    os.kill(child.pid, signal.SIGINT)
    os.kill(child.pid, signal.SIGTERM)
    async with asyncio.TaskGroup() as group:
        words = group.create_task(everything(stream))
        await send(stream, meeting)
        await stream.finish()
    assert words.result()
    await stream.close()


async def test_closing_leaves_no_engine_behind() -> None:
    stream = await LocalStream.open(LocalOptions())
    await stream.close()
    await stream.close()
    assert not [c for c in psutil.Process().children() if "engine" in " ".join(c.cmdline())]


async def test_a_room_that_does_not_speak_english_is_told_so() -> None:
    order = Order(from_language="hi-IN", to_languages=(), options=LocalOptions())
    with pytest.raises(ConfigurationFault, match="English"):
        await LocalVendor().open(LocalAccount(), order)


async def test_the_check_says_that_no_key_is_needed() -> None:
    assert "no key" in await LocalVendor().check(LocalAccount())
