"""The live stream to Attendi: a WebSocket around `protocol.Transcript`."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final, Self
from uuid import uuid4

from appliance.sound import Frame
from appliance.vendors.attendi import api
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.attendi.protocol import (
    END_OF_AUDIO,
    Transcript,
    configuration,
    redacted,
    stream_failure,
)
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Busy, Lost, Planned, Stream, VendorFailure, Words
from appliance.vendors.transport import Refused, Socket

CHUNK_SECONDS: Final = 0.128
"""Sound of one message: four frames, between the 100 and 264 ms of the vendor's own clients."""

SAYING_THE_REST: Final = 5.0
"""Seconds after the end of the sound until which Attendi closes, or else we do."""

GAVE_UP: Final = 4000
"""The code with which the vendor's own clients close then."""

_log = logging.getLogger(__name__)


class AttendiStream(Stream):
    """One WebSocket, one document."""

    def __init__(self, socket: Socket, secrets: tuple[str, ...]) -> None:
        self._socket = socket
        self._secrets = secrets
        self._chunker = Chunker(CHUNK_SECONDS)
        self._transcript = Transcript()
        self._ended = asyncio.Event()
        self._finished = False
        self._released = False

    @classmethod
    async def open(cls, account: AttendiAccount, options: AttendiOptions) -> Self:
        """Sign in, connect and configure; a token that is refused is replaced once.

        Raises:
            VendorFailure: it cannot be opened.
        """
        try:
            socket, token = await _connect(account)
        except Refused as refused:
            if refused.status != 401:
                raise stream_failure(refused, account.secrets) from None
            try:
                socket, token = await _connect(account)
            except Refused as again:
                raise stream_failure(again, account.secrets) from None
        stream = cls(socket, (*account.secrets, token))
        settings = configuration(model=options.model, report=str(uuid4()), voice_editing=options.voice_editing)
        try:
            await stream._send(settings)
        except BaseException:
            await stream.close()
            raise
        return stream

    async def send(self, frame: Frame) -> None:
        """Hand over one frame."""
        for chunk in self._chunker.add(frame):
            await self._send(chunk)

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Words by segment, without times: Attendi gives none."""
        try:
            async for message in self._socket:
                for words in self._transcript.receive(message):
                    yield words
            for words in self._transcript.rest():
                yield words
            if not (self._released or (self._finished and self._socket.code == 1000)):
                raise self._broken()
        finally:
            self._ended.set()
            _log.debug(
                "Attendi: %d unknown messages, %d edits of final text",
                self._transcript.ignored,
                self._transcript.late_edits,
            )

    async def finish(self) -> None:
        """Send the rest of the sound and wait until Attendi has said the rest of the words."""
        if rest := self._chunker.rest():
            await self._send(rest)
        self._finished = True
        await self._send(END_OF_AUDIO)
        try:
            await asyncio.wait_for(self._ended.wait(), SAYING_THE_REST)
        except TimeoutError:
            await self._release(GAVE_UP)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._release(1000)

    async def _release(self, code: int) -> None:
        self._released = True
        await self._socket.close(code)

    async def _send(self, message: bytes | str) -> None:
        try:
            await self._socket.send(message)
        except Lost:
            raise self._broken() from None

    def _broken(self) -> VendorFailure:
        """What a close means that we did not ask for."""
        farewell = redacted(self._socket.farewell, self._secrets)
        if self._socket.code == 1008:
            return Busy(farewell)
        # Whoever is hung up on before the first word must not call again at once.
        if self._socket.code == 1000 and self._transcript.begun:
            return Planned(farewell)
        return Lost(farewell)


async def _connect(account: AttendiAccount) -> tuple[Socket, str]:
    token = await api.sign_in(account)
    url = account.endpoint("/v1/speech/transcribe/stream", scheme="wss")
    return await Socket.open(url, headers={"Authorization": f"Bearer {token}"}), token
