"""A stream to Palabra: a connection, the protocol spoken over it, and the session that may belong to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Lost, Notice, Stream, VendorFailure, Words
from appliance.vendors.palabra.limits import Turns
from appliance.vendors.palabra.protocol import Connection, Dialect
from appliance.vendors.palabra.refusals import closing

TAIL: Final = 8.0
"""Seconds that the vendor has for its last words."""

STOPPING: Final = 3.1
"""Seconds between commands that stop a task; the vendor takes one in three seconds."""

VERDICT: Final = 1.0
"""Seconds that reading what came before a closed connection may take."""

WAITING: Final = 64
"""Messages with words that wait for whoever iterates; beyond that the connection waits."""

Release = Callable[[], Awaitable[None]]


class PalabraStream(Stream):
    """A stream that is ready for sound.

    What is sent is sent in turn, by whomever: `turn` is held as long as anything of it is under way.

    Args:
        connection: open.
        dialect: what is spoken over it.
        secrets: what must not be seen in the vendor's words.
        release: gives back what belongs to the stream.
    """

    def __init__(
        self, connection: Connection, dialect: Dialect, secrets: tuple[str, ...], release: Release
    ) -> None:
        self.turn = asyncio.Lock()
        self.stops = Turns(STOPPING)
        self._connection = connection
        self._dialect = dialect
        self._secrets = secrets
        self._release = release
        self._chunker = Chunker(dialect.chunk_seconds)
        self._until: float | None = None
        self._closed = False
        self._events: asyncio.Queue[Sequence[Words | Notice]] = asyncio.Queue(WAITING)
        self._heard = asyncio.Event()
        self._heard_at = 0.0
        self._reading = asyncio.create_task(self._read())
        self._reading.add_done_callback(lambda _: self._wake())

    @property
    def finishing(self) -> bool:
        """Whether no more sound comes."""
        return self._until is not None

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; it travels once a chunk is complete."""
        async with self.turn:
            await self.take(frame)

    async def finish(self) -> None:
        """Send the rest and the goodbye; the vendor has `TAIL` seconds for its last words."""
        async with self.turn:
            try:
                await self.flush()
                await self.stops.wait()
                await self.transmit(self._dialect.goodbye())
            finally:
                self._heard_at = asyncio.get_running_loop().time()
                self._until = self._heard_at + TAIL
                self._wake()

    async def __aiter__(self) -> AsyncIterator[Words | Notice]:
        """Words by transcription, translations under the name of their original."""
        while not (self._events.empty() and self._reading.done()):
            try:
                async with asyncio.timeout_at(self._deadline):
                    events = await self._events.get()
            except TimeoutError:
                if self._deadline is not None and self._deadline <= asyncio.get_running_loop().time():
                    return
                continue
            for event in events:
                yield event
        if not self._reading.cancelled():
            self._reading.result()

    async def close(self) -> None:
        """Close the connection and give back what belongs to the stream."""
        self._closed = True
        await asyncio.gather(self._connection.close(), self._release())
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def take(self, frame: Frame) -> None:
        """Send what is complete with this frame; the caller has the `turn`, as for all that follow."""
        for chunk in self._chunker.add(frame):
            await self.transmit(self._dialect.sound(chunk))

    async def flush(self) -> None:
        """Send what is left of the sound."""
        if rest := self._chunker.rest():
            await self.transmit(self._dialect.sound(rest))

    async def transmit(self, message: bytes | str) -> None:
        """Send a message of the dialect.

        Raises:
            VendorFailure: the connection is closed.
        """
        try:
            await self._connection.send(message)
        except Lost:
            await asyncio.wait([self._reading], timeout=VERDICT)
            raise self._failure from None

    async def news(self) -> None:
        """Wait until the dialect has received another message.

        Raises:
            VendorFailure: none comes any more.
        """
        await self._heard.wait()
        self._heard.clear()
        if self._reading.done():
            raise self._failure

    async def _read(self) -> None:
        async for message in self._connection:
            events = self._dialect.received(message)
            self._heard_at = asyncio.get_running_loop().time()
            self._heard.set()
            if events:
                await self._events.put(events)
            if self._dialect.over:
                return
        if not self._closed and not (self.finishing and self._connection.code in (1000, 1001)):
            raise self._farewell()

    def _wake(self) -> None:
        """Have whoever waits for words, or for news, look again."""
        self._heard.set()
        with suppress(asyncio.QueueFull):
            self._events.put_nowait(())

    @property
    def _deadline(self) -> float | None:
        return None if self._until is None else min(self._until, self._heard_at + self._dialect.lull)

    @property
    def _failure(self) -> BaseException:
        """Why nothing can be sent: what the vendor said before it closed the connection says more than that."""
        over = self._reading.done() and not self._reading.cancelled()
        return (self._reading.exception() if over else None) or self._farewell()

    def _farewell(self) -> VendorFailure:
        said = self._connection.reason or self._dialect.complaint
        return closing(self._connection.code, said, self._secrets)
