"""The stream to a Wyoming server: an utterance at a time, each on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame
from appliance.vendors.contract import Lost, Notice, Stream, VendorFailure, Words
from appliance.vendors.endpointing import Begin, End, Endpointer, Sound
from appliance.vendors.wyoming.config import WyomingAccount
from appliance.vendors.wyoming.connection import Connection
from appliance.vendors.wyoming.protocol import Recognition, Request, closing, sound

PAUSE: Final = 0.6
"""Seconds of pause that end an utterance."""

LONGEST: Final = 7.5
"""Seconds at which a breath is pause enough; at twice as many an utterance ends in any case."""

PATIENCE: Final = 30.0
"""Seconds that a server may think about an utterance once it has all of it and nothing else to do."""

UNDER_WAY: Final = 3
"""Utterances at the server at a time; beyond that the sound waits."""


class WyomingStream(Stream):
    """One conversation with a server that stays the same."""

    def __init__(self, account: WyomingAccount, request: Request, *, language: str) -> None:
        self._account = account
        self._request = request
        self._language = language
        self._endpointer = Endpointer(pause=PAUSE, longest=LONGEST)
        self._frames = 0
        self._spoken = 0.0
        self._number = 0
        self._speaking: _Utterance | None = None
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: asyncio.Queue[_Utterance | None] = asyncio.Queue()  # bounded by the slots
        self._utterances: set[_Utterance] = set()
        self._failure: VendorFailure | None = None
        self._closed = False

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; waits while the server has too many utterances to think about."""
        if self._failure:
            raise self._failure
        self._frames += 1
        if frame.speech:
            self._spoken = self._frames * FRAME_SECONDS
        for step in self._endpointer.feed(frame):
            await self._take(step, speech=frame.speech)

    async def finish(self) -> None:
        """End the utterance that is open; the iteration ends after the last answer."""
        for step in self._endpointer.finish():
            await self._take(step, speech=False)
        self._waiting.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Words | Notice]:
        """Words by utterance, in the order in which they were spoken."""
        if not self._request.listed:
            yield Notice(
                f"The Wyoming server does not list the language “{self._language}”; its words may be wrong."
            )
        while utterance := await self._waiting.get():
            try:
                async for words in utterance.words(self._request.language):
                    yield words
            except VendorFailure as failure:
                if self._closed:
                    return
                self._failure = failure
                raise
            finally:
                await self._let_go(utterance)
        if self._failure:
            raise self._failure

    async def close(self) -> None:
        """Drop all connections at once."""
        self._closed = True
        self._failure = self._failure or Lost("The stream to the Wyoming server is closed.")
        for utterance in list(self._utterances):
            await self._let_go(utterance)
        self._waiting.put_nowait(None)

    async def _take(self, step: Begin | Sound | End, *, speech: bool) -> None:
        try:
            match step:
                case Begin(start):
                    await self._begin(start)
                case Sound(pcm):
                    await self._hear(pcm, speech=speech)
                case End() if self._speaking:
                    await self._speaking.end(self._spoken)
                    self._speaking = None
        except VendorFailure as failure:
            self._failure = self._failure or failure
            self._waiting.put_nowait(None)
            raise

    async def _begin(self, start: float) -> None:
        await self._slots.acquire()
        if self._failure:
            raise self._failure
        utterance = _Utterance(self._number, start, await Connection.open(self._account))
        self._number += 1
        self._speaking = utterance
        self._utterances.add(utterance)
        self._waiting.put_nowait(utterance)
        await utterance.send(self._request.opening())

    async def _hear(self, pcm: bytes, *, speech: bool) -> None:
        # A server with a speech detector of its own may be through before our pause: what is said then is
        # the next utterance; what is silence is none.
        assert self._speaking
        if self._speaking.over:
            if not speech:
                return
            await self._begin((self._frames - 1) * FRAME_SECONDS)
        await self._speaking.send(sound(pcm))

    async def _let_go(self, utterance: "_Utterance") -> None:
        if utterance in self._utterances:
            self._utterances.remove(utterance)
            self._slots.release()
        await utterance.close()


class _Utterance:
    def __init__(self, number: int, start: float, connection: Connection) -> None:
        self._number = number
        self._start = start
        self._end: float | None = None
        self._connection = connection
        self._recognition = Recognition()
        self._deadline: float | None = None
        self._limit: asyncio.Timeout | None = None

    @property
    def over(self) -> bool:
        return self._recognition.over

    async def send(self, data: bytes) -> None:
        try:
            await self._connection.send(data)
        except Lost:
            if not self.over:
                raise

    async def end(self, end: float) -> None:
        self._end = end
        if not self.over:
            await self.send(closing())
        self._be_patient()
        if self._limit:
            self._limit.reschedule(self._deadline)

    async def words(self, asked: str) -> AsyncIterator[Words]:
        """The revisions of this utterance until its final; `asked` is the language that goes without saying."""
        if self._end is not None:
            self._be_patient()
        while not self.over:
            for heard in self._recognition.receive(await self._receive()):
                language = heard.language
                yield Words(
                    segment=str(self._number),
                    text=heard.text,
                    final=heard.final,
                    language=None if language in (None, asked) else language.replace("_", "-"),
                    start=self._start,
                    end=self._end,
                )

    async def close(self) -> None:
        await self._connection.close()

    def _be_patient(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + PATIENCE

    async def _receive(self) -> bytes:
        try:
            async with asyncio.timeout_at(self._deadline) as self._limit:
                return await self._connection.receive()
        except TimeoutError:
            raise Lost(f"The Wyoming server did not answer within {PATIENCE:g} s.") from None
        finally:
            self._limit = None
