"""One conversation with a vendor: one stream, fed from the backlog while its words become captions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from appliance.board import Board
from appliance.captioning.backlog import Backlog
from appliance.captioning.segments import Segments
from appliance.captions import Caption, Gap
from appliance.sound import Frame, Loss
from appliance.state import State
from appliance.vendors.contract import Notice, Planned, Stream, VendorFailure, Words

DRAIN: Final = 10.0
"""Seconds that a vendor gets to say the last words."""

_log = logging.getLogger(__name__)

Publish = Callable[[Caption | Gap], Awaitable[None]]


class Conversation:
    """Feeds a stream and publishes what comes back, until the backlog ends or the stream breaks.

    Args:
        stream: ready for sound; closed at the end.
        backlog: where the sound waits.
        segments: makes captions of the stream's words.
        publish: takes each caption and gap, in order.
        sent: is told of every frame that was sent.
        board: is told how it goes.
    """

    def __init__(
        self,
        *,
        stream: Stream,
        backlog: Backlog,
        segments: Segments,
        publish: Publish,
        sent: Callable[[], None],
        board: Board,
    ) -> None:
        self._stream = stream
        self._backlog = backlog
        self._segments = segments
        self._publish = publish
        self._sent = sent
        self._board = board
        self._finishing = False

    async def run(self) -> None:
        """Hold the conversation.

        Raises:
            VendorFailure: the stream broke or ended too early; what was read of it is final then.
        """
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(self._receive())
                await self._send()
                async with asyncio.timeout(DRAIN):
                    await receiving
        except* TimeoutError:
            _log.warning("The vendor did not say its last words within %.0f s", DRAIN)
        except* VendorFailure as failures:
            failure = failures.exceptions[0]
        finally:
            await self._stream.close()
            for caption in self._segments.abandon():
                await self._publish(caption)
        if failure:
            raise failure

    async def _send(self) -> None:
        while item := await self._backlog.peek():
            match item:
                case Frame():
                    await self._stream.send(item)
                    self._segments.timeline.sent(item)
                    self._sent()
                case Loss(start, end, reason):
                    await self._publish(Gap(start=round(start, 3), end=round(end, 3), reason=reason))
            await self._backlog.done(item)
        self._finishing = True
        self._board.update(state=State.FINISHING)
        await self._stream.finish()

    async def _receive(self) -> None:
        async for event in self._stream:
            match event:
                case Words():
                    self._board.warn("vendor", None)
                    for caption in self._segments.take(event):
                        await self._publish(caption)
                case Notice(sentence):
                    self._board.warn("vendor", sentence)
        if not self._finishing:
            raise Planned("The vendor ended the stream.")
