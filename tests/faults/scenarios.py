"""What can go wrong between the box and a vendor, each played while a meeting goes on."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final
from unittest.mock import patch

from tests.faults.meeting import Scenario, Stage

CAUSE: Final = 8.0
"""The second of the meeting at which something goes wrong: in the middle of a sentence."""

AFTERWARDS: Final = 20.0
"""Seconds of speech after it."""

HTTP: Final = ("reverie", "palabra-stt", "palabra-s2s", "scriptix", "attendi-stream", "attendi-transcribe")
UNAVAILABLE: Final = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def nothing(stage: Stage) -> None:
    """All is well."""
    del stage


async def outage(stage: Stage, *, seconds: float) -> None:
    """The line is cut, and mended after a while."""
    await stage.at(CAUSE)
    with stage.fault():
        stage.proxy.cut()
        await asyncio.sleep(seconds)
        await stage.proxy.restore()


async def mute(stage: Stage, *, seconds: float) -> None:
    """The connection breaks; the next are accepted, and nobody speaks on them."""
    await stage.at(CAUSE)
    with stage.fault():
        stage.proxy.accept_and_stay_mute()
        stage.proxy.reset()
        await asyncio.sleep(seconds)
        await stage.proxy.restore()


async def silent_line(stage: Stage, *, seconds: float) -> None:
    """The connection stays and carries nothing more: what was under way arrives late, if at all."""
    await stage.at(CAUSE)
    with stage.fault():
        stage.proxy.stall()
        await asyncio.sleep(seconds)
        stage.proxy.resume()


async def slow_line(stage: Stage, *, delay: float, seconds: float) -> None:
    """Everything arrives later by a while, and then soon again."""
    await stage.at(CAUSE)
    with stage.fault():
        stage.proxy.delay(delay)
        await asyncio.sleep(seconds)
        stage.proxy.delay(0.0)


async def key_refused(stage: Stage) -> None:
    """The key is good no longer, and good again after a while: as when an account was not paid."""
    await stage.at(CAUSE)
    key = stage.emulator.key
    with stage.fault():
        stage.emulator.key = f"{key[:3]}another"
        stage.proxy.reset()
        await asyncio.sleep(5.0)
        stage.emulator.key = key


async def storm(stage: Stage, *, seconds: float) -> None:
    """The connection breaks, and every new one is answered with 503."""
    await stage.at(CAUSE)
    with stage.fault():
        stage.proxy.answer(UNAVAILABLE)
        stage.proxy.reset()
        await asyncio.sleep(seconds)
        await stage.proxy.restore()


async def frozen(stage: Stage, *, seconds: float) -> None:
    """The vendor's server is stopped: it accepts connections, and says nothing."""
    assert stage.pid
    await stage.at(CAUSE)
    with stage.fault():
        os.kill(stage.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(stage.pid, signal.SIGCONT)


async def no_names(stage: Stage, *, seconds: float) -> None:
    """The connection breaks, and no name can be looked up."""

    async def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    await stage.at(CAUSE)
    with stage.fault(), patch.object(asyncio.BaseEventLoop, "getaddrinfo", unknown):
        stage.proxy.reset()
        await asyncio.sleep(seconds)


def _scenario(
    title: str, play: Callable[[Stage], Coroutine[Any, Any, None]], seconds: float, **how: Any
) -> Scenario:
    return Scenario(title=title, play=play, seconds=CAUSE + seconds + AFTERWARDS, **how)


VENDORS: Final = {
    "none": Scenario(title="nothing", play=nothing),
    "outage-2": _scenario("outage of 2 s", partial(outage, seconds=2.0), 2.0),
    "outage-10": _scenario("outage of 10 s", partial(outage, seconds=10.0), 10.0),
    "outage-60": _scenario("outage of 60 s", partial(outage, seconds=60.0), 60.0),
    "mute": _scenario("accepted, then mute, 15 s", partial(mute, seconds=15.0), 15.0),
    "silent-line": _scenario("line carries nothing, 15 s", partial(silent_line, seconds=15.0), 15.0),
    "slow-line": _scenario("line slower by 2 s, 15 s", partial(slow_line, delay=2.0, seconds=15.0), 15.0),
    "dns": _scenario(
        "no names, 10 s",
        partial(no_names, seconds=10.0),
        10.0,
        host="localhost",
        only=(*HTTP, "wyoming", "wyoming-streaming"),  # gRPC looks names up by itself
    ),
    "401": _scenario("key refused, 5 s", key_refused, 5.0, only=(*HTTP, "stenomatic", "stenomatic-translated")),
    "401-fallback": _scenario(
        "key refused, 5 s, with a fallback",
        key_refused,
        5.0,
        only=(*HTTP, "stenomatic", "stenomatic-translated"),
        fallback="wyoming-streaming",
    ),
    "outage-60-fallback": _scenario(
        "outage of 60 s, with a fallback", partial(outage, seconds=60.0), 60.0, fallback="wyoming-streaming"
    ),
    "503": _scenario("503 to everything, 15 s", partial(storm, seconds=15.0), 15.0, only=HTTP),
    "frozen": _scenario("vendor stopped, 15 s", partial(frozen, seconds=15.0), 15.0, apart=True),
    "roll-over": Scenario(
        title="roll-over every 20 s",
        play=nothing,
        seconds=90.0,
        room={"reverie": "options = { timeout = 20 }"},
        knobs={"stenomatic": {"longest": 20.0}, "scriptix": {"shuts_down_in": 20.0}},
        only=("reverie", "stenomatic", "scriptix"),
    ),
    "silence": Scenario(title="20 minutes of silence", play=nothing, silence=1200.0, idle_after=60.0),
}
"""By their names on the command line."""
