"""The stream to Scriptix's realtime service, which may have to be woken first."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Final, Self

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Busy, Ending, Lost, Notice, Planned, Stream, VendorFailure, Words
from appliance.vendors.scriptix.protocol import Dialogue, Event, Service, State
from appliance.vendors.scriptix.service import RealtimeService
from appliance.vendors.transport import Socket

CHUNK: Final = 0.1
"""Seconds of sound in one message."""

PATIENCE: Final = 3.0
"""Seconds after which people are told why there are no captions yet."""

ANSWER: Final = 15.0
"""Seconds until the first message: Scriptix's own connection timeout."""

POLL: Final = 5.0
"""Seconds between two questions whether it is awake; Scriptix asks for 5 to 10."""

WARM_UP: Final = 360.0
"""Seconds that waking up may take: Scriptix says up to five minutes."""

TAIL: Final = 8.0
"""Seconds that each of the last words may take."""

VERDICT: Final = 1.0
"""Seconds that the reader gets to find out why the connection broke, when the sender notices first."""

WARMING: Final = "Scriptix is warming up, 1 to 5 minutes."
_COLD: Final = "Scriptix did not warm up within 6 minutes; ask Scriptix whether its service is up."
_MUTE: Final = "Scriptix does not answer."
_TAILLESS: Final = "Scriptix did not say its last words in time."
_ENDED: Final = "Scriptix ended the stream."
_CLOSED: Final = "The stream to Scriptix is closed."

_log = logging.getLogger(__name__)


class ScriptixStream(Stream):
    """One connection, opened in a task of its own: it may take minutes, and people are told so."""

    def __init__(self, service: RealtimeService, dialogue: Dialogue) -> None:
        self._service = service
        self._dialogue = dialogue
        self._chunks = Chunker(CHUNK)
        self._ending = self._finishing = self._closed = False
        self._reading: asyncio.Timeout | None = None
        self._failure: VendorFailure | None = None
        self._over = asyncio.Event()
        self._messages: AsyncIterator[bytes | str]
        self._opening = asyncio.create_task(self._open())

    @classmethod
    async def open(cls, service: RealtimeService, dialogue: Dialogue) -> Self:
        """Connect; a service that takes long goes on warming up after this returns.

        Raises:
            VendorFailure: it cannot be opened.
        """
        stream = cls(service, dialogue)
        try:
            await asyncio.wait({stream._opening}, timeout=PATIENCE)
            if stream._opening.done():
                stream._opening.result()
        except BaseException:
            await stream.close()
            raise
        return stream

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; waits until the service listens."""
        socket = await self._opened()
        for chunk in self._chunks.add(frame):
            await self._tell(socket, chunk)

    async def finish(self) -> None:
        """Ask for the last words; before it listened there are none."""
        if not self._opening.done():
            await self.close()
            return
        self._finishing = True
        with contextlib.suppress(VendorFailure):  # the iteration says what went wrong
            socket = await self._opened()
            if rest := self._chunks.rest():
                await self._tell(socket, rest)
            await self._tell(socket, self._dialogue.stop())
        if self._reading:
            self._reading.reschedule(asyncio.get_running_loop().time() + TAIL)

    async def __aiter__(self) -> AsyncIterator[Words | Notice | Ending]:
        """Words by segment, the end where it is announced, and a notice while it warms up."""
        try:
            if not self._opening.done():
                yield Notice(WARMING)
            socket = await self._opened()
            while (event := await self._next(socket)) is not State.STOPPED:
                if isinstance(event, Words | Ending):
                    self._ending = self._ending or isinstance(event, Ending)
                    yield event
        except VendorFailure as failure:
            self._failure = failure
            if not self._closed:
                raise
        finally:
            self._over.set()
            if self._dialogue.ignored:
                _log.info("Scriptix sent %d messages that mean nothing to us.", self._dialogue.ignored)

    async def close(self) -> None:
        """Stop opening, or close the connection."""
        self._closed = True
        self._opening.cancel()
        await asyncio.wait({self._opening})
        if not self._opening.cancelled() and self._opening.exception() is None:
            await self._opening.result().close()

    async def _open(self) -> Socket:
        try:
            async with asyncio.timeout(WARM_UP):
                socket = await self._connect()
                try:
                    self._messages = aiter(socket)
                    await _greet(socket, self._messages, self._dialogue, until=State.LISTENING)
                except BaseException:
                    await socket.close()
                    raise
                return socket
        except TimeoutError:
            raise Busy(_COLD) from None

    async def _connect(self) -> Socket:
        """Connect once it is awake. A token that may not wake it connects all the same, which may wake it."""
        may_wake = True
        asked = False
        while True:
            state = await self._service.state()
            if state is Service.ASLEEP and not asked:
                asked, may_wake = True, await self._service.wake()
            awake = state in (Service.READY, Service.UNKNOWN)
            if awake or not may_wake:
                try:
                    return await self._service.connect()
                except Lost:
                    if awake:
                        raise
            await asyncio.sleep(POLL)

    async def _opened(self) -> Socket:
        """The connection, once it listens."""
        if not self._opening.done():
            await asyncio.wait({self._opening})
        if self._closed:
            raise Lost(_CLOSED)
        return self._opening.result()

    async def _tell(self, socket: Socket, message: bytes | str) -> None:
        if self._failure:
            raise self._failure
        try:
            await socket.send(message)
        except Lost:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(VERDICT):
                    await self._over.wait()
            raise self._failure or self._dialogue.farewell(socket.reason) from None

    async def _next(self, socket: Socket) -> Event | None:
        try:
            async with asyncio.timeout(TAIL if self._finishing else None) as self._reading:
                message = await anext(self._messages, None)
        except TimeoutError:
            raise Lost(_TAILLESS) from None
        finally:
            self._reading = None
        event = self._end(socket) if message is None else self._dialogue.receive(message, now=time.time())
        if event is State.STOPPED and not self._finishing and not self._closed:
            raise Planned(_ENDED)
        return event

    def _end(self, socket: Socket) -> State:
        """What it means that the connection is closed."""
        polite = socket.code in (1000, 1005)
        if polite or self._closed:
            return State.STOPPED
        if self._ending:
            raise Planned(_ENDED)
        raise self._dialogue.farewell(socket.reason)


async def try_token(service: RealtimeService, dialogue: Dialogue) -> None:
    """Begin a conversation without sending any sound.

    Raises:
        VendorFailure: the vendor does not want it.
    """
    socket = await service.connect()
    try:
        await _greet(socket, aiter(socket), dialogue, until=None)
    finally:
        await socket.close()


async def _greet(
    socket: Socket, messages: AsyncIterator[bytes | str], dialogue: Dialogue, *, until: State | None
) -> None:
    """Start, and read until the service is in a state; None for any."""
    with contextlib.suppress(Lost):  # what is there to be read says why
        await socket.send(dialogue.start())
    try:
        async with asyncio.timeout(ANSWER):
            state = await _state(socket, messages, dialogue)
    except TimeoutError:
        raise Lost(_MUTE) from None
    while until and state is not until:
        state = await _state(socket, messages, dialogue)


async def _state(socket: Socket, messages: AsyncIterator[bytes | str], dialogue: Dialogue) -> State:
    async for message in messages:
        match dialogue.receive(message, now=time.time()):
            case State.STOPPED:
                raise Lost(_ENDED)
            case State() as state:
                return state
    raise dialogue.farewell(socket.reason)
