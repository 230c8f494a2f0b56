"""Many phones at one box, which has one core to itself: how far behind they are, and what they cost.

One of them never reads. The others read one language each, or all of them, as a kiosk does.
"""

import asyncio
import os
import resource
import selectors
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from itertools import cycle, islice
from typing import Final

import psutil

from appliance.board import Board
from appliance.captions import Caption
from tests.bench import Figure, percentile
from tests.rigs.web import serving

VIEWERS: Final = (1, 50, 200, 500, 1_000)
AIMED_AT: Final = 500
LANGUAGES: Final = ("en", "nl", "hi")
INTERIMS: Final = 8
"""A second, in each language."""

SENTENCE: Final = 3.0
"""Seconds."""

MEASURED: Final = 10.0
"""Seconds."""

WORDS: Final = "and then we go through the budget of the coming year, point by point"


async def measure() -> AsyncIterator[Figure]:
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    before = os.sched_getaffinity(0)
    core = max(before)
    os.sched_setaffinity(0, before - {core} or before)
    try:
        for viewers in VIEWERS:
            yield await _measured(viewers, core)
    finally:
        os.sched_setaffinity(0, before)


async def _measured(viewers: int, core: int) -> Figure:
    async with _box(core) as (box, port):
        assert box.stdin
        process = psutil.Process(box.pid)
        with ExitStack() as stack:
            stalled = stack.enter_context(_asked(port, None, buffer=4_096))
            asked = islice(cycle((None, *LANGUAGES)), viewers)
            readers = [stack.enter_context(_asked(port, language)) for language in asked]
            await asyncio.sleep(1)
            before = process.cpu_times()
            box.stdin.write(b"speak\n")
            delays = await asyncio.to_thread(_read, readers)
            after = process.cpu_times()
            megabytes = process.memory_info().rss / 2**20
            del stalled
    busy = (after.user + after.system - before.user - before.system) / MEASURED
    p50, p99, most = (1000 * percentile(delays, share) for share in (0.5, 0.99, 1))
    return Figure(
        f"caption to {viewers} viewers and one that stalls, on one core",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {most:.0f} ms; {busy:.0%} of the core, {megabytes:.0f} MB",
        "p99 100 ms" if viewers == AIMED_AT else "",
    )


def _asked(port: int, language: str | None, *, buffer: int | None = None) -> socket.socket:
    """A connection on which captions were asked for."""
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(("127.0.0.1", port))
    query = f"?language={language}" if language else ""
    connection.sendall(f"GET /api/v1/captions{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return connection


def _read(readers: list[socket.socket]) -> list[float]:
    """Seconds between board and reader, for every caption at every one; no loop of asyncio in the way."""
    delays: list[float] = []
    ends = time.monotonic() + MEASURED
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        while (left := ends - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                received = key.fileobj.recv(65_536)
                now = time.monotonic()
                assert received, "the box hung up"
                delays += [now - float(text.partition(b" ")[0]) for text in received.split(b'"text":"')[1:]]
    return delays


@asynccontextmanager
async def _box(core: int) -> AsyncIterator[tuple[Process, int]]:
    """A box in a process of its own, and its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(core), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process, int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    """Speak when told to, until the other side hangs up."""
    board = Board()
    async with serving(board) as url:
        print(url.rpartition(":")[2], flush=True)
        if await asyncio.to_thread(sys.stdin.readline):
            speaking = asyncio.create_task(_speak(board))
            await asyncio.to_thread(sys.stdin.readline)
            speaking.cancel()
            await asyncio.wait([speaking])


async def _speak(board: Board) -> None:
    """The languages one after the other, as translations come."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    revisions = round(SENTENCE * INTERIMS)
    step = 1 / INTERIMS / len(LANGUAGES)
    for number in range(1_000_000):
        which, language = divmod(number, len(LANGUAGES))
        segment, revision = divmod(which, revisions)
        await asyncio.sleep(began + number * step - loop.time())
        board.post(
            Caption(
                segment=segment,
                revision=revision,
                language=LANGUAGES[language],
                text=f"{time.monotonic()} {WORDS}",
                final=revision == revisions - 1,
                start=segment * SENTENCE,
                end=segment * SENTENCE + 1,
            )
        )


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(_serve())
