"""The vendor's own Python client against our emulator: its code judges how true the emulator is."""

import asyncio
import wave
from pathlib import Path
from typing import Any

import pytest

from appliance.testing import word_error_rate
from tests.emulators.reverie import ReverieEmulator
from tests.rigs.speech import speak

theirs: Any = pytest.importorskip("reverie_sdk", reason="the vendor's client runs on Python before 3.13 only")

SAID = ["The work will begin in March.", "The children will be happy."]


@pytest.fixture(scope="module")
def meeting() -> bytes:
    return _pcm(speak(*SAID))


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        sound: bytes = file.readframes(file.getnframes())
        return sound


def client(key: str = "key") -> Any:
    return theirs.ReverieASR(api_key=key, app_id="app")


async def results(box: ReverieEmulator, sound: Any, *, key: str = "key", **options: Any) -> list[Any]:
    options = {"src_lang": "en", "secure": False, "host": box.url.removeprefix("http://")} | options

    def run() -> list[Any]:
        return list(client(key).stt_stream(bytes_or_stream=sound, **options))

    return [result for result in await asyncio.to_thread(run) if result]


async def test_their_client_hears_every_word_through_the_emulator(meeting: bytes) -> None:
    async with ReverieEmulator(sentences=SAID) as box:
        said = await results(box, meeting, continuous=1, silence=0.5, timeout=60)
    utterances = [result.text for result in said if result.final or result.cause == "silence detected"]
    assert word_error_rate(" ".join(SAID), " ".join(utterances)) == 0
    assert said[0].cause == "ready"
    assert said[-1].cause == "EOF received"


async def test_their_client_stops_at_the_first_silence_unless_it_asks_to_go_on(meeting: bytes) -> None:
    async with ReverieEmulator(sentences=SAID) as box:
        said = await results(box, meeting, silence=0.5, timeout=60)
    assert said[-1].cause == "silence detected"
    assert word_error_rate(SAID[0], said[-1].text) == 0


async def test_their_client_stops_at_the_time_limit_while_it_listens_to_a_microphone(meeting: bytes) -> None:
    microphone = theirs.services.asr.AudioStream()

    async def speak_on() -> None:
        for start in range(0, len(meeting), 3200):
            microphone.add_chunk(meeting[start : start + 3200])
            await asyncio.sleep(0.1)

    async with ReverieEmulator(sentences=SAID) as box:
        speaking = asyncio.create_task(speak_on())
        said = await results(box, microphone, silence=1, timeout=2)
        speaking.cancel()
    microphone.buff.put(bytes(2))  # else its thread waits for sound for ever
    assert [said[0].cause, said[1].cause, said[-1].cause] == ["ready", "partial", "timeout"]
    assert said[-1].text


async def test_their_other_client_hears_the_same(meeting: bytes) -> None:
    said: list[Any] = []
    async with ReverieEmulator(sentences=SAID) as box:
        host = box.url.removeprefix("http://")
        options = {"silence": 0.5, "secure": False, "host": host}
        await client().stt_stream_async("en", meeting, said.append, **options)
    assert said[0].cause == "ready"
    assert said[-1].cause == "silence detected"
    assert word_error_rate(SAID[0], said[-1].text) == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": "wrong"}, "Invalid credentials"),
        ({"src_lang": "xx"}, "Invalid or unauthorised language code"),
        ({"domain": "xx"}, "no decoder for given args"),
        ({"timeout": 181}, "no decoder for given args"),
    ],
)
async def test_their_client_reads_the_emulator_s_refusals(
    meeting: bytes, wrong: dict[str, Any], words: str
) -> None:
    async with ReverieEmulator(sentences=SAID) as box:
        [refused] = await results(box, meeting, **wrong)
    assert not refused.success
    assert refused.text.startswith(words)


async def test_their_client_reads_a_refusal_within_the_stream(meeting: bytes) -> None:
    async with ReverieEmulator(sentences=SAID) as box:
        [refused] = await results(box, meeting, format="flac")
    assert not refused.success
    assert refused.cause == "unsupported audio format"
