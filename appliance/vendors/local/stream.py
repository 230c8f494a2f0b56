"""The stream to the on-device engine: its child process, and the times of its segments."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Final, Self

from appliance.sound import Frame
from appliance.vendors.contract import Lost, Stream, Words
from appliance.vendors.endpointing import Begin, End, Endpointer, Sound
from appliance.vendors.local.config import LocalOptions
from appliance.vendors.local.wire import BEGIN, END, SOUND

LOADING: Final = 60.0
"""Seconds that loading the model may take on the slowest of our boards."""

_GONE: Final = "The on-device engine stopped unexpectedly."


class LocalStream(Stream):
    """One engine, one conversation."""

    def __init__(self, child: asyncio.subprocess.Process, options: LocalOptions) -> None:
        assert child.stdin
        assert child.stdout
        self._child = child
        self._sound = child.stdin
        self._words = child.stdout
        self._endpointer = Endpointer(pause=options.pause, longest=options.longest_segment)
        self._starts: deque[float] = deque()
        self._finished = False

    @classmethod
    async def open(cls, options: LocalOptions) -> Self:
        """Start an engine and wait until its model is loaded."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance.vendors.local.engine"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        stream = cls(child, options)
        try:
            ready = await asyncio.wait_for(stream._words.readline(), LOADING)
        except TimeoutError:
            ready = b""
        except BaseException:
            await stream.close()
            raise
        if not ready:
            await stream.close()
            raise Lost("The on-device engine does not start; install captionbox again.")
        return stream

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; waits while the engine is behind by more than a pipe holds (2 s)."""
        await self._write(self._endpointer.feed(frame))

    async def finish(self) -> None:
        """End the open segment; the engine says the rest and goes."""
        await self._write(self._endpointer.finish())
        self._finished = True
        with contextlib.suppress(ConnectionError):
            self._sound.close()

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Words by segment, with times in seconds since the stream began."""
        number = 0
        while line := await self._words.readline():
            words = json.loads(line)
            start = self._starts[0]
            yield Words(
                segment=str(number),
                text=words["text"],
                final=words["final"],
                start=None if words["start"] is None else start + words["start"],
                end=None if words["end"] is None else start + words["end"],
            )
            if words["final"]:
                number += 1
                self._starts.popleft()
        if self._starts or not self._finished:
            raise Lost(_GONE)

    async def close(self) -> None:
        """Kill the engine, whatever it is doing."""
        # Not Popen.kill(): it reaps a child that has just gone from under asyncio's own waiting for it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, signal.SIGKILL)
        self._sound.close()
        await self._child.wait()

    async def _write(self, steps: Iterator[Begin | Sound | End]) -> None:
        for step in steps:
            match step:
                case Begin(start):
                    self._starts.append(start)
                    self._sound.write(BEGIN)
                case Sound(pcm):
                    self._sound.write(SOUND + pcm)
                case End():
                    self._sound.write(END)
        try:
            await self._sound.drain()
        except ConnectionError:
            raise Lost(_GONE) from None
