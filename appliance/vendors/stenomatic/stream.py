"""The stream to Stenomatic: one gRPC call, sound up, words down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Self, TypeVar

from grpc.aio import AioRpcError, BaseError, Call, Channel, StreamStreamCall

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import Lost, Order, Stream, VendorFailure, Words
from appliance.vendors.stenomatic.calls import dial, failure, try_key
from appliance.vendors.stenomatic.config import CHUNK_SECONDS, StenomaticAccount, StenomaticOptions
from appliance.vendors.stenomatic.protocol import Conversation, credentials

T = TypeVar("T")


class StenomaticStream(Stream):
    """One call, one conversation."""

    def __init__(self, channel: Channel, conversation: Conversation, key: str) -> None:
        self._channel = channel
        self._conversation = conversation
        self._key = key
        self._chunker = Chunker(CHUNK_SECONDS)
        self._closed = False
        self._call: StreamStreamCall[bytes, bytes] = channel.stream_stream(conversation.method)(
            metadata=credentials(key) + conversation.metadata
        )
        self._verdict: VendorFailure | None = None
        self._call.add_done_callback(self._note)

    @classmethod
    async def open(cls, account: StenomaticAccount, order: Order[StenomaticOptions]) -> Self:
        """Try the key, then begin: the call itself answers nothing before it has heard words."""
        conversation = Conversation(
            from_language=order.from_language, to_languages=order.to_languages, phrases=order.options.phrases
        )
        channel = dial(account)
        try:
            await try_key(channel, account)
            stream = cls(channel, conversation, account.key.get_secret_value())
            await stream._write(conversation.config())
        except BaseException:
            await channel.close()
            raise
        return stream

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; every third makes a message."""
        for chunk in self._chunker.add(frame):
            await self._write(self._conversation.sound(chunk))

    async def finish(self) -> None:
        """Send what is left and half-close; Stenomatic says the rest and ends the call."""
        if rest := self._chunker.rest():
            await self._write(self._conversation.sound(rest))
        # A call that has broken by now says so to who reads it.
        with contextlib.suppress(AioRpcError, BaseError, asyncio.InvalidStateError):
            await self._call.done_writing()

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Words by segment, without times: Stenomatic gives none."""
        try:
            async for answer in self._call:
                for words in self._conversation.heard(answer):
                    yield words
        except (AioRpcError, asyncio.CancelledError):
            _obey_cancellation()
            if not self._closed:
                raise self._failure() from None

    async def close(self) -> None:
        """Cancel the call and close the connection."""
        self._closed = True
        self._call.cancel()
        await self._channel.close()

    async def _write(self, message: bytes) -> None:
        try:
            await self._call.write(message)
        except (AioRpcError, BaseError, asyncio.InvalidStateError, asyncio.CancelledError):
            _obey_cancellation()
            raise self._failure() from None

    def _failure(self) -> VendorFailure:
        return self._verdict or Lost("The connection to Stenomatic was lost.")

    def _note(self, call: Call) -> None:
        """Note how the call ended, at once: gRPC says INTERNAL later if a message was just being sent."""
        self._verdict = self._verdict or failure(_at_once(call.code()), _at_once(call.details()), self._key)


def _obey_cancellation() -> None:
    """Raise only if this task is cancelled: gRPC says the same of a call that either side has cancelled."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def _at_once(answer: Coroutine[Any, Any, T]) -> T:
    """The answer of a coroutine that has nothing to wait for."""
    try:
        answer.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    answer.close()
    raise RuntimeError("A call that has ended knows how.")
