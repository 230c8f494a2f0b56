import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
import pytest

from appliance.audio import Listener, SoundError, listen
from appliance.audio.source import Block
from appliance.sound import SAMPLE_RATE, Frame, Heard
from tests.audio.sounds import joined, noise, write


@pytest.fixture
def long_recording(tmp_path: Path) -> Path:
    return write(tmp_path / "long.wav", noise(60.0))


async def test_nothing_is_lost_when_the_consumer_keeps_giving_up_waiting(tmp_path: Path) -> None:
    sound = noise(1.0)
    heard: list[Heard] = []
    async with listen(f"file:{write(tmp_path / 'x.wav', sound)}") as listener:
        while len(heard) < 32:
            try:
                heard.append(await asyncio.wait_for(anext(listener), 0.01))
            except TimeoutError:
                continue
    np.testing.assert_array_equal(joined(heard)[: len(sound)], sound)


async def test_a_slow_vendor_does_not_make_a_recording_lose_sound(long_recording: Path) -> None:
    async with listen(f"file:{long_recording}", paced=False) as listener:
        first = await anext(listener)
        await asyncio.sleep(0.3)
        rest = [heard async for heard in listener]
    np.testing.assert_array_equal(joined([first, *rest])[: 60 * 16_000], noise(60.0))


async def test_stopping_ends_the_captions_even_while_they_wait_for_sound(long_recording: Path) -> None:
    listener = listen(f"file:{long_recording}")
    heard: list[Heard] = []
    started = asyncio.Event()

    async def consume() -> None:
        async for frame in listener:
            heard.append(frame)
            started.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(consume())
        await started.wait()
        await listener.close()
    assert heard


async def test_stopping_works_with_sound_that_nobody_took(long_recording: Path) -> None:
    listener = listen(f"file:{long_recording}", paced=False)
    await anext(listener)
    await asyncio.sleep(0.3)  # long enough for everything that holds sound to be full
    async with asyncio.timeout(10):
        await listener.close()
        await listener.close()
    assert [heard async for heard in listener] == []


async def test_stopping_before_the_first_sound_is_no_trouble(long_recording: Path) -> None:
    listener = listen(f"file:{long_recording}")
    await listener.close()
    assert [heard async for heard in listener] == []


async def test_a_finished_recording_stays_finished(tmp_path: Path) -> None:
    async with listen(f"file:{write(tmp_path / 'x.wav', noise(0.1))}", paced=False) as listener:
        assert len([heard async for heard in listener]) == 4
        assert [heard async for heard in listener] == []


class BreakingSource:
    duration = None
    warning = None

    async def pieces(self) -> AsyncGenerator[Block, None]:
        yield Block(SAMPLE_RATE, np.zeros((1024, 1), np.int16))
        raise SoundError("The disk failed.")


async def test_a_failure_is_not_taken_for_the_end_of_the_recording() -> None:
    async with Listener(BreakingSource()) as listener:
        assert isinstance(await anext(listener), Frame)
        assert isinstance(await anext(listener), Frame)
        with pytest.raises(SoundError, match="The disk failed"):
            await anext(listener)
