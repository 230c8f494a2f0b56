"""What a caption costs on the way to the OLED, against sending the whole picture, and how long it takes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib.resources import files

from appliance.board import Board
from appliance.captions import Caption
from appliance.panel import FrontPanel, open_panel
from appliance.settings import Panel
from appliance.state import Command, RoomInUse, Sign, State, Status
from tests.bench import Figure, percentile

FULL_PICTURE = 128 * 64 // 8


async def measure() -> AsyncIterator[Figure]:
    room = RoomInUse(id="room", title="Room", from_language="en-US")
    board = Board(Status(state=State.LIVE, room=room))
    panel = open_panel(Panel(driver="simulated"))
    showing = asyncio.create_task(panel.run(board, _ignore, _no_text))
    sent: list[int] = []
    delays: list[float] = []
    await _shown(panel, 0)
    words = (files("appliance") / "samples" / "meeting.txt").read_text("utf-8").split()
    for number in range(1, len(words)):
        segment, first = divmod(number, 12)
        text = " ".join(words[segment * 12 : segment * 12 + first + 1])
        before, picture = panel.oled.bytes_sent, panel.view.picture
        began = time.monotonic()
        board.post(
            Caption(segment=segment, revision=first, language="en-US", text=text, final=False, start=0, end=0)
        )
        await _shown(panel, picture)
        delays.append(time.monotonic() - began)
        sent.append(panel.oled.bytes_sent - before)
    showing.cancel()
    await asyncio.wait([showing])
    mean = sum(sent) / len(sent)
    yield Figure(
        "OLED bytes a caption change, 128x64",
        f"{mean:.0f} of {FULL_PICTURE} ({mean / FULL_PICTURE:.0%})",
        "25 %",
    )
    yield Figure(
        "caption to OLED, without the bus",
        f"p50 {1000 * percentile(delays, 0.5):.1f} ms, p99 {1000 * percentile(delays, 0.99):.1f} ms",
        "p99 10 ms",
    )


async def _shown(panel: FrontPanel, picture: int) -> None:
    async with aclosing(panel.changes()) as changes:
        async for view in changes:
            if view.picture > picture:
                return


async def _ignore(_: Command) -> None:
    """Nobody presses."""


def _no_text(_: Sign) -> str:
    return ""
