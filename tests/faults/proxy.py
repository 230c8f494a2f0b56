"""A real TCP proxy between the box and a vendor that can be cut, stalled, delayed and made mute."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Final, Self

SMALL: Final = 4096
"""Bytes of a socket's buffers, so that a stall is felt soon."""

PIECE: Final = 4096

_RESET: Final = struct.pack("ii", 1, 0)
"""Linger for no time: a socket closed with this sends a reset, not a goodbye."""


class Proxy:
    """Forwards connections to a server on this machine for as long as it is entered.

    Attributes:
        port: where to connect on 127.0.0.1; it stays the same when the proxy was cut and restored.
        connections: how many were accepted.
        sent: bytes that came from the box.
        received: bytes that went to the box.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.connections = 0
        self.sent = 0
        self.received = 0
        self._server_port = server_port
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._came = asyncio.Condition()
        self._flows = asyncio.Event()
        self._flows.set()
        self._mute = False
        self._answer: bytes | None = None
        self._delay = 0.0
        self._left: int | None = None

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        await asyncio.gather(*self._serving)

    async def connection(self) -> None:
        """Wait until one more connection has come."""
        async with self._came:
            before = self.connections
            await self._came.wait_for(lambda: self.connections > before)

    def cut(self) -> None:
        """Reset all connections and refuse new ones."""
        if self._server:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> None:
        """Reset all connections; new ones are accepted as before."""
        for connection in list(self._open):
            connection.reset()

    async def restore(self) -> None:
        """Be a good wire again: new connections come through; those of the time of the fault are reset."""
        self._mute, self._answer, self._delay, self._left = False, None, 0.0, None
        for connection in [c for c in self._open if not c.through]:
            connection.reset()
        self.resume()
        if self._server is None:
            await self._listen()

    def accept_and_stay_mute(self) -> None:
        """Accept new connections and forward nothing on them; open ones go on."""
        self._mute = True

    def answer(self, response: bytes) -> None:
        """Answer whatever new connections ask with these bytes, and hang up; open ones go on."""
        self._answer = response

    def stall(self) -> None:
        """Read no more in either direction, so that buffers fill."""
        self._flows.clear()

    def resume(self) -> None:
        """Read again."""
        self._flows.set()

    def delay(self, seconds: float) -> None:
        """Let everything in either direction arrive so much later; 0 for at once."""
        self._delay = seconds

    def drop_after(self, count: int) -> None:
        """Reset all connections, once, when the box has sent so many bytes more."""
        self._left = count

    async def _listen(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        _make_small(listening)  # what is accepted inherits it
        self.port = listening.getsockname()[1]
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=SMALL)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(writer)
        self._open.add(connection)
        async with self._came:
            self.connections += 1
            self._came.notify_all()
        try:
            if self._answer is not None:
                await _say(reader, writer, self._answer)
            elif self._mute:
                await connection.over.wait()
            else:
                await self._forward(connection, reader, writer)
        except OSError:
            pass
        finally:
            self._open.discard(connection)
            connection.reset()

    async def _forward(
        self, connection: "_Connection", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port, limit=SMALL)
        _make_small(far_writer.get_extra_info("socket"))
        connection.through = True
        connection.writers.append(far_writer)
        there, back = _Way(), _Way()
        ways = [
            asyncio.create_task(way)
            for way in (
                self._take(reader, there, self._count_sent),
                self._deliver(there, far_writer),
                self._take(far_reader, back, self._count_received),
                self._deliver(back, writer),
            )
        ]
        over = asyncio.create_task(connection.over.wait())
        all_ways = asyncio.gather(*ways)
        try:
            either: set[asyncio.Future[Any]] = {all_ways, over}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (over, *ways):
                task.cancel()
            await asyncio.gather(over, all_ways, *ways, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, way: "_Way", count: Callable[[int], None]) -> None:
        data = b"-"
        while data:
            await self._flows.wait()
            data = await reader.read(PIECE)
            count(len(data))
            await way.put((asyncio.get_running_loop().time() + self._delay, data))

    async def _deliver(self, way: "_Way", writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await way.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await self._flows.wait()
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    def _count_sent(self, count: int) -> None:
        self.sent += count
        if self._left is not None:
            self._left -= count
            if self._left <= 0:
                self._left = None
                self.reset()

    def _count_received(self, count: int) -> None:
        self.received += count


class _Way(asyncio.Queue[tuple[float, bytes]]):
    """What is under way in one direction, each piece with the moment at which it arrives."""

    def __init__(self) -> None:
        super().__init__(1024)


class _Connection:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writers = [writer]
        self.through = False
        self.over = asyncio.Event()

    def reset(self) -> None:
        self.over.set()
        for writer in self.writers:
            if not writer.transport.is_closing():
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()


def _make_small(end: socket.socket) -> None:
    for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        end.setsockopt(socket.SOL_SOCKET, buffer, SMALL)


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, response: bytes) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        await reader.readuntil(b"\r\n\r\n")
    writer.write(response)
    await writer.drain()
    writer.write_eof()
    await reader.read()
