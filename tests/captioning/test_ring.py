import asyncio

import pytest

from appliance.captioning.ring import HELD, Ring
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss


def frame(n: int) -> Frame:
    return Frame(n * FRAME_SECONDS, bytes(FRAME_BYTES))


async def drained(ring: Ring) -> list[Frame | Loss]:
    items = []
    while item := await ring.peek():
        items.append(item)
        await ring.done(item)
    return items


async def test_sound_that_waited_too_long_becomes_one_gap_and_the_rest_is_kept() -> None:
    ring = Ring()
    total = round(3 * HELD / FRAME_SECONDS)
    for n in range(total):
        await ring.put(frame(n))
    await ring.end()
    loss, *frames = await drained(ring)
    assert isinstance(loss, Loss)
    assert loss.start == 0
    assert loss.end == pytest.approx(frames[0].start)
    assert frames[-1].start == pytest.approx((total - 1) * FRAME_SECONDS)
    assert len(frames) * FRAME_SECONDS == pytest.approx(HELD, abs=0.1)


async def test_a_frame_stays_until_it_got_through() -> None:
    ring = Ring()
    await ring.put(frame(0))
    assert await ring.peek() is await ring.peek()


async def test_a_file_waits_for_a_slow_vendor_and_loses_nothing() -> None:
    ring = Ring()
    total = round(2 * HELD / FRAME_SECONDS)

    async def fill() -> None:
        for n in range(total):
            await ring.put(frame(n), wait=True)
        await ring.end()

    filling = asyncio.create_task(fill())
    items = await drained(ring)
    await filling
    assert [i.start for i in items] == [frame(n).start for n in range(total)]
