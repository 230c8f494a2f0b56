import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.audio import listen
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import Lost, Notice, Order, Stream, Words
from appliance.vendors.wyoming import WyomingVendor, connection, stream
from appliance.vendors.wyoming.config import WyomingAccount, WyomingOptions
from tests.emulators.wyoming import Emulator
from tests.rigs.speech import speak

SAID = ("Seven people came today.", "Winter comes early.")
_heard: dict[Path, list[Frame]] = {}


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


async def opened(emulator: Emulator, *, language: str = "en-US", model: str | None = None) -> Stream:
    order = Order(from_language=language, to_languages=(), options=WyomingOptions(model=model))
    return await WyomingVendor().open(WyomingAccount(uri=emulator.uri), order)


@contextlib.asynccontextmanager
async def conversing(emulator: Emulator, *, language: str = "en-US") -> AsyncIterator[Stream]:
    conversation = await opened(emulator, language=language)
    try:
        yield conversation
    finally:
        await conversation.close()


async def frames(wav: Path) -> list[Frame]:
    if wav not in _heard:
        async with listen(f"file:{wav}", paced=False) as listener:
            _heard[wav] = [heard async for heard in listener if isinstance(heard, Frame)]
    return _heard[wav]


async def send(conversation: Stream, wav: Path, *, paced: bool = False) -> None:
    for frame in await frames(wav):
        await conversation.send(frame)
        if paced:
            await asyncio.sleep(FRAME_SECONDS)
    await conversation.finish()


async def everything(conversation: Stream) -> list[Words]:
    return [event async for event in conversation if isinstance(event, Words)]


async def held(emulator: Emulator, wav: Path, *, paced: bool = False) -> list[Words]:
    async with conversing(emulator) as conversation, asyncio.TaskGroup() as group:
        words = group.create_task(everything(conversation))
        await send(conversation, wav, paced=paced)
    return words.result()


def errors(words: list[Words]) -> float:
    return word_error_rate(" ".join(SAID), " ".join(w.text for w in words if w.final))


def failures(group: BaseExceptionGroup[BaseException]) -> set[type[BaseException]]:
    return {type(error) for error in group.exceptions}


async def test_every_spoken_word_comes_back_once_in_order_and_with_its_time(meeting: Path) -> None:
    async with Emulator(sentences=SAID) as emulator:
        words = await held(emulator, meeting)
    assert errors(words) == 0
    assert emulator.complaints == []
    first, second = words
    assert (first.segment, second.segment) == ("0", "1")
    assert first.start is not None
    assert first.end is not None
    assert second.start is not None
    assert 0 < first.start < 0.8 < first.end < second.start


async def test_a_streaming_server_shows_words_while_people_speak() -> None:
    async with Emulator(sentences=SAID, streaming=True) as emulator:
        *interims, final = await held(emulator, speak(SAID[0]), paced=True)
    assert final.final
    assert word_error_rate(SAID[0], final.text) == 0
    assert len(interims) > 1
    assert not any(w.final for w in interims)
    assert interims[-1].text.startswith("seven people")


async def test_the_server_is_asked_in_its_own_names_for_model_and_language(meeting: Path) -> None:
    async with Emulator(sentences=SAID, models=("tiny", "large")) as emulator:
        conversation = await opened(emulator, model="large")
        for frame in (await frames(meeting))[:60]:
            await conversation.send(frame)
        await emulator.reaches(1)
        await conversation.close()
    program, asked = emulator.requests[0]
    assert (program, asked.name, asked.language) == ("program of large", "large", "en")


async def test_a_language_that_the_server_does_not_list_is_warned_about_and_left_to_the_server(
    meeting: Path,
) -> None:
    async with Emulator(sentences=SAID) as emulator, conversing(emulator, language="hi-IN") as conversation:
        events = aiter(conversation)
        notice = await anext(events)
        assert isinstance(notice, Notice)
        assert "hi-IN" in notice.sentence
        sending = asyncio.create_task(send(conversation, meeting))
        with pytest.raises(Lost, match="hi-IN is not supported"):
            await anext(events)
        await asyncio.wait([sending])
        with pytest.raises(Lost, match="hi-IN is not supported"):
            await send(conversation, meeting)


async def test_a_server_that_ends_utterances_itself_loses_no_word_after_its_end(meeting: Path) -> None:
    async with Emulator(sentences=SAID, own_end=0.2) as emulator:
        words = await held(emulator, meeting, paced=True)
    assert len(words) >= len(SAID)
    assert errors(words) <= 1 / 7


async def test_no_more_utterances_are_under_way_than_a_small_server_can_bear(meeting: Path) -> None:
    async with Emulator(sentences=SAID) as emulator, conversing(emulator) as conversation:
        speech = [f for f in await frames(meeting) if f.speech][:20]
        silence = Frame(start=0, pcm=bytes(FRAME_BYTES))
        sending = asyncio.create_task(_babble(conversation, speech, silence, times=6))
        await emulator.reaches(stream.UNDER_WAY)
        words = await everything(conversation)
        await sending
    assert len(words) == 6
    assert emulator.most == stream.UNDER_WAY


async def _babble(conversation: Stream, speech: list[Frame], silence: Frame, *, times: int) -> None:
    for _ in range(times):
        for frame in [*speech, *[silence] * 30]:
            await conversation.send(frame)
    await conversation.finish()


async def test_the_tail_is_heard_although_nobody_paused_before_the_end(meeting: Path) -> None:
    async with Emulator(sentences=SAID) as emulator, conversing(emulator) as conversation:
        heard = await frames(meeting)
        last = max(number for number, frame in enumerate(heard) if frame.speech)
        for frame in heard[: last + 1]:
            await conversation.send(frame)
        await conversation.finish()
        words = await everything(conversation)
    assert "early" in words[-1].text


async def test_a_server_that_does_not_describe_itself_in_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "ANSWERING", 0.2)
    async with Emulator(late=30.0) as emulator:
        with pytest.raises(Lost, match="does not describe itself"):
            await opened(emulator)


async def test_a_server_that_never_answers_is_given_up(meeting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PATIENCE", 0.5)
    async with Emulator(sentences=SAID, silent=True) as emulator:
        with pytest.raises(BaseExceptionGroup) as caught:
            await held(emulator, meeting)
    assert failures(caught.value) == {Lost}


@pytest.mark.parametrize(
    "trouble",
    [
        {"error": "out of memory"},
        {"raw": b'{"type": "x", "payload_length": 99999999999}\n'},
        {"raw": b"\xff\xfe\n"},
        {"flood": True},
    ],
    ids=["error", "huge", "not text", "endless flood"],
)
async def test_a_server_that_fails_or_makes_no_sense_is_reported_as_lost(
    meeting: Path, trouble: dict[str, object]
) -> None:
    async with Emulator(sentences=SAID, **trouble) as emulator:  # type: ignore[arg-type] # one of its fields
        with pytest.raises(BaseExceptionGroup) as caught:
            await held(emulator, meeting)
    assert failures(caught.value) == {Lost}


async def test_a_server_that_went_away_between_two_sentences_is_reported_as_lost(meeting: Path) -> None:
    emulator = Emulator(sentences=SAID)
    async with emulator:
        conversation = await opened(emulator)
    with pytest.raises(Lost, match="is it running"):
        await send(conversation, meeting)
    with pytest.raises(Lost):
        await everything(conversation)
    await conversation.close()


async def test_unknown_events_change_nothing_and_what_was_said_is_in_no_log(
    meeting: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = b'{"type": "pong", "data": {"text": "x"}}\n{"type": "new", "payload_length": 3}\nabc'
    with caplog.at_level(logging.DEBUG):
        async with Emulator(sentences=SAID, raw=raw) as emulator:
            words = await held(emulator, meeting)
    assert errors(words) == 0
    assert "people" not in caplog.text


async def test_closing_in_mid_word_hangs_up_and_ends_the_iteration(meeting: Path) -> None:
    async with Emulator(sentences=SAID) as emulator:
        conversation = await opened(emulator)
        listening = asyncio.create_task(everything(conversation))
        for frame in (await frames(meeting))[:60]:
            await conversation.send(frame)
        await conversation.close()
        await conversation.close()
        assert await listening == []
        with pytest.raises(Lost):
            await send(conversation, meeting)
        await emulator.reaches(0)
