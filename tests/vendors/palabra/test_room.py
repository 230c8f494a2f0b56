"""The room at the vendor: real WebRTC, and for its voice a real sound output, on this machine."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
import trustme
from aiohttp import web
from livekit import rtc

from appliance.audio.listener import Listener
from appliance.audio.loudspeaker import Discreet, Loudspeaker
from appliance.audio.microphone import LiveMicrophone
from appliance.sound import VOICE_RATE, Frame, Loss
from appliance.testing import word_error_rate
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, Unreachable
from appliance.vendors.palabra import PalabraVendor, opening, room
from appliance.vendors.palabra.room import Room
from tests.emulators.palabra import Fault
from tests.rigs.pulse import MICROPHONE, PulseRoom
from tests.rigs.speech import speak
from tests.vendors.palabra.meeting import PAIR, SAID, Meeting, account, emulator, held, hold, order

LONG_ENOUGH = 30.0
MISHEARD = 0.25
"""The share of words that the ear may get wrong when a busy machine is late with a packet."""


@dataclass
class Heard:
    """A loudspeaker whose sound is kept."""

    sounds: bool = True
    sound: list[np.ndarray[Any, np.dtype[np.int16]]] = field(default_factory=list)

    def play(self, pcm: bytes) -> None:
        self.sound.append(np.frombuffer(pcm, "<i2"))

    @property
    def loud_seconds(self) -> float:
        return sum(len(piece) for piece in self.sound if np.abs(piece).max() > 1000) / VOICE_RATE


@pytest.fixture(scope="module")
def remark() -> Path:
    return speak(SAID[0])


def voice(sentence: str) -> bytes:
    """A sentence as the vendor's track has it."""
    samples, rate = soundfile.read(speak(sentence), dtype="int16")
    return bytes(soxr.resample(samples, rate, VOICE_RATE).astype("<i2").tobytes())


@pytest.mark.parametrize("credentials", [{}, PAIR])
async def test_speech_comes_back_as_words_and_the_session_ends_with_the_stream(
    remark: Path, credentials: dict[str, str]
) -> None:
    async with emulator(readiness="poll", nested=True, translator_after=0.3) as served:
        held = await hold(account(served, **credentials), order("es-MX", mode="webrtc"), remark)
        assert word_error_rate(SAID[0], held.text) <= MISHEARD
        assert [w.text for w in held.finals("es-MX")] == [f"es-mx: {held.text}"]
        assert served.commands == ["set_task", "get_task", "end_task"]
        assert served.complaints == []
        assert served.tasks[0]["output_stream"] is None
        assert not served.sessions
        assert len(served.deleted) == 1


async def test_only_the_language_to_be_spoken_is_heard() -> None:
    loudspeaker = Heard()
    async with emulator() as served:
        wanted = replace(order("de", "es-MX", mode="webrtc", speak="es-MX"), loudspeaker=loudspeaker)
        async with held(account(served), wanted) as meeting:
            await meeting.say(speak(SAID[0]))
            await meeting.say(speak(SAID[1]))
        assert served.complaints == []
        assert served.tasks[0]["output_stream"]["target"] == {"type": "webrtc"}
        assert 0.3 <= loudspeaker.loud_seconds <= 1.2  # of the two half seconds, the last may be cut off


async def test_nothing_is_spoken_where_there_is_no_loudspeaker(remark: Path) -> None:
    loudspeaker = Heard(sounds=False)
    async with emulator() as served:
        wanted = replace(order("es-MX", mode="webrtc", speak="es-MX"), loudspeaker=loudspeaker)
        await hold(account(served), wanted, remark)
        assert served.tasks[0]["output_stream"] is None
        assert not loudspeaker.sound


async def test_a_language_to_be_spoken_that_the_room_does_not_have_is_a_fault_of_a_person_s() -> None:
    async with emulator() as served:
        with pytest.raises(ConfigurationFault, match="cannot speak fr"):
            await PalabraVendor().open(account(served), order("es-MX", mode="webrtc", speak="fr"))
        assert served.created == []


@dataclass
class Table:
    """A meeting-room table: the box's microphone hears what the box plays."""

    loudspeaker: Loudspeaker
    sound: PulseRoom

    def microphone(self, *, discreet: bool) -> Listener:
        hears = LiveMicrophone(MICROPHONE)
        return Listener(Discreet(hears, lambda: self.loudspeaker.speaking) if discreet else hears)


@pytest.fixture
async def table(pulse_room: PulseRoom) -> AsyncIterator[Table]:
    pulse_room.plug_in_loudspeaker()
    loudspeaker = Loudspeaker(lambda _: None)
    running = asyncio.create_task(loudspeaker.run())
    yield Table(loudspeaker, pulse_room)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def talk(meeting: Meeting, listener: Listener, table: Table, person: Path) -> None:
    """Listen until two seconds after the box has spoken and been quiet, or has been heard."""
    async with asyncio.timeout(LONG_ENOUGH), listener, asyncio.TaskGroup() as group:
        assert isinstance(await anext(listener), Frame)
        group.create_task(table.sound.play(person))
        frames_since = 0
        async for heard in listener:
            if isinstance(heard, Frame):
                await meeting.stream.send(heard)
            frames_since += bool(frames_since) or isinstance(heard, Loss)
            if frames_since > 60 or len(meeting.finals()) > 1:
                return


@pytest.mark.parametrize("discreet", [True, False])
async def test_what_the_box_says_does_not_come_back_as_captions(
    table: Table,
    remark: Path,
    discreet: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Without the precaution it does, which shows that the test can hear it."""
    async with emulator(voice=voice(SAID[1])) as served:
        wanted = replace(order("es-MX", mode="webrtc", speak="es-MX"), loudspeaker=table.loudspeaker)
        async with held(account(served), wanted) as meeting:
            await talk(meeting, table.microphone(discreet=discreet), table, remark)
    assert is_in(meeting.text, SAID[0])
    assert is_in(meeting.text, SAID[1]) is not discreet


def is_in(text: str, sentence: str) -> bool:
    """Whether most words that only this sentence has were heard; a busy machine mishears some."""
    others = {word for other in SAID if other != sentence for word in other.lower().strip(".").split()}
    own = set(sentence.lower().strip(".").split()) - others
    return len(own & set(text.lower().split())) > len(own) / 2


async def test_without_its_package_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(opening, "import_module", missing)
    async with emulator() as served:
        with pytest.raises(ConfigurationFault, match=r"pip install 'captionbox\[webrtc\]'"):
            await PalabraVendor().open(account(served), order(mode="webrtc"))
        assert served.created == []


def test_the_package_is_loaded_only_for_this_way_to_palabra() -> None:
    program = "import sys, appliance.vendors.palabra; sys.exit('livekit' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


async def test_a_room_into_which_nobody_comes_is_lost_and_leaves_no_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "ENTERING", 2.0)
    async with emulator(translator="somebody") as served:
        with pytest.raises(Lost, match="did not come into the room within 2 s"):
            await PalabraVendor().open(account(served), order(mode="webrtc"))
        assert not served.sessions


async def test_a_room_that_the_vendor_closes_ends_as_planned(remark: Path) -> None:
    async with emulator() as served:
        stream = await PalabraVendor().open(account(served), order(mode="webrtc"))
        try:
            assert served.in_room
            await served.in_room.room.end()
            with pytest.raises(Planned, match="the room was closed"):
                await Meeting(stream).hear()
            with pytest.raises(Planned, match="the room was closed"):
                await Meeting(stream).say(remark)
        finally:
            await stream.close()
        assert not served.sessions


async def test_a_connection_that_breaks_is_lost_at_once(remark: Path) -> None:
    async with emulator(fault=Fault.DROP) as served:
        with pytest.raises(Lost):
            await hold(account(served), order(mode="webrtc"), remark)
        assert not served.sessions


def refusal_of(message: str) -> Exception:
    return room._refused(message, "wss://webrtc.palabra.ai", ("canary",))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("engine: signal failure: client error: 401 Unauthorized - invalid token: canary", ConfigurationFault),
        ("engine: signal failure: client error: 429 Too Many Requests - slow down", Busy),
        ("engine: signal failure: server error: 503 Service Unavailable - ", Lost),
        ("engine: signal failure: transport connection error: IO error: Connection refused", Unreachable),
        ("engine: signal failure: IO error: invalid peer certificate: UnknownIssuer", ConfigurationFault),
        ("something new", Unreachable),
    ],
)
def test_what_the_package_says_becomes_one_of_the_four_failures(message: str, kind: type[Exception]) -> None:
    failure = refusal_of(message)
    assert isinstance(failure, kind)
    assert "canary" not in str(failure)


async def test_a_stranger_s_certificate_is_refused() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        with pytest.raises(ConfigurationFault, match="certificate"):
            await Room.enter(f"wss://127.0.0.1:{runner.addresses[0][1]}", "canary", ())
    finally:
        await runner.cleanup()


class Emitter:
    """Stands for the package's room where only what it tells matters."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def on(self, event: str, callback: Any) -> None:
        self.told[event] = callback


@dataclass
class Participant:
    identity: str


def packet(data: bytes, identity: str | None) -> rtc.DataPacket:
    participant: Any = Participant(identity) if identity else None
    return rtc.DataPacket(data=data, kind=rtc.DataPacketKind.KIND_RELIABLE, participant=participant)


async def test_only_the_vendor_is_listened_to() -> None:
    inside: Any = Emitter()
    entered = Room(inside, "")
    for data, identity in [(b"1", "palabra_translator_x"), (b"2", "guest"), (b"3", None)]:
        inside.told["data_received"](packet(data, identity))
    inside.told["participant_disconnected"](Participant("guest"))
    inside.told["participant_disconnected"](Participant("Palabra_Translator_x"))
    assert [message async for message in entered] == [b"1", b"3"]
    assert (entered.code, entered.reason) == (1001, "its translator has left the room")


async def test_a_vendor_that_says_more_than_anybody_can_read_is_left() -> None:
    inside: Any = Emitter()
    entered = Room(inside, "")
    for _ in range(room.LONGEST_WAITING // 200_000 + 1):
        inside.told["data_received"](packet(bytes(200_000), None))
    with pytest.raises(Lost, match="more than anybody can read"):
        [message async for message in entered]
    with pytest.raises(Lost):
        await entered.send("{}")
