import asyncio

import pytest

from appliance.captioning.ring import HELD, Ring
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss


def frame(n: int, *, speech: bool = False) -> Frame:
    return Frame(n * FRAME_SECONDS, bytes(FRAME_BYTES), speech=speech)


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


async def test_a_gap_that_grows_while_it_is_told_is_told_in_parts_that_do_not_overlap() -> None:
    ring = Ring()
    limit = round(HELD / FRAME_SECONDS)
    for n in range(limit + 10):
        await ring.put(frame(n))
    told = await ring.peek()
    assert isinstance(told, Loss)
    for n in range(limit + 10, limit + 20):
        await ring.put(frame(n))
    await ring.done(told)
    rest = await ring.peek()
    assert isinstance(rest, Loss)
    assert rest.start == told.end


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


async def sent(ring: Ring, count: int) -> list[Frame | Loss]:
    """Send so many items, as a conversation does."""
    items = []
    for _ in range(count):
        item = await ring.peek()
        assert item
        await ring.done(item)
        items.append(item)
    return items


def starts(items: list[Frame | Loss]) -> list[float]:
    return [item.start for item in items]


async def test_what_a_lost_vendor_had_is_sent_again_from_the_last_final_on() -> None:
    ring = Ring()
    for n in range(10):
        await ring.put(frame(n, speech=True))
    await sent(ring, 8)
    await ring.rewind(frame(5).start)
    await ring.end()
    assert starts(await drained(ring)) == [frame(n).start for n in range(5, 10)]


async def test_speech_that_is_older_than_the_ring_is_told_as_a_gap_after_a_loss() -> None:
    ring = Ring()
    ring.reason = "The network was away."
    total = round(1.5 * HELD / FRAME_SECONDS)
    for n in range(total):
        await ring.put(frame(n, speech=True))
        await sent(ring, 1)
    await ring.rewind(frame(10).start)
    await ring.end()
    loss, *frames = await drained(ring)
    assert loss == Loss(frame(10).start, frames[0].start, "The network was away.")
    assert frames[-1].start == frame(total - 1).start


async def test_silence_that_is_older_than_the_ring_is_no_gap() -> None:
    ring = Ring()
    for n in range(round(1.5 * HELD / FRAME_SECONDS)):
        await ring.put(frame(n))
        await sent(ring, 1)
    await ring.rewind(0.0)
    await ring.end()
    assert not [item for item in await drained(ring) if isinstance(item, Loss)]


async def test_a_gap_that_was_told_is_not_told_again_by_a_replay() -> None:
    ring = Ring()
    await ring.put(frame(0))
    await ring.put(Loss(frame(1).start, frame(2).start, "The microphone was away."))
    await ring.put(frame(2))
    await sent(ring, 3)
    await ring.rewind(0.0)
    await ring.end()
    assert starts(await drained(ring)) == [frame(0).start, frame(2).start]


async def test_after_a_rest_the_first_word_comes_with_the_second_before_it() -> None:
    ring = Ring()
    for n in range(200):
        await ring.put(frame(n))
    resting = asyncio.create_task(ring.rest(1.0))
    await asyncio.sleep(0)
    await ring.put(frame(200, speech=True))
    assert await resting
    await ring.end()
    [first, *_, last] = await drained(ring)
    assert last.start - first.start == pytest.approx(1.0, abs=FRAME_SECONDS)
    assert isinstance(last, Frame)
    assert last.speech


async def test_a_rest_ends_with_the_sound_and_nothing_is_left_to_say() -> None:
    ring = Ring()
    await ring.put(frame(0))
    resting = asyncio.create_task(ring.rest(1.0))
    await ring.end()
    assert not await resting
    assert ring.over
    assert ring.unsent() is None
