"""A TCP connection to a Wyoming server; no step of it takes for ever."""

import asyncio
import contextlib
from typing import Final, Self

from wyoming.info import Describe

from appliance.vendors.contract import Lost, Unreachable
from appliance.vendors.wyoming.config import WyomingAccount
from appliance.vendors.wyoming.protocol import Decoder, Program, encode, programs_in

ANSWERING: Final = 10.0
"""Seconds in which a server must accept a connection, take what is sent, and describe itself."""

PIECE: Final = 65_536

_GONE: Final = "The connection to the Wyoming server was lost."


class Connection:
    """An open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, account: WyomingAccount) -> Self:
        """Connect.

        Raises:
            Unreachable: nobody answers there.
        """
        host, port = account.place
        try:
            async with asyncio.timeout(ANSWERING):
                return cls(*await asyncio.open_connection(host, port))
        except (OSError, UnicodeError):  # a time-out is an OSError; a host's name can be too long for IDNA
            sentence = f"No Wyoming server answers at {account.uri}; is it running?"
            raise Unreachable(sentence, host, port) from None

    async def send(self, data: bytes) -> None:
        """Send; waits while the server takes no more.

        Raises:
            Lost: the connection broke, or the server takes nothing any more.
        """
        try:
            async with asyncio.timeout(ANSWERING):
                self._writer.write(data)
                await self._writer.drain()
        except OSError:
            raise Lost(_GONE) from None

    async def receive(self) -> bytes:
        """What the server has sent, at least a byte.

        Raises:
            Lost: the connection is closed.
        """
        try:
            data = await self._reader.read(PIECE)
        except OSError:
            data = b""
        if not data:
            raise Lost(_GONE)
        return data

    async def close(self) -> None:
        """Let go at once; safe to call more than once."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def describe(account: WyomingAccount) -> tuple[Program, ...]:
    """The recognition programs that a server offers.

    Raises:
        Lost: nobody answers, or not as a Wyoming server does.
    """
    connection = await Connection.open(account)
    try:
        async with asyncio.timeout(ANSWERING):
            await connection.send(encode(Describe()))
            decoder = Decoder()
            while (programs := programs_in(decoder.feed(await connection.receive()))) is None:
                pass
            return programs
    except TimeoutError:
        raise Lost(f"The server at {account.uri} does not describe itself; is it a Wyoming server?") from None
    finally:
        await connection.close()
