"""The stream to Reverie: one WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final, Self

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Lost, Stream, VendorFailure, Words
from appliance.vendors.reverie.config import ReverieAccount, ReverieOptions
from appliance.vendors.reverie.encoding import Encoder
from appliance.vendors.reverie.protocol import Censor, Protocol, Ready, request
from appliance.vendors.transport import Refused, Socket

CHUNK: Final = 0.128
"""Seconds of sound a message: four frames, at most 4096 bytes, the most that the vendor's own clients send."""

READY: Final = 10.0
"""Seconds that Reverie may take until it is ready."""

DRAINING: Final = 7.0
"""Seconds that Reverie gets to say the last words."""

CONCLUDING: Final = 2.0
"""Seconds in which what was said before the connection was closed is read to its end."""

_GONE: Final = "The connection to Reverie was lost."


class ReverieStream(Stream):
    """One stream, ready for sound."""

    def __init__(self, socket: Socket, protocol: Protocol, encoder: Encoder) -> None:
        self._socket = socket
        self._protocol = protocol
        self._messages = aiter(socket)
        self._chunker = Chunker(CHUNK)
        self._encoder = encoder
        self._patience: asyncio.Timeout | None = None
        self._finish_by: float | None = None
        self._closed = False
        self._concluded = asyncio.Event()
        self._failure: VendorFailure | None = None

    @classmethod
    async def open(cls, account: ReverieAccount, language: str, options: ReverieOptions) -> Self:
        """Connect and wait until Reverie is ready.

        Raises:
            VendorFailure: it cannot be reached, refuses, or does not become ready.
        """
        censor = Censor(account)
        encoder = await asyncio.to_thread(Encoder, options.format)
        try:
            socket = await Socket.open(request(account, language, options))
        except Refused as refused:
            raise censor.refusal(refused) from None
        stream = cls(socket, Protocol(censor), encoder)
        try:
            async with asyncio.timeout(READY):
                await stream._until_ready()
        except TimeoutError:
            await stream.close()
            raise Lost("Reverie does not become ready.") from None
        except BaseException:
            await stream.close()
            raise
        return stream

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; every fourth makes a message."""
        for chunk in self._chunker.add(frame):
            if sound := self._encoder.encode(chunk):
                await self._send(sound)

    async def finish(self) -> None:
        """Send what is left and the mark of the end; Reverie then says the rest, or time is up."""
        self._finish_by = asyncio.get_running_loop().time() + DRAINING
        if self._patience:
            self._patience.reschedule(self._finish_by)
        mark = self._protocol.finish()
        try:
            async with asyncio.timeout_at(self._finish_by):
                if rest := self._encoder.encode(self._chunker.rest(), last=True):
                    await self._send(rest)
                await self._send(mark)
        except TimeoutError:
            raise Lost("Reverie takes no more sound.") from None

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Words by utterance; Reverie tells neither times nor language."""
        try:
            while not self._protocol.ended and (message := await self._next()) is not None:
                words = self._protocol.receive(message)
                if isinstance(words, Words):
                    yield words
            failure = self._conclusion()
            if not isinstance(failure, Lost) and (rest := self._protocol.rest()):
                yield rest
            if failure:
                raise failure
        except VendorFailure as broken:
            self._failure = broken
            raise
        finally:
            self._concluded.set()

    async def close(self) -> None:
        """Close the connection; an iteration under way ends."""
        self._closed = True
        await self._socket.close()

    async def _until_ready(self) -> None:
        async for message in self._messages:
            if isinstance(self._protocol.receive(message), Ready):
                return
        raise self._conclusion() or Lost(_GONE)

    async def _next(self) -> bytes | str | None:
        """The next message; None when no more comes."""
        try:
            async with asyncio.timeout_at(self._finish_by) as self._patience:
                return await anext(self._messages, None)
        except TimeoutError:
            await self.close()
            return None
        finally:
            self._patience = None

    async def _send(self, message: bytes) -> None:
        try:
            await self._socket.send(message)
        except Lost:
            failure = await self._reason()
            if failure or self._finish_by is None:
                raise failure or Lost(_GONE) from None

    async def _reason(self) -> VendorFailure | None:
        """Why the connection is closed: often that is still to be read."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._concluded.wait(), CONCLUDING)
        return self._failure if self._concluded.is_set() else Lost(_GONE)

    def _conclusion(self) -> VendorFailure | None:
        return None if self._closed else self._protocol.closed(self._socket.code, self._socket.farewell)
