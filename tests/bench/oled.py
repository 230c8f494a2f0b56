"""What a caption costs on the way to the OLED, against sending the whole picture, and how long it takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from importlib.resources import files
from unittest.mock import patch

from appliance.board import Board
from appliance.captions import Caption
from appliance.panel import FrontPanel, open_panel
from appliance.panel.display import Display, i2c_wire
from appliance.panel.fonts import Fonts
from appliance.panel.rollup import Passage, Roll
from appliance.panel.screens import Scene, Screens
from appliance.panel.typesetting import Typesetter
from appliance.settings import Panel
from appliance.settings.models import Oled
from appliance.state import Command, RoomInUse, Sign, State, Status
from tests.bench import Figure, percentile
from tests.panel.chips import Chip, I2cBus, Sh1106, Ssd1306

FULL_PICTURE = 128 * 64 // 8
SPEECH = 150 / 60
"""Words a second."""

SENTENCE = 12
"""Words of a segment."""

HINDI = "आज हम अगले साल के बजट पर चर्चा करेंगे और फिर परियोजना की समय सारणी देखेंगे"

BUSES = {"100 kHz": 100_000, "400 kHz": 400_000, "1 MHz": 1_000_000}

LIVE = Status(state=State.LIVE, room=RoomInUse(id="room", title="Room", from_language="en-US"))


async def measure() -> AsyncIterator[Figure]:
    chips: dict[str, Callable[[], Chip]] = {"ssd1306": Ssd1306, "sh1106": Sh1106}
    for device, chip in chips.items():
        sent, bits, shown = _bus(device, chip())
        yield Figure(
            f"OLED bytes a caption change, {device} 128x64",
            f"{sent / shown:.0f} of {FULL_PICTURE} ({sent / shown / FULL_PICTURE:.0%})",
            "25 %",
        )
        yield Figure(
            f"the same on the I2C bus, {device}",
            ", ".join(f"{1000 * bits / shown / hertz:.1f} ms at {name}" for name, hertz in BUSES.items()),
        )
    for name, words in {"English": _meeting(), "Hindi": HINDI.split()}.items():
        p50, p99 = (1000 * percentile(_drawing(words), share) for share in (0.5, 0.99))
        yield Figure(f"processor to draw a caption change, {name}", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    delays = await _delays()
    yield Figure(
        "caption to OLED, without the bus",
        f"p50 {1000 * percentile(delays, 0.5):.1f} ms, p99 {1000 * percentile(delays, 0.99):.1f} ms",
        "p99 10 ms",
    )


def _bus(device: str, chip: Chip) -> tuple[int, int, int]:
    """Bytes and clock cycles for a meeting, and the number of changes in it; the dot moves and lines roll."""
    bus = I2cBus(chip)
    settings = Oled(device=device)
    with patch("smbus2.SMBus", bus):
        wire = i2c_wire(settings)
        display = Display(settings, wire)
        sent, bits = wire.bytes_sent, bus.bits
        scenes = list(_scenes(_meeting()))
        screens = _screens()
        for scene in scenes:
            display.show(screens.draw(scene))
    return wire.bytes_sent - sent, bus.bits - bits, len(scenes)


def _drawing(words: list[str]) -> list[float]:
    """Processor seconds for each change."""
    screens = _screens()
    spent = []
    for scene in _scenes(words):
        began = time.thread_time()
        screens.draw(scene)
        spent.append(time.thread_time() - began)
    return spent


def _screens() -> Screens:
    times = (number / SPEECH for number in range(1_000_000))
    return Screens(Typesetter(Fonts()), (128, 64), roll=Roll(times.__next__))


def _scenes(words: list[str]) -> Iterator[Scene]:
    """A word more in each, as a person speaks."""
    for number in range(len(words)):
        first = number // SENTENCE * SENTENCE
        starts = range(max(0, first - 3 * SENTENCE), first + 1, SENTENCE)
        texts = tuple(
            Passage(" ".join(words[at : min(at + SENTENCE, number + 1)]), at / SPEECH, at) for at in starts
        )
        yield Scene(status=LIVE, texts=texts, beat=int(number / SPEECH))


def _meeting() -> list[str]:
    return (files("appliance") / "samples" / "meeting.txt").read_text("utf-8").split()


async def _delays() -> list[float]:
    """Seconds from the board to a new picture, while no line has to wait for its reader."""
    board = Board(LIVE)
    panel = open_panel(Panel(driver="simulated"))
    showing = asyncio.create_task(panel.run(board, _ignore, _no_text, _reset_nothing))
    delays: list[float] = []
    await _shown(panel, 0)
    for revision, text in enumerate(_meeting(), 1):
        picture = panel.view.picture
        began = time.monotonic()
        board.post(
            Caption(
                segment=1,
                revision=revision,
                language="en-US",
                text=f"{text} {revision}",
                final=False,
                start=0,
                end=0,
            )
        )
        await _shown(panel, picture)
        delays.append(time.monotonic() - began)
    showing.cancel()
    await asyncio.wait([showing])
    return delays


async def _shown(panel: FrontPanel, picture: int) -> None:
    async with aclosing(panel.changes()) as changes:
        async for view in changes:
            if view.picture > picture:
                return


async def _ignore(_: Command) -> None:
    """Nobody presses."""


async def _reset_nothing() -> None:
    """As `_ignore`."""


def _no_text(_: Sign) -> str:
    return ""
