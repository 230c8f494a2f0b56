import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from appliance.testing import word_error_rate
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Lost,
    Planned,
    Stream,
)
from appliance.vendors.palabra import PalabraVendor, stt, tasking
from appliance.vendors.palabra import stream as palabra_stream
from tests.emulators.palabra import Fault, PalabraEmulator
from tests.rigs.speech import speak
from tests.vendors.palabra.meeting import PAIR, SAID, Meeting, account, emulator, hold, order


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


@pytest.fixture(scope="module")
def remark() -> Path:
    return speak(SAID[0])


def check_words(held: Meeting, *translations: str, said: Sequence[str] = SAID) -> None:
    assert word_error_rate(" ".join(said), held.text) == 0
    for first, second in pairwise(held.finals()):
        assert first.end is not None
        assert second.start is not None
        assert first.end <= second.start
    for language in translations:
        originals = {w.segment: w.text for w in held.finals()}
        translated = held.finals(language)
        assert [w.segment for w in translated] == list(originals)
        assert all(w.text.endswith(originals[w.segment]) for w in translated)
        assert {w.translated_from for w in translated} == {"en-US"}


async def test_speech_comes_back_as_words_with_translations_at_their_segments(meeting: Path) -> None:
    async with emulator() as served:
        held = await hold(account(served), order("es-MX", "zh-TW"), meeting)
    check_words(held, "es-MX", "zh-TW")
    assert any(not w.final for w in held.words)
    assert served.complaints == []
    assert served.queries[0]["translate_languages"] == "es-mx,zh-hant"
    assert served.queries[0]["language"] == "en"


async def test_speech_to_speech_gives_words_with_translations_too_even_in_a_flood(meeting: Path) -> None:
    async with emulator(late=0.3, fault=Fault.FLOOD) as served:
        held = await hold(account(served), order("es-MX", "de", mode="s2s"), meeting)
    check_words(held, "es-MX", "de")
    assert served.complaints == []
    assert served.commands == ["set_task", "end_task"]


async def test_an_older_account_that_must_ask_and_parse_twice_gets_its_words_and_leaves_no_session(
    remark: Path,
) -> None:
    knobs = {"readiness": "poll", "nested": True, "publisher_as_list": True, "fault": Fault.UNKNOWN}
    async with emulator(**knobs) as served:
        held = await hold(account(served, **PAIR), order("fr", mode="s2s", subscriber_count=2), remark)
    check_words(held, "fr", said=SAID[:1])
    assert served.complaints == []
    assert served.commands == ["set_task", "get_task", "end_task"]
    assert served.created == [{"subscriber_count": 2, "intent": "api"}]
    assert not served.sessions
    assert len(served.deleted) == 1


@pytest.mark.parametrize(
    ("mode", "fault"),
    [
        ("stt", Fault.DROP),
        ("s2s", Fault.DROP),
        ("stt", Fault.DEEP),
        ("stt", Fault.HUGE),
        ("s2s", Fault.MALFORMED),
    ],
)
async def test_a_stream_that_breaks_in_mid_word_is_lost_and_leaves_no_session(
    remark: Path, mode: str, fault: Fault
) -> None:
    async with emulator(fault=fault) as served:
        with pytest.raises(Lost) as caught:
            await hold(account(served, **PAIR), order(mode=mode), remark)
        assert not served.sessions
    assert "canary" not in str(caught.value)


async def opened(served: PalabraEmulator, **options: Any) -> Stream:
    return await PalabraVendor().open(account(served, **PAIR), order(**options))


async def ended(stream: Stream) -> list[Any]:
    try:
        return [event async for event in stream]
    finally:
        await stream.close()


@pytest.mark.parametrize(
    ("credentials", "mode"),
    [
        ({"api_key": "plbr_wrong-canary"}, "stt"),
        ({"api_key": "plbr_wrong-canary"}, "s2s"),
        ({"client_id": "box", "client_secret": "wrong-canary"}, "s2s"),
    ],
)
async def test_a_wrong_key_is_told_to_a_person_and_not_shown(credentials: dict[str, str], mode: str) -> None:
    async with emulator() as served:
        with pytest.raises(ConfigurationFault, match="does not accept the key") as caught:
            await PalabraVendor().open(account(served, **credentials), order(mode=mode))
    assert "canary" not in str(caught.value)


async def test_a_room_whose_language_is_to_be_detected_does_not_name_one() -> None:
    async with emulator() as served:
        await (await opened(served, source_language="auto")).close()
        await (await opened(served, source_language="auto", mode="s2s")).close()
    assert "language" not in served.queries[0]
    assert served.tasks[0]["pipeline"]["transcription"]["source_language"] == "auto"


async def test_a_second_box_on_the_same_key_waits_for_the_first() -> None:
    async with emulator() as served:
        first = await PalabraVendor().open(account(served), order())
        with pytest.raises(Busy, match="another session"):
            await PalabraVendor().open(account(served), order())
        await first.close()


async def test_more_sessions_than_the_plan_allows_wait_as_long_as_the_vendor_says() -> None:
    async with emulator(cap=0) as served:
        with pytest.raises(Busy, match="The plan allows no more sessions") as caught:
            await opened(served)
    assert caught.value.wait == 7


async def test_a_task_that_never_starts_is_given_up_and_leaves_no_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasking, "READY", 0.3)
    async with emulator(late=60) as served:
        with pytest.raises(Lost, match="did not get ready"):
            await opened(served, mode="s2s")
        assert not served.sessions


@pytest.mark.parametrize(
    ("code", "failure", "words"),
    [
        ("VALIDATION_ERROR", ConfigurationFault, "target_language"),
        ("INSUFFICIENT_FUNDS", ConfigurationFault, "unpaid"),
        ("INTERNAL", Lost, "target_language"),
    ],
)
async def test_a_task_that_is_refused_says_why(code: str, failure: type[Exception], words: str) -> None:
    failing = {"code": code, "desc": "target_language is not known"}
    async with emulator(fault=Fault.ERROR, failing=failing) as served:
        with pytest.raises(failure, match=words):
            await opened(served, mode="s2s")
        assert not served.sessions


async def test_a_stream_without_sound_ends_as_planned() -> None:
    async with emulator(patience=0.2) as served:
        with pytest.raises(Planned, match="No input audio"):
            await ended(await opened(served, mode="s2s"))


async def test_a_vendor_that_does_not_mark_its_end_is_left_when_all_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stt, "QUIET", 0.2)
    async with emulator(marks_fin=False) as served:
        stream = await opened(served)
        await stream.finish()
        assert await ended(stream) == []


@pytest.mark.parametrize("mode", ["stt", "s2s"])
async def test_a_vendor_that_never_answers_the_end_is_left(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palabra_stream, "TAIL", 0.3)
    async with emulator(fault=Fault.NO_END) as served:
        stream = await opened(served, mode=mode)
        hearing = asyncio.create_task(ended(stream))
        await asyncio.sleep(0)
        await stream.finish()
        assert await hearing == []
        assert not served.sessions


async def test_a_session_that_is_made_after_nobody_waits_any_more_is_deleted() -> None:
    async with emulator(creating=0.3) as served:
        opening = asyncio.create_task(opened(served))
        while not served.created:  # noqa: ASYNC110 - the emulator has no event for it
            await asyncio.sleep(0.01)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert len(served.deleted) == 1
        assert not served.sessions


async def test_closing_in_the_middle_ends_the_words_without_a_failure() -> None:
    async with emulator() as served:
        stream = await opened(served, mode="s2s")
        hearing = asyncio.create_task(ended(stream))
        await asyncio.sleep(0)
        await stream.close()
        await stream.close()
        assert await hearing == []
        assert not served.sessions


async def test_the_check_of_an_account_has_a_sentence_for_each_outcome() -> None:
    said: list[str] = []
    async with emulator() as served:
        vendor = PalabraVendor()
        for good in ({}, PAIR):
            assert "costs nothing" in await vendor.check(account(served, **good))
        for wrong in ({"api_key": "plbr_wrong-canary"}, {"client_id": "box", "client_secret": "canary"}):
            with pytest.raises(ConfigurationFault, match="does not accept the key") as caught:
                await vendor.check(account(served, **wrong))
            said.append(str(caught.value))
        served.unpaid = True
        with pytest.raises(ConfigurationFault, match="Insufficient funds on the account") as caught:
            await vendor.check(account(served))
        said.append(str(caught.value))
        gone = account(served)
    with pytest.raises(Lost, match="network"):
        await vendor.check(gone)
    assert not any("canary" in sentence for sentence in said)
