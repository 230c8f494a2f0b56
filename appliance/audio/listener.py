"""Listening: the sound of a microphone or a file, as the box uses it."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from appliance.audio.framing import Framer
from appliance.audio.loudspeaker import Discreet
from appliance.audio.microphone import LiveMicrophone
from appliance.audio.source import SoundError, Source
from appliance.audio.wavefile import WavFile
from appliance.sound import Heard, Trouble

_WAITING_BLOCKS: Final = 32
"""Blocks (2 s) that wait for a slow consumer. Then the source waits: a file for as long as it takes, a
microphone until its process drops the oldest sound, which comes out as a `Loss`."""


def listen(
    source: str, *, paced: bool = True, gain: int | None = None, speaking: Callable[[], bool] | None = None
) -> "Listener":
    """Gets ready to listen; a file is opened and its header read at once.

    Args:
        source: ``microphone``, ``microphone:NAME``, ``file:PATH`` or ``file:PATH?loop``.
        paced: play a file in real time; otherwise it comes as fast as it is taken.
        gain: of the card of a microphone, in percent; None leaves it as it is.
        speaking: whether the room hears the box's own voice, to which a microphone shall not listen.

    Raises:
        SoundError: there is no such source, or it cannot be heard.
    """
    kind, _, place = source.partition(":")
    if kind == "microphone":
        microphone = LiveMicrophone(place, gain=gain)
        return Listener(Discreet(microphone, speaking) if speaking else microphone)
    if kind == "file" and place:
        path = place.removesuffix("?loop")
        return Listener(WavFile(Path(path), again=path != place, paced=paced))
    raise SoundError(f"“{source}” is nothing to listen to: use “microphone”, “microphone:NAME” or “file:PATH”.")


class Listener:
    """Iterates over what a source lets the box hear, in order: `Frame`, `Loss` and `Trouble`.

    It starts listening when it is first asked, and ends after the last frame of a file or when it is closed.
    Second 0 is its first sound or, where there was trouble before any, the moment it started. As an
    asynchronous context manager it closes itself.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._framer = Framer()
        self._worker = ThreadPoolExecutor(1, "hearing")
        self._pump: asyncio.Task[None] | None = None
        self._queue: asyncio.Queue[list[Heard] | None] = asyncio.Queue(_WAITING_BLOCKS)
        self._ready: deque[Heard] = deque()
        self._ended = False

    @property
    def duration(self) -> float | None:
        """Seconds of sound there will be; None for a microphone and for a file played over and over."""
        return self._source.duration

    @property
    def warning(self) -> str | None:
        """What a person should know although the source is heard: one plain sentence."""
        return self._source.warning

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Heard:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            await self._take()
        return self._ready.popleft()

    async def close(self) -> None:
        """Stops listening and lets go of the device at once; the iteration ends, wherever it is."""
        self._ended = True
        self._ready.clear()
        if self._pump is not None:
            self._pump.cancel()
            self._empty_queue()
            await asyncio.wait({self._pump})
        self._empty_queue()
        self._queue.put_nowait(None)
        self._worker.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _empty_queue(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()

    async def _take(self) -> None:
        if self._pump is None:
            self._pump = asyncio.create_task(self._hear())
        heard = await self._queue.get()
        if heard is not None:
            self._ready.extend(heard)
        elif not self._ended:
            self._ended = True
            self._worker.shutdown(wait=False)
            await self._pump

    async def _hear(self) -> None:
        """Moves sound from the source through the worker's thread into the queue, block by block."""
        in_worker = asyncio.get_running_loop().run_in_executor
        try:
            async with aclosing(self._source.pieces()) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Trouble):
                        await self._queue.put([piece])
                    else:
                        await self._queue.put([*await in_worker(self._worker, self._framer.add, piece)])
            await self._queue.put([*await in_worker(self._worker, self._framer.finish)])
        finally:
            await self._queue.put(None)
