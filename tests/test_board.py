import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from itertools import count

from appliance.board import KEPT, KEPT_CHARACTERS, ON_BOARD, OPEN_SEGMENTS, Board, Event
from appliance.captions import LONGEST_TEXT, Caption, Gap
from appliance.state import Microphone, State, Status


def caption(
    segment: int, text: str = "words", *, revision: int = 1, final: bool = True, language: str = "en"
) -> Caption:
    return Caption(
        segment=segment,
        revision=revision,
        language=language,
        text=text,
        final=final,
        start=segment,
        end=segment + 1,
    )


def texts(events: Sequence[Event]) -> list[str]:
    return [e.body.text for e in events if isinstance(e.body, Caption)]


async def test_a_newcomer_sees_the_latest_captions_and_the_state() -> None:
    board = Board(Status(state=State.LIVE))
    for n in range(3 * ON_BOARD):
        board.post(caption(n, str(n)))
    board.post(caption(99, "being said", final=False))
    async with aclosing(board.watch()) as watch:
        events = await anext(watch)
    assert texts(events) == [str(n) for n in range(2 * ON_BOARD, 3 * ON_BOARD)] + ["being said"]
    assert any(isinstance(e.body, Status) and e.body.state is State.LIVE for e in events)


async def test_a_newcomer_sees_nothing_of_the_meeting_before() -> None:
    board = Board()
    board.post(caption(1, "between us"))
    board.post(caption(2, "unfinished", final=False))
    board.wipe()
    board.post(caption(3, "welcome"))
    assert texts(board.now()) == ["welcome"]


def test_a_newcomer_gets_as_much_of_each_language() -> None:
    board = Board()
    for n in range(3 * ON_BOARD):
        for language in ("en", "nl", "hi"):
            board.post(caption(n, language=language))
    languages = [e.body.language for e in board.now() if isinstance(e.body, Caption)]
    assert [languages.count(language) for language in ("en", "nl", "hi")] == [ON_BOARD] * 3


async def test_a_reader_who_comes_back_gets_exactly_what_was_missed() -> None:
    board = Board()
    board.post(caption(1, "read"))
    async with aclosing(board.watch()) as watch:
        last = (await anext(watch))[-1].number
    board.post(caption(2, "miss", final=False))
    board.post(caption(2, "missed", revision=2))
    board.post(Gap(start=3, end=4, reason="The network was away."))
    async with aclosing(board.watch(last)) as watch:
        events = await anext(watch)
    assert [type(e.body) for e in events] == [Caption, Gap]
    assert texts(events) == ["missed"]


async def test_a_slow_reader_skips_interims_and_misses_no_final() -> None:
    board = Board()
    async with aclosing(board.watch()) as slow:
        await anext(slow)
        for n in range(1, 200):
            for revision in range(1, 10):
                board.post(caption(n, f"{n} so far {revision}", revision=revision, final=False))
            board.post(caption(n, f"{n}", revision=10))
        board.post(caption(200, "now", final=False))
        events = await anext(slow)
    assert texts(events) == [str(n) for n in range(1, 200)] + ["now"]
    assert [e.number for e in events] == sorted(e.number for e in events)


async def test_everyone_who_waits_is_woken() -> None:
    board = Board()
    got: list[str] = []

    async def read() -> None:
        async with aclosing(board.watch()) as watch:
            async for events in watch:
                got.extend(texts(events))
                if got:
                    return

    readers = [asyncio.create_task(read()) for _ in range(3)]
    await asyncio.sleep(0)
    board.post(caption(1, "hello"))
    await asyncio.gather(*readers)
    assert got == ["hello"] * 3


def test_a_vendor_that_never_finishes_a_segment_does_not_fill_the_memory() -> None:
    board = Board()
    for n in range(10 * OPEN_SEGMENTS):
        board.post(caption(n, final=False))
    assert len(texts(board.now())) == OPEN_SEGMENTS


def test_a_reader_who_was_away_too_long_is_known_to_have_missed_something() -> None:
    board = Board()
    numbers = count()
    board.post(caption(next(numbers)))
    first = board.now()[-1].number
    assert board.holds(first)
    for _ in range(KEPT + 10):
        board.post(caption(next(numbers)))
    assert not board.holds(first)
    assert board.holds(first + 20)
    assert not board.holds(first + 10 * KEPT)


def test_a_vendor_of_very_many_words_does_not_fill_the_memory() -> None:
    board = Board()
    first = board.now()[-1].number
    for n in range(KEPT_CHARACTERS // LONGEST_TEXT + 10):
        board.post(caption(n, "x" * LONGEST_TEXT))
    kept = texts(board.since(0))
    assert len("".join(kept)) == KEPT_CHARACTERS
    assert not board.holds(first)
    assert board.holds(first + 10)
    assert len(board.since(first + 10)) == len(kept)


def test_the_level_changes_without_waking_every_screen() -> None:
    board = Board()
    before = board.now()[-1].number
    board.measure(Microphone(level=-20))
    assert board.status.microphone.level == -20
    assert not board.since(before)


def test_warnings_of_several_parts_stand_side_by_side_until_each_is_over() -> None:
    board = Board()
    board.warn("microphone", "The microphone is not plugged in.")
    board.warn("transcript", "The disk is full.")
    assert board.status.warning == "The microphone is not plugged in. The disk is full."
    board.warn("microphone", None)
    assert board.status.warning == "The disk is full."
    board.warn("transcript", None)
    assert board.status.warning is None
