import asyncio

import pytest

from appliance.captioning.backlog import HELD, Backlog
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss


def frame(n: int) -> Frame:
    return Frame(n * FRAME_SECONDS, bytes(FRAME_BYTES))


async def drained(backlog: Backlog) -> list[Frame | Loss]:
    items = []
    while item := await backlog.peek():
        items.append(item)
        await backlog.done(item)
    return items


async def test_sound_that_waited_too_long_becomes_one_gap_and_the_rest_is_kept() -> None:
    backlog = Backlog()
    total = round(3 * HELD / FRAME_SECONDS)
    for n in range(total):
        await backlog.put(frame(n))
    await backlog.end()
    loss, *frames = await drained(backlog)
    assert isinstance(loss, Loss)
    assert loss.start == 0
    assert loss.end == pytest.approx(frames[0].start)
    assert frames[-1].start == pytest.approx((total - 1) * FRAME_SECONDS)
    assert len(frames) * FRAME_SECONDS == pytest.approx(HELD, abs=0.1)


async def test_a_frame_stays_until_it_got_through() -> None:
    backlog = Backlog()
    await backlog.put(frame(0))
    assert await backlog.peek() is await backlog.peek()


async def test_a_file_waits_for_a_slow_vendor_and_loses_nothing() -> None:
    backlog = Backlog()
    total = round(2 * HELD / FRAME_SECONDS)

    async def fill() -> None:
        for n in range(total):
            await backlog.put(frame(n), wait=True)
        await backlog.end()

    filling = asyncio.create_task(fill())
    items = await drained(backlog)
    await filling
    assert [i.start for i in items] == [frame(n).start for n in range(total)]
