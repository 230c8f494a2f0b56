"""A wire to a server that can be pulled out: then nobody hears anything any more, not even a goodbye."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Carries bytes between clients and a server on this machine.

    Attributes:
        port: where clients connect.
    """

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self._server_port = server_port
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._pulls = 0
        self._writers: set[StreamWriter] = set()

    def pull(self) -> None:
        """From now on nothing comes through, and connections stay open on either side."""
        self._plugged.clear()
        self._pulls += 1

    def plug(self) -> None:
        """New connections come through; an older one ends when somebody speaks on it, as after a power cut."""
        self._plugged.set()

    def close(self) -> None:
        """Let everyone go."""
        for writer in self._writers:
            writer.close()

    async def carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one client."""
        self._writers.add(writer)
        await self._plugged.wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        self._writers.add(far_writer)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(self._pump(reader, far_writer))
            ways.create_task(self._pump(far_reader, writer))

    async def _pump(self, reader: StreamReader, writer: StreamWriter) -> None:
        pulls = self._pulls
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._plugged.wait()
                if pulls != self._pulls:
                    break
                writer.write(chunk)
                await writer.drain()
        await self._plugged.wait()
        writer.close()


@asynccontextmanager
async def wired(server_port: int) -> AsyncIterator[Wire]:
    """A wire to a server that listens on a port of this machine."""
    wire = Wire(server_port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.plug()
        wire.close()
