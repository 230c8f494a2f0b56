"""The streams to Palabra: a socket, the protocol spoken over it, and the session that may belong to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import uuid4

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Lost, Notice, Order, Stream, VendorFailure, Words
from appliance.vendors.palabra import s2s, stt
from appliance.vendors.palabra.api import Session, create_session, delete_session
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.inbox import Inbox
from appliance.vendors.palabra.languages import AUTO, UNDETERMINED, Codes
from appliance.vendors.palabra.protocol import Dialect
from appliance.vendors.palabra.refusals import closing, refusal
from appliance.vendors.transport import Refused, Socket

CHUNK_SECONDS: Final = 0.32

TAIL: Final = 8.0
"""Seconds that the vendor has for its last words."""

READY: Final = 30.0
"""Seconds that a task may take to start, as in the vendor's own client."""

ASKING: Final = 2.1
"""Seconds between commands of which the vendor takes one every two seconds."""

Release = Callable[[], Awaitable[None]]


async def open_stream(account: PalabraAccount, order: Order[PalabraOptions]) -> Stream:
    """Open a stream in the mode of the room's options.

    An API key opens a stream directly; the older pair needs a session, which ends with the stream.

    Raises:
        VendorFailure: it cannot be opened.
    """
    session = None if account.api_key else await create_session(account, order.options)

    async def release() -> None:
        nonlocal session
        ended, session = session, None
        if ended:
            await delete_session(account, ended)

    try:
        return await _open(account, order, session, release)
    except BaseException:
        await release()
        raise


class PalabraStream(Stream):
    """A stream that is ready for sound.

    Args:
        socket: connected.
        dialect: what is spoken over it.
        secrets: what must not be seen in the vendor's words.
        release: gives back what belongs to the stream.
    """

    def __init__(self, socket: Socket, dialect: Dialect, secrets: tuple[str, ...], release: Release) -> None:
        self._socket = socket
        self._inbox = Inbox(socket)
        self._dialect = dialect
        self._secrets = secrets
        self._release = release
        self._chunker = Chunker(CHUNK_SECONDS)
        self._until: float | None = None
        self._closed = False

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; every tenth completes a chunk that travels."""
        for chunk in self._chunker.add(frame):
            await self.transmit(self._dialect.sound(chunk))

    async def finish(self) -> None:
        """Send the rest and the goodbye; the vendor has `TAIL` seconds for its last words."""
        self._until = asyncio.get_running_loop().time() + TAIL
        try:
            if rest := self._chunker.rest():
                await self.transmit(self._dialect.sound(rest))
            await self.transmit(self._dialect.goodbye())
        finally:
            self._inbox.wake()

    async def __aiter__(self) -> AsyncIterator[Words | Notice]:
        """Words by transcription, translations under the name of their original."""
        while not self._dialect.over:
            finishing = self._until is not None
            try:
                message = await self.hear(self._patience)
            except TimeoutError:
                if finishing:
                    return
                continue
            if message is None:
                return
            for event in self._dialect.received(message):
                yield event

    async def close(self) -> None:
        """Close the socket and give back what belongs to the stream."""
        self._closed = True
        await asyncio.gather(self._socket.close(), self._release())
        await self._inbox.closed()

    async def hear(self, within: float | None = None) -> bytes | str | None:
        """The next message; None after an end that was wanted.

        Raises:
            TimeoutError: none came in time.
            VendorFailure: the vendor closed the connection.
        """
        message = await self._inbox.get(within)
        if message is None and not self._closed and not (self._until and self._socket.code in (1000, 1001)):
            raise self._farewell()
        return message

    async def transmit(self, message: bytes | str) -> None:
        """Send a message of the dialect.

        Raises:
            VendorFailure: the connection is closed.
        """
        try:
            await self._socket.send(message)
        except Lost:
            raise self._farewell() from None

    @property
    def _patience(self) -> float | None:
        if self._until is None:
            return None
        return max(0.0, min(self._until - asyncio.get_running_loop().time(), self._dialect.lull))

    def _farewell(self) -> VendorFailure:
        said = self._socket.reason or self._dialect.complaint
        return closing(self._socket.code, said, self._secrets)


async def _open(
    account: PalabraAccount, order: Order[PalabraOptions], session: Session | None, release: Release
) -> Stream:
    secret = session.publisher[0] if session else account.api_key
    assert secret
    token = secret.get_secret_value()
    secrets = (*account.secrets, token)
    spoken = UNDETERMINED if order.options.source_language == AUTO else order.from_language
    codes = Codes(spoken, order.to_languages)
    if order.options.mode == "stt":
        socket = await _connect(account.address(stt.address(token, codes, order.options)), secrets)
        return PalabraStream(socket, stt.SpeechToText(codes, secrets), secrets, release)
    base = session.ws_url if session else s2s.ADDRESS.format(name=uuid4().hex)
    socket = await _connect(account.address(s2s.address(base, token)), secrets)
    dialect = s2s.SpeechToSpeech(codes, secrets)
    stream = PalabraStream(socket, dialect, secrets, release)
    try:
        await _start(stream, dialect, s2s.command("set_task", s2s.task(codes, order.options)))
    except BaseException:
        await stream.close()
        raise
    else:
        return stream


async def _start(stream: PalabraStream, dialect: s2s.SpeechToSpeech, task: str) -> None:
    """Set the task and wait until it runs, asking again and again where the vendor does not say so itself."""
    now = asyncio.get_running_loop().time
    until = now() + READY
    await stream.transmit(task)
    asking = now() + ASKING
    while not dialect.ready:
        try:
            message = await stream.hear(max(0.0, min(asking, until) - now()))
        except TimeoutError:
            if now() >= until:
                raise Lost(f"Palabra did not get ready within {READY:g} s.") from None
            asking = now() + ASKING
            await stream.transmit(s2s.command("get_task"))
            continue
        if message is not None:
            dialect.received(message)


async def _connect(url: str, secrets: tuple[str, ...]) -> Socket:
    try:
        return await Socket.open(url)
    except Refused as refused:
        raise refusal(refused, secrets) from None
