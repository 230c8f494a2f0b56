import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from appliance.audio import playback
from appliance.audio.listener import Listener
from appliance.audio.loudspeaker import BACKLOG_SECONDS, OWN_VOICE, RETRY, STUCK, Discreet, Loudspeaker
from appliance.audio.microphone import LiveMicrophone
from appliance.sound import FRAME_SECONDS, VOICE_RATE, Frame, Loss
from tests.rigs.pulse import MICROPHONE, PulseRoom
from tests.rigs.speech import speak

LONG_ENOUGH = 30.0
PIECE = VOICE_RATE // 100


def tone(seconds: float) -> bytes:
    times = np.arange(round(seconds * VOICE_RATE)) / VOICE_RATE
    return bytes((8000 * np.sin(2 * np.pi * 440 * times)).astype("<i2").tobytes())


def pieces(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + 2 * PIECE] for at in range(0, len(pcm), 2 * PIECE)]


class Warnings:
    def __init__(self) -> None:
        self.latest: str | None = "nothing was said yet"
        self._came = asyncio.Event()

    def __call__(self, sentence: str | None) -> None:
        self.latest = sentence
        self._came.set()

    async def next(self) -> str | None:
        async with asyncio.timeout(LONG_ENOUGH):
            await self._came.wait()
        self._came.clear()
        return self.latest


@pytest.fixture
def warnings() -> Warnings:
    return Warnings()


@pytest.fixture
async def loudspeaker(warnings: Warnings) -> AsyncIterator[Loudspeaker]:
    loudspeaker = Loudspeaker(warnings)
    running = asyncio.create_task(loudspeaker.run())
    yield loudspeaker
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def scripted_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a process of its own that does what no virtual loudspeaker does."""

    def script(does: str) -> None:
        path = tmp_path / "playback.py"
        path.write_text(f"import sys, time\n{dedent(does)}\n")
        monkeypatch.setattr(playback, "__file__", str(path))

    return script


@pytest.fixture
def echoing_room(pulse_room: PulseRoom) -> PulseRoom:
    """A room whose microphone hears whatever the box plays."""
    pulse_room.plug_in_loudspeaker()
    return pulse_room


async def say(loudspeaker: Loudspeaker, pcm: bytes) -> None:
    """As a track does: a piece at a time, at the pace of speech."""
    for piece in pieces(pcm):
        loudspeaker.play(piece)
        await asyncio.sleep(len(piece) / 2 / VOICE_RATE)


async def heard_while(listener: Listener, loudspeaker: Loudspeaker, pcm: bytes) -> list[Frame | Loss]:
    """What is heard until two seconds after the box has spoken."""
    heard: list[Frame | Loss] = []
    quiet = 0.0
    async with asyncio.timeout(LONG_ENOUGH), listener, asyncio.TaskGroup() as group:
        assert isinstance(await anext(listener), Frame)
        speaking = group.create_task(say(loudspeaker, pcm))
        async for one in listener:
            assert isinstance(one, Frame | Loss)
            heard.append(one)
            quiet = quiet + FRAME_SECONDS if speaking.done() and isinstance(one, Frame) else 0.0
            if quiet >= 2:
                break
    return heard


def loud(heard: list[Frame | Loss]) -> list[Frame]:
    return [one for one in heard if isinstance(one, Frame) and one.level > -50]


async def test_a_translation_is_heard_in_the_room(
    echoing_room: PulseRoom, loudspeaker: Loudspeaker, warnings: Warnings
) -> None:
    del echoing_room
    heard = await heard_while(Listener(LiveMicrophone(MICROPHONE)), loudspeaker, tone(1.5))
    assert warnings.latest is None
    assert len(loud(heard)) * FRAME_SECONDS == pytest.approx(1.5, abs=0.4)


async def test_the_box_does_not_hear_its_own_voice_and_says_so(
    echoing_room: PulseRoom, loudspeaker: Loudspeaker
) -> None:
    del echoing_room
    microphone = Discreet(LiveMicrophone(MICROPHONE), lambda: loudspeaker.speaking)
    heard = await heard_while(Listener(microphone), loudspeaker, tone(1.5))
    assert not loud(heard)
    losses = [one for one in heard if isinstance(one, Loss)]
    assert {loss.reason for loss in losses} == {OWN_VOICE}
    assert 1.5 <= sum(loss.end - loss.start for loss in losses) <= 5


async def test_people_are_heard_again_after_the_box_has_spoken(
    echoing_room: PulseRoom, loudspeaker: Loudspeaker
) -> None:
    microphone = Discreet(LiveMicrophone(MICROPHONE), lambda: loudspeaker.speaking)
    async with asyncio.timeout(LONG_ENOUGH), Listener(microphone) as listener, asyncio.TaskGroup() as group:
        assert isinstance(await anext(listener), Frame)
        await say(loudspeaker, tone(0.5))
        async for one in listener:
            if isinstance(one, Loss):
                break
        group.create_task(echoing_room.play(speak("Winter comes early.")))
        async for one in listener:
            if isinstance(one, Frame) and one.speech:
                break


async def test_without_a_loudspeaker_there_is_a_warning_and_people_are_heard(
    pulse_room: PulseRoom, loudspeaker: Loudspeaker, warnings: Warnings
) -> None:
    pulse_room._alsa.write_text("pcm.!default { type hw card 9 }\n")
    loudspeaker.play(tone(0.01))
    assert "no loudspeaker" in (await warnings.next() or "")
    assert not loudspeaker.speaking
    loudspeaker.play(tone(0.01))
    assert not loudspeaker.speaking


async def test_a_loudspeaker_that_takes_no_sound_is_given_up(
    loudspeaker: Loudspeaker, warnings: Warnings, scripted_player: Callable[[str], None]
) -> None:
    scripted_player("""
        print('{"latency": 0.1}', flush=True)
        time.sleep(600)
    """)
    loudspeaker.play(tone(2))
    assert await warnings.next() is None
    assert await warnings.next() == STUCK
    assert not loudspeaker._waiting


async def test_a_process_that_dies_is_told(
    loudspeaker: Loudspeaker, warnings: Warnings, scripted_player: Callable[[str], None]
) -> None:
    scripted_player("sys.exit(1)")
    loudspeaker.play(tone(0.5))
    assert await warnings.next() == STUCK


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_silence_of_an_open_track_does_not_close_the_box_s_ears() -> None:
    clock = Clock()
    loudspeaker = Loudspeaker(Warnings(), clock=clock)
    hiss = np.full(PIECE, 20, "<i2").tobytes()
    for _ in range(100):
        loudspeaker.play(hiss)
    assert not loudspeaker.speaking
    loudspeaker.play(tone(0.01))
    loudspeaker.play(hiss)
    assert len(loudspeaker._waiting) == 2, "a short pause belongs to what is said"
    clock.now += 1
    loudspeaker.play(hiss)
    assert len(loudspeaker._waiting) == 2


def test_what_waits_too_long_is_dropped_the_oldest_first() -> None:
    loudspeaker = Loudspeaker(Warnings(), clock=Clock())
    for number in range(1000):
        loudspeaker.play(np.full(PIECE, 1000 + number, "<i2").tobytes())
    assert len(loudspeaker._waiting) == pytest.approx(BACKLOG_SECONDS * 100, abs=1)
    assert np.frombuffer(loudspeaker._waiting[-1], "<i2")[0] == 1999


def test_a_device_that_failed_is_tried_again_after_a_while() -> None:
    clock = Clock()
    loudspeaker = Loudspeaker(Warnings(), clock=clock)
    loudspeaker._broken_until = clock.now + RETRY
    loudspeaker.play(tone(0.01))
    assert not loudspeaker.speaking
    clock.now += RETRY
    loudspeaker.play(tone(0.01))
    assert loudspeaker.speaking


def test_mono_becomes_two_equal_channels() -> None:
    assert playback.doubled(b"\1\0\2\0") == b"\1\0\1\0\2\0\2\0"
