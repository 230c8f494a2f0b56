import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from appliance.audio import listen
from appliance.sound import Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Lost,
    Order,
    Planned,
    Stream,
    VendorFailure,
    Words,
)
from appliance.vendors.reverie import ReverieVendor, stream
from appliance.vendors.reverie.config import ReverieAccount, ReverieOptions
from tests.emulators.reverie import ReverieEmulator
from tests.rigs.speech import speak

CANARY = "canary-4711-key"
APP = "canary-4711-app"
SAID = ["The work will begin in March.", "The children will be happy."]


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


@pytest.fixture(scope="module")
def sentence() -> Path:
    return speak(SAID[0])


@pytest.fixture(autouse=True)
def no_log_line_has_a_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.get_records("call"):
        assert "canary-4711" not in f"{record.getMessage()} {record.exc_text}"


def emulator(**knobs: Any) -> ReverieEmulator:
    return ReverieEmulator(key=CANARY, app_id=APP, sentences=SAID, **knobs)


async def opened(box: ReverieEmulator, **options: Any) -> Stream:
    order = Order(from_language="en-IN", to_languages=(), options=ReverieOptions(**options))
    return await ReverieVendor().open(account(box), order)


def account(box: ReverieEmulator, key: str = CANARY) -> ReverieAccount:
    return ReverieAccount(base_url=box.url, app_id=APP, api_key=SecretStr(key))


async def conversation(stream: Stream, wav: Path, *, paced: bool = False) -> list[Words]:
    """All that is said about a recording."""
    said: list[Words] = []
    hearing = asyncio.create_task(gather(stream, said))
    try:
        await play(stream, wav, paced=paced)
        await stream.finish()
    except VendorFailure as failure:
        with pytest.raises(type(failure)):
            await hearing
        raise
    else:
        await hearing
    finally:
        await stream.close()
    return said


async def gather(stream: Stream, said: list[Words]) -> None:
    async for event in stream:
        assert isinstance(event, Words)
        said.append(event)


async def play(stream: Stream, wav: Path, *, paced: bool = False) -> None:
    async with listen(f"file:{wav}", paced=paced) as listener:
        async for heard in listener:
            if isinstance(heard, Frame):
                await stream.send(heard)


def finals(said: list[Words]) -> list[str]:
    return [words.text for words in said if words.final]


async def test_every_word_that_is_said_in_the_room_is_written_once(meeting: Path) -> None:
    async with emulator() as box:
        said = await conversation(await opened(box), meeting, paced=True)
    assert word_error_rate(" ".join(SAID), " ".join(finals(said))) == 0
    assert len(finals(said)) == len(SAID)
    assert len({words.segment for words in said}) == len(SAID)
    assert any(not words.final for words in said)
    assert box.early == 0
    assert max(box.chunks) == 4096
    assert box.ends == ["EOF received"]


async def test_words_come_once_when_the_vendor_is_late_and_marks_each_utterance(meeting: Path) -> None:
    async with emulator(final_in_continuous=True, ready_after=1.0) as box:
        said = await conversation(await opened(box), meeting)
    assert word_error_rate(" ".join(SAID), " ".join(finals(said))) == 0
    assert box.early == 0


async def test_a_format_that_carries_less_is_half_as_much_and_heard(sentence: Path) -> None:
    async with emulator() as box:
        said = await conversation(await opened(box, format="16k_ulaw"), sentence)
    # The emulator's ear is less sure of it than the vendor's will be; what it is sure of proves the path.
    assert {"work", "will", "march"} <= set(" ".join(finals(said)).split())
    assert max(box.chunks) == 2048


async def test_the_room_s_options_reach_the_vendor() -> None:
    async with emulator() as box:
        await (await opened(box, domain="bfsi", silence=0.5, timeout=30)).close()
    query = box.queries[0]
    assert (query["domain"], query["silence"], query["timeout"]) == ("bfsi", "0.5", "30")
    assert (query["src_lang"], query["logging"], query["continuous"]) == ("en", "false", "true")


async def test_the_last_words_are_not_cut_off_when_the_vendor_is_told_to_end(sentence: Path) -> None:
    async with emulator() as box:
        said = await conversation(await opened(box, silence=5), sentence)
    assert word_error_rate(SAID[0], " ".join(finals(said))) == 0


@pytest.mark.parametrize("bare", [False, True])
async def test_a_stream_that_ends_for_silence_is_no_fault(meeting: Path, *, bare: bool) -> None:
    async with emulator(bare_closes=bare) as box:
        stream = await opened(box, continuous=False, silence=0.5)
        said: list[Words] = []
        hearing = asyncio.create_task(gather(stream, said))
        with pytest.raises(Planned):
            await play(stream, meeting, paced=True)
        with pytest.raises(Planned):
            await hearing
        await stream.close()
    assert word_error_rate(SAID[0], " ".join(finals(said))) == 0


async def test_a_stream_that_ends_for_its_length_is_no_fault() -> None:
    async with emulator(ends_after=0.3) as box:
        stream = await opened(box)
        with pytest.raises(Planned, match="timeout"):
            await gather(stream, [])
        await stream.close()


async def test_a_message_that_is_no_text_costs_the_stream_and_nothing_else(sentence: Path) -> None:
    async with emulator(interjections=[b"\xff\xfe"]) as box:
        with pytest.raises(Lost):
            await conversation(await opened(box), sentence)


async def test_a_fault_in_mid_stream_is_told_in_the_vendor_s_words(sentence: Path) -> None:
    fault = '{"success": false, "final": true, "text": "", "cause": "unsupported audio format"}'
    async with emulator(interjections=[fault]) as box:
        with pytest.raises(ConfigurationFault, match="unsupported audio format"):
            await conversation(await opened(box), sentence)


async def test_a_vendor_that_never_says_the_end_does_not_keep_the_meeting_open(
    sentence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "DRAINING", 1.0)
    async with emulator(deaf_to_end=True) as box:
        said = await conversation(await opened(box, silence=5), sentence)
    assert word_error_rate(SAID[0], " ".join(finals(said))) == 0


async def test_a_vendor_that_does_not_become_ready_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "READY", 0.3)
    async with emulator(ready_after=None) as box:
        with pytest.raises(Lost, match="ready"):
            await opened(box)


async def test_the_four_answers_to_the_check_of_an_account_differ() -> None:
    vendor, answers = ReverieVendor(), set[str]()
    async with emulator() as box:
        answers.add(await vendor.check(account(box)))
        with pytest.raises(ConfigurationFault, match="Invalid credentials") as wrong:
            await vendor.check(account(box, "canary-4711-wrong"))
        answers.add(str(wrong.value))
    with pytest.raises(Lost) as away:
        await vendor.check(account(box))
    answers.add(str(away.value))
    for refuses in ("Credits exhausted", "API key expired"):
        async with emulator(refuses=refuses) as box:
            with pytest.raises(ConfigurationFault, match=refuses) as unpaid:
                await vendor.check(account(box))
            answers.add(str(unpaid.value))
    assert len(answers) == 5
    assert not any("canary" in answer for answer in answers)


async def test_a_vendor_that_is_busy_or_out_of_order_is_not_the_administrator_s_fault() -> None:
    async with emulator(refuses="Too many streams", status=429, retry_after=7) as box:
        with pytest.raises(Busy) as busy:
            await opened(box)
    assert busy.value.wait == 7
    async with emulator(refuses="Bad gateway", status=502) as box:
        with pytest.raises(Lost):
            await opened(box)


async def test_a_key_that_the_vendor_repeats_is_not_repeated_by_the_box() -> None:
    async with emulator(refuses=f"The key {CANARY} of {APP} has expired") as box:
        with pytest.raises(ConfigurationFault, match="expired") as refused:
            await opened(box)
    assert "canary" not in repr(refused.value)
    assert "canary-4711-key" not in repr(account(box))
