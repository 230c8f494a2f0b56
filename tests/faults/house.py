"""What can go wrong in the house: the microphone, the disk, the clock, the glass and those who read."""

import asyncio
import contextlib
import os
import socket
import sqlite3
import struct
import wave
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import aiohttp
import psutil
from yarl import URL

from appliance.audio import Listener
from appliance.audio.microphone import LiveMicrophone
from appliance.database import FILE, open_database
from appliance.panel import FrontPanel
from appliance.panel.display import Wire
from appliance.panel.simulated import SimulatedPins
from appliance.settings.models import Panel
from appliance.sound import FRAME_SECONDS, SAMPLE_BYTES, SAMPLE_RATE, Frame, Heard
from appliance.state import Command
from appliance.transcripts.record import TranscriptRecord
from appliance.transcripts.store import TranscriptStore
from tests.faults.meeting import Scenario, Stage
from tests.faults.scenarios import AFTERWARDS, CAUSE
from tests.panel.chips import Ssd1306
from tests.rigs.pulse import MICROPHONE, PulseRoom
from tests.rigs.speech import PAUSE_SECONDS

DISK: Final = "size=1m"
COMMANDS: Final = 4_000
"""Commands that each make an event of some 700 bytes, so that much waits for one who does not read."""


class Unplayable(Exception):
    """This machine cannot play a fault: one plain sentence."""


class _Heard(Listener):
    """Notes when the box began to hear."""

    began: float | None = None

    async def __anext__(self) -> Heard:
        heard = await super().__anext__()
        if self.began is None and isinstance(heard, Frame):
            self.began = asyncio.get_running_loop().time() - FRAME_SECONDS
        return heard


@dataclass
class _Room:
    """A real microphone in a virtual room."""

    pulse: PulseRoom
    listeners: list[_Heard] = field(default_factory=list)

    def listen(self, *_: Any) -> Listener:
        """As the box does."""
        self.listeners.append(_Heard(LiveMicrophone(MICROPHONE)))
        return self.listeners[-1]

    async def speak(self, stage: Stage, since: float) -> None:
        """Play the programme as far as it is still to come, until its end or that of the sound server."""
        gone = asyncio.get_running_loop().time() - since
        with contextlib.suppress(RuntimeError, ValueError), TemporaryDirectory() as folder:
            await self.pulse.play(_from(stage.programme.path, gone, Path(folder)))


@asynccontextmanager
async def room(stage: Stage) -> AsyncIterator[_Room]:
    """The box hears a microphone in place of a file."""
    with TemporaryDirectory(prefix="room-") as folder:
        pulse = PulseRoom(Path(folder), rate=SAMPLE_RATE, channels=1)
        with patch.dict(os.environ, pulse.env):
            async with pulse:
                prop = _Room(pulse)
                stage.listen = prop.listen
                yield prop


async def microphone_gone(stage: Stage, *, seconds: float) -> None:
    """The sound server is killed, and started again after a while; who speaks does not wait for it."""
    prop: _Room = stage.prop
    while not (prop.listeners and prop.listeners[0].began):  # noqa: ASYNC110 - a listener tells nobody
        await asyncio.sleep(0.02)
    heard_since = prop.listeners[0].began
    began = asyncio.get_running_loop().time()
    stage.programme.words = [
        replace(word, start=word.start + began - heard_since, end=word.end + began - heard_since)
        for word in stage.programme.words
    ]
    speaking = asyncio.create_task(prop.speak(stage, began))
    # In a pause, for half a word is heard as another.
    pause = next(
        a.end
        for a, b in pairwise(stage.programme.words)
        if a.end > CAUSE and b.start - a.end > PAUSE_SECONDS / 2
    )
    await asyncio.sleep(heard_since + pause + PAUSE_SECONDS / 2 - asyncio.get_running_loop().time())
    with stage.fault():
        await prop.pulse.stop()
        await speaking
        await asyncio.sleep(seconds)
        await prop.pulse.start()
    await prop.speak(stage, began)
    await asyncio.sleep(1.0)
    assert stage.press
    await stage.press(Command.STOP)


@asynccontextmanager
async def transcript(stage: Stage, *, small: bool) -> AsyncIterator[Path]:
    """The meeting is written down, and in the end compared with what was shown.

    Args:
        stage: where.
        small: whether that is on a disk of its own with little room, which takes root.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        if small:
            await _run("mount", "-t", "tmpfs", "-o", DISK, "captionbox", name)
        try:
            async with open_database(folder) as database:
                store = TranscriptStore(database)
                await store.open()
                stage.record = partial(TranscriptRecord, store)
                yield folder
                await _compare(stage, store)
        finally:
            if small:
                await _run("umount", name)


async def disk_full(stage: Stage, *, seconds: float) -> None:
    """There is no room on the disk for a while."""
    ballast: Path = stage.prop / "ballast"
    await stage.at(CAUSE)
    with stage.fault():
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(ballast.unlink)


async def disk_busy(stage: Stage, *, seconds: float) -> None:
    """Another program holds the database: nothing that is to be written returns, nor fails for long."""
    other = sqlite3.connect(stage.prop / FILE, isolation_level=None)
    with contextlib.closing(other):
        await stage.at(CAUSE)
        other.execute("BEGIN IMMEDIATE")
        with stage.fault():
            await asyncio.sleep(seconds)
            other.execute("ROLLBACK")


@dataclass
class _Glass:
    """A display whose bus can fail."""

    chip: Ssd1306
    panel: FrontPanel

    def right(self) -> bool:
        """Whether what is on the glass is what the box wants there."""
        return self.panel.warning is None and self.chip.picture() == self.panel.picture()


@asynccontextmanager
async def glass(stage: Stage) -> AsyncIterator[_Glass]:
    """The front panel shows the meeting."""
    chip, settings = Ssd1306(), Panel()
    panel = FrontPanel(SimulatedPins(settings), settings, Wire(lambda: chip))

    async def nothing(*_: Any) -> None:
        pass

    showing = asyncio.create_task(panel.run(stage.board, nothing, lambda _: "", nothing))
    try:
        yield _Glass(chip, panel)
        _tell_delay(stage)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def bus_error(stage: Stage, *, seconds: float) -> None:
    """Nothing that is sent to the display arrives for a while."""
    prop: _Glass = stage.prop
    await stage.at(CAUSE)
    assert prop.right()
    with stage.fault():
        prop.chip.fail_after = 0
        await asyncio.sleep(seconds)
        stage.notes.append(f"the panel said: {prop.panel.warning}")
        prop.chip.fail_after = None
    back = stage.now
    while not prop.right():  # noqa: ASYNC110 - a chip tells nobody
        await asyncio.sleep(0.1)
    stage.notes.append(f"the glass was right again after {stage.now - back:.1f} s")


@asynccontextmanager
async def false_clock(_: Stage) -> AsyncIterator[Path]:
    """The box believes a wall clock that can be set; the monotonic one is that of the machine."""
    with TemporaryDirectory() as name:
        library, offset = Path(name) / "clock.so", Path(name) / "offset"
        source = Path(__file__).with_name("clock.c")
        await _run("cc", "-shared", "-fPIC", "-O", "-o", str(library), str(source))
        _set_clock(offset, 0)
        with patch.dict(os.environ, {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}):
            yield offset


def _set_clock(offset: Path, days: int) -> None:
    with offset.open("r+b" if offset.exists() else "wb", buffering=0) as file:
        file.write(struct.pack("l", days * 86_400))


async def clock_jumps(stage: Stage, *, seconds: float) -> None:
    """The wall clock is a day ahead for a while, then a day behind, then right."""
    join = (stage.box.folder / "kiosk.url").read_text("utf-8").strip()
    await stage.at(CAUSE)
    with stage.fault():
        for days in (1, -1):
            _set_clock(stage.prop, days)
            await asyncio.sleep(seconds / 2)
            stage.notes.append(f"at {days:+} day {await _doors(stage, join)}")
        _set_clock(stage.prop, 0)


async def clock_judged(stage: Stage) -> None:
    """What the clock has done to times."""
    _tell_lateness(stage)
    numbers = [caption.segment for _, caption in stage.shown.finals]
    stage.notes.append(
        f"segments {'in order' if numbers == sorted(set(numbers)) else f'out of order: {numbers}'}"
    )
    await stage.box.stop()
    with contextlib.closing(sqlite3.connect(stage.box.folder / FILE)) as database:
        months = database.execute("SELECT month, round(seconds, 1) FROM spend").fetchall()
        count = database.execute("SELECT count(*) FROM captions").fetchone()[0]
    stage.notes.append(f"{count} of {len(numbers)} finals are in the transcript, spent by month: {months}")


async def deaf_reader(stage: Stage, *, seconds: float) -> None:
    """One reader of the captions takes no byte, while much happens on the board and another reads."""
    box = stage.box
    process = psutil.Process(box.process.pid)
    await stage.at(CAUSE)
    before = process.memory_info().rss
    with stage.fault(), _stuck(box.url, box.token) as port:
        for _ in range(COMMANDS):
            await box.command(Command.SHOW_JOIN)
        grown = process.memory_info().rss - before
        await stage.at(CAUSE + seconds)
        held = any(c.raddr[1:2] == (port,) for c in process.net_connections("tcp"))
    stage.notes.append(
        f"{COMMANDS} events made the box {grown / 2**20:.1f} MB larger; who did not read was"
        f" {'not let go of: the kernel held it all' if held else 'let go of'}"
    )


async def reader_judged(stage: Stage) -> None:
    """What one who does not read did to the other."""
    _tell_lateness(stage)


def _tell_lateness(stage: Stage) -> None:
    """How late finals were with one who reads the box's captions, against when their words were spoken."""
    began, ended = stage.cause or (0.0, 0.0)
    late = [(at, at - caption.end) for at, caption in stage.shown.finals]
    within = [seconds for at, seconds in late if began <= at <= ended]
    others = [seconds for at, seconds in late if not began <= at <= ended]
    stage.notes.append(
        f"a reader had finals {median(others):.2f} s after their words at the median and"
        f" {max(others):.2f} s at most, {median(within):.2f} s and {max(within):.2f} s meanwhile"
    )


@contextlib.contextmanager
def _stuck(url: str, token: str) -> Iterator[int]:
    """A client that asks for the captions and never reads; its port."""
    address = URL(url)
    assert address.host
    assert address.port
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect((address.host, address.port))
    client.sendall(
        f"GET /api/v1/captions HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    try:
        yield client.getsockname()[1]
    finally:
        client.close()


async def _doors(stage: Stage, join: str) -> str:
    """Whether those are let in who were before."""
    url = f"{stage.box.url}/api/v1/state"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(url, headers=stage.box.admin) as response:
            token, date = response.status, response.headers["Date"]
        async with session.get(join):
            pass
        async with session.get(url) as response:
            joined = response.status
    return f"({date}) the token gives {token} and the join link {joined}"


def _tell_delay(stage: Stage) -> None:
    """How late captions were on the board, before and during the cause and after it."""
    began, ended = stage.cause or (0.0, 0.0)
    late = sorted(stage.shown.late)
    before = max((seconds for at, seconds in late if at < began), default=0.0)
    during = [f"{1000 * seconds:.0f}" for at, seconds in late if began <= at <= ended]
    after = max((seconds for at, seconds in late if at > ended), default=0.0)
    stage.notes.append(
        f"finals were on the board at most {1000 * before:.0f} ms late before, {1000 * after:.0f} ms after;"
        f" meanwhile one after the other: {', '.join(during)} ms"
    )


async def _compare(stage: Stage, store: TranscriptStore) -> None:
    """What was shown against what was written."""
    _tell_delay(stage)
    kept = {e for summary in await store.list() for e in (await store.read(summary.id)).entries}
    shown = {final for _, final in stage.shown.finals} | set(stage.shown.gaps)
    texts = {(item.start, getattr(item, "text", "")) for item in kept}
    missing = [item for item in shown if (item.start, getattr(item, "text", "")) not in texts]
    stage.notes.append(
        f"{len(missing)} of {len(shown)} finals and gaps that were shown are not in the transcript"
    )


async def _run(*command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        failed = await process.wait()
    except FileNotFoundError:
        failed = 1
    if failed:
        raise Unplayable(
            f"{command[0]} is missing or failed; a small disk takes root, and a clock a C compiler."
        )


def _from(path: Path, seconds: float, folder: Path) -> Path:
    """A WAV file without its first seconds."""
    with wave.open(str(path)) as file:
        sound = file.readframes(file.getnframes())[round(seconds * SAMPLE_RATE) * SAMPLE_BYTES :]
        part = folder / "rest.wav"
        with wave.open(str(part), "wb") as rest:
            rest.setparams(file.getparams())
            rest.writeframes(sound)
    return part


def _scenario(
    title: str, play: Callable[[Stage], Coroutine[Any, Any, None]], seconds: float, **how: Any
) -> Scenario:
    return Scenario(title=title, play=play, seconds=CAUSE + seconds + AFTERWARDS, only=("reverie",), **how)


HOUSE: Final = {
    "microphone": _scenario("microphone gone, 5 s", partial(microphone_gone, seconds=5.0), 5.0, around=room),
    "disk-full": _scenario(
        "disk full, 15 s", partial(disk_full, seconds=15.0), 15.0, around=partial(transcript, small=True)
    ),
    "disk-busy": _scenario(
        "disk does not answer, 15 s",
        partial(disk_busy, seconds=15.0),
        15.0,
        around=partial(transcript, small=False),
    ),
    "clock": _scenario(
        "clock a day ahead, then a day behind, 20 s",
        partial(clock_jumps, seconds=20.0),
        20.0,
        around=false_clock,
        boxed=True,
        after=clock_judged,
    ),
    "glass": _scenario("OLED bus fails, 10 s", partial(bus_error, seconds=10.0), 10.0, around=glass),
    "reader": _scenario(
        "a viewer never reads, 50 s",
        partial(deaf_reader, seconds=50.0),
        50.0,
        boxed=True,
        after=reader_judged,
    ),
}
"""By their names on the command line; the vendor makes no difference, so one plays them all."""
