"""The vendor's own Python client against our emulator: its code judges how true the emulator is."""

import asyncio
import wave
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.reverie import ReverieEmulator
from tests.rigs.speech import speak, word_error_rate

theirs: Any = pytest.importorskip("reverie_sdk", reason="the vendor's client runs on Python before 3.13 only")

SAID = ["The work will begin in March.", "The children will be happy."]


@pytest.fixture(scope="module")
def meeting() -> bytes:
    return _pcm(speak(*SAID))


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        sound: bytes = file.readframes(file.getnframes())
        return sound


async def results(box: ReverieEmulator, pcm: bytes, *, key: str = "key", **options: Any) -> list[Any]:
    client = theirs.ReverieASR(api_key=key, app_id="app")
    host = box.url.removeprefix("http://")

    def run() -> list[Any]:
        return list(client.stt_stream("en", pcm, secure=False, host=host, **options))

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


async def test_their_client_reads_the_emulator_s_refusals(meeting: bytes) -> None:
    async with ReverieEmulator(sentences=SAID) as box:
        [refused] = await results(box, meeting, key="wrong")
    assert not refused.success
    assert refused.text == "Invalid credentials"
