"""From a finger to the answer of light and glass, on simulated pins and a display whose bus takes no time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from appliance.board import Board
from appliance.panel import ButtonName, FrontPanel, View, open_panel
from appliance.panel.lights import PRESSED
from appliance.settings import Panel, Times
from appliance.state import Command, Sign, State, Status
from tests.bench import Figure, percentile

PRESSES = 200
AIM = "p99 50 ms"


async def measure() -> AsyncIterator[Figure]:
    panel = open_panel(Panel(driver="simulated"))
    running = asyncio.create_task(panel.run(Board(Status(state=State.LIVE)), _ignore, _no_text, _reset_nothing))
    await _until(panel, lambda view: view.picture > 0)
    light: list[float] = []
    glass: list[float] = []
    for _ in range(PRESSES):
        before = panel.view.picture
        pressed = time.monotonic()
        panel.press(ButtonName.MUTE)
        await _until(panel, lambda view: view.lights == PRESSED.at(0)[0])
        light.append(time.monotonic() - pressed)
        await _until(panel, lambda view, before=before: view.picture > before)  # type: ignore[misc] # bound now
        glass.append(time.monotonic() - pressed)
        await asyncio.sleep(1.5 * Times().debounce)
        panel.release(ButtonName.MUTE)
        await _until(panel, lambda view: view.lights != PRESSED.at(0)[0])
        await asyncio.sleep(1.5 * Times().debounce)
    running.cancel()
    await asyncio.wait([running])
    yield Figure("press to light", _spread(light), AIM)
    yield Figure("press to OLED, without the bus", _spread(glass), AIM)


async def _until(panel: FrontPanel, true: Callable[[View], bool]) -> None:
    async with aclosing(panel.changes()) as changes:
        async for view in changes:
            if true(view):
                return


def _spread(delays: list[float]) -> str:
    p50, p99 = (1000 * percentile(delays, share) for share in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


async def _ignore(_: Command) -> None:
    """What a press asks for is not measured."""


async def _reset_nothing() -> None:
    """As `_ignore`."""


def _no_text(_: Sign) -> str:
    return ""
