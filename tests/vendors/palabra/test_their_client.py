"""The vendor's own Python client against our emulator: its code judges how true the emulator is."""

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from websockets.exceptions import ConnectionClosed

from appliance.sound import SAMPLE_RATE
from appliance.testing import word_error_rate
from tests.emulators.palabra import PalabraEmulator
from tests.rigs.speech import speak
from tests.vendors.palabra.meeting import SAID, emulator

theirs: Any = pytest.importorskip("palabra_ai", reason="the vendor's client palabra-ai is not installed")


KEY = "plbr_right"  # not the canary: what their client logs is not ours to judge


@pytest.fixture(scope="module")
def remarks() -> list[bytes]:
    return [_pcm(speak(sentence)) for sentence in SAID]


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        sound: bytes = file.readframes(file.getnframes())
        return sound


def at_24_khz(pcm: bytes) -> bytes:
    """At the rate that their client has for its usual one."""
    resampled = soxr.resample(np.frombuffer(pcm, "<i2"), SAMPLE_RATE, theirs.OUTPUT_SAMPLE_RATE)
    return bytes(resampled.astype("<i2").tobytes())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Makes their client, to which an emulator is a region of its own."""

    def made(served: PalabraEmulator, key: str = KEY) -> Any:
        host = served.url.replace("http", "ws")
        region = theirs.Region(
            translation=f"{host}/streaming-api/{{random_hash}}/v1/speech-to-speech/stream",
            stt=f"{host}/asr/v1/speech-to-text/stream",
        )
        monkeypatch.setitem(theirs.REGIONS, "emulator", region)
        return theirs.Palabra(api_key=key, region="emulator")

    return made


async def everything(session: Any) -> list[Any]:
    return [event async for event in session]


def finals(events: list[Any], *, translated: bool = False) -> list[str]:
    kinds = (theirs.Transcript, theirs.SttTranscript)
    return [e.text for e in events if isinstance(e, kinds) and e.is_eos and e.is_translation is translated]


def statuses(events: list[Any]) -> list[tuple[str, str, str]]:
    return [(e.command, e.event, e.status) for e in events if isinstance(e, theirs.TaskStatus)]


async def test_their_client_translates_and_pauses_and_goes_on_in_another_language(
    client: Callable[..., Any], remarks: list[bytes]
) -> None:
    async with emulator(key=KEY) as served, client(served).translation("en", "es") as session:
        hearing = asyncio.create_task(everything(session))
        await session.send_pcm(at_24_khz(remarks[0]))
        await session.pause()
        await asyncio.sleep(1)
        await session.resume()
        await asyncio.sleep(2.1)
        await session.set_task(theirs.build_task("en", ["es", "de"]))
        await session.send_pcm(at_24_khz(remarks[1]), end=True)
        events = await hearing
    assert word_error_rate(" ".join(SAID), " ".join(finals(events))) == 0
    first, second = finals(events)
    assert finals(events, translated=True) == [f"es: {first}", f"es: {second}", f"de: {second}"]
    assert any(isinstance(event, theirs.Transcript) and not event.is_eos for event in events)
    spoken = [event for event in events if isinstance(event, theirs.Audio)]
    assert [(event.language, event.last_chunk) for event in spoken] == [
        ("es", True),
        ("es", True),
        ("de", True),
    ]
    assert statuses(events) == [
        ("set_task", "started", "running"),
        ("pause_task", "paused", "paused"),
        ("set_task", "resumed", "running"),
        ("set_task", "updated", "running"),
    ]
    assert isinstance(events[-1], theirs.StreamEnd)
    assert served.complaints == []


async def test_their_client_finds_its_commands_answered(client: Callable[..., Any]) -> None:
    task = theirs.build_task("en", "es", input_sample_rate=16_000, output_format="zlib_pcm_s16le")
    async with (
        emulator(key=KEY, nested=True, late=0.3) as served,
        client(served).translation(task=task) as session,
    ):
        hearing = asyncio.create_task(everything(session))
        await session.speak("Hola", "es")
        await session.interrupt(pause=True)
        await asyncio.sleep(2.1)
        await session.resume()
        await asyncio.sleep(2.1)
        await session.set_task(task)
        await asyncio.sleep(2.1)
        await session.get_task()
        await session.send_pcm(bytes(2 * 7 * SAMPLE_RATE), realtime=False)
        while "AUDIO_STREAM_TOO_FAST" not in served.warnings:  # noqa: ASYNC110 - the emulator has no event for it
            await asyncio.sleep(0.01)
        await session.send_audio(b"too little")
        await session.end()
        events = await hearing
    assert statuses(events) == [
        ("set_task", "started", "running"),
        ("tts_task", "queued", "running"),
        ("interrupt_task", "interrupted", "paused"),
        ("set_task", "resumed", "running"),
        ("set_task", "unchanged", "running"),
    ]
    [spoken] = [event for event in events if isinstance(event, theirs.Audio)]
    assert spoken.pcm == bytes(len(spoken.pcm))
    assert spoken.id in {event.transcription_id for event in events if isinstance(event, theirs.TaskStatus)}
    [info] = [event for event in events if isinstance(event, theirs.TaskInfo)]
    assert info.status == "running"
    [wrong] = [event for event in events if isinstance(event, theirs.ServerError)]
    assert wrong.code == "VALIDATION_ERROR"
    warned = [event.code for event in events if isinstance(event, theirs.ServerWarning)]
    assert warned == ["AUDIO_STREAM_STALLED", "AUDIO_STREAM_TOO_FAST"] == served.warnings


async def test_their_client_is_told_why_a_task_is_refused(client: Callable[..., Any]) -> None:
    async with emulator(key=KEY) as served:
        with pytest.raises(theirs.TaskError, match="VALIDATION_ERROR: target_language: 'xx' is not supported"):
            await client(served).translation("en", "xx").__aenter__()
        with pytest.raises(theirs.SessionError, match="403"):
            await client(served, "plbr_wrong").translation("en", "es").__aenter__()


async def test_their_client_is_cut_off_when_it_connects_too_often(client: Callable[..., Any]) -> None:
    async with emulator(key=KEY) as served:
        for _ in range(20):
            session = await client(served).translation("en", "es").__aenter__()
            await session.close()
        with pytest.raises((theirs.SessionError, ConnectionClosed), match=r"1008|closed before"):
            await client(served).translation("en", "es").__aenter__()


async def test_their_client_gives_up_on_a_task_that_is_not_acknowledged(
    client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theirs.client, "READY_TIMEOUT", 0.3)
    async with emulator(key=KEY, readiness="poll") as served:
        with pytest.raises(theirs.NotReadyError):
            await client(served).translation("en", "es").__aenter__()


async def test_their_client_hears_every_word_of_speech_to_text_with_translations(
    client: Callable[..., Any], remarks: list[bytes]
) -> None:
    async with emulator(key=KEY) as served:
        async with client(served).stt("en", translate_languages=["es", "de"]) as session:
            hearing = asyncio.create_task(everything(session))
            for remark in remarks:
                await session.send_pcm(remark)
            with pytest.raises(theirs.SessionError, match="409"):
                await client(served).stt("en").__aenter__()
            await session._ws.close()
            events = await hearing
        with pytest.raises(theirs.AuthError, match="401"):
            await client(served, "plbr_wrong").stt("en").__aenter__()
    assert word_error_rate(" ".join(SAID), " ".join(finals(events))) == 0
    translations = [f"{language}: {text}" for text in finals(events) for language in ("es", "de")]
    assert finals(events, translated=True) == translations
    assert {event.type for event in events} == {"transcription", "translated_transcription"}
    assert served.complaints == []
