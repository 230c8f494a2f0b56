"""One stretch of captioning: from the sound of a listener, through a vendor's streams, to captions."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from appliance.audio import Listener
from appliance.board import Board
from appliance.captioning.backlog import OVERFLOW, Backlog
from appliance.captioning.calm import Erasure
from appliance.captioning.conversation import Conversation, Publish
from appliance.captioning.segments import Segments
from appliance.captions import Gap, language_name
from appliance.sound import Frame, Loss, Trouble
from appliance.state import Microphone, State
from appliance.vendors.contract import Busy, Lost, Planned, Route, Stream, VendorFailure

SETTLED: Final = 60.0
"""Seconds after which a stream counts as good: its loss begins the back-off anew."""

LAST_WORDS: Final = 15.0
"""Seconds after the end of the sound within which everything is said or given up."""

EARLY: Final = 15.0
"""Seconds before a stream's end at which the next is opened, so that there is time to find a pause."""

RETRY: Final = 1.0

_back_off = wait_random_exponential(multiplier=0.5, max=30)

_log = logging.getLogger(__name__)


class Captioning:
    """Listens and captions until the sound ends or it is stopped; connects again when the vendor is lost.

    Args:
        route: the vendor, account and order.
        listener: where the sound comes from; closed at the end.
        publish: takes each caption and gap, in order.
        board: is told how it goes.
        numbers: gives segments their numbers.
        erasure: counts what is taken back from the reader.
        sent: is told the account for every frame that was sent through it.
        offset: seconds since the captioning began at which this stretch begins.
        live: whether sound is dropped rather than waited with when the vendor is slow.
    """

    def __init__(
        self,
        *,
        route: Route,
        listener: Listener,
        publish: Publish,
        board: Board,
        numbers: Iterator[int],
        erasure: Erasure,
        sent: Callable[[str], None] = lambda _account: None,
        offset: float = 0.0,
        live: bool = True,
    ) -> None:
        self._route = route
        self._listener = listener
        self._publish = publish
        self._board = board
        self._numbers = numbers
        self._erasure = erasure
        self._sent = sent
        self._offset = offset
        self._position = offset
        self._live = live
        self._backlog = Backlog()
        self._draining: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Caption until the sound ends and the last words are drained.

        Raises:
            ConfigurationFault: a person must change something first.
            SoundError: there is nothing to listen to.
        """
        self._warn_of_language()
        hearing = asyncio.create_task(self._hear())
        conversing = asyncio.create_task(self._keep_conversing())
        try:
            await asyncio.wait({hearing, conversing}, return_when=asyncio.FIRST_COMPLETED)
            if not conversing.done():
                self._board.update(state=State.FINISHING)
                await asyncio.wait({conversing}, timeout=LAST_WORDS)
            if conversing.done():
                await conversing
            await hearing
        finally:
            hearing.cancel()
            conversing.cancel()
            for draining in self._draining:
                draining.cancel()
            await asyncio.wait({hearing, conversing, *self._draining})
            await self._listener.close()
            if unsaid := self._backlog.rest():
                await self._publish(
                    Gap(start=round(unsaid.start, 3), end=round(unsaid.end, 3), reason=OVERFLOW)
                )
            for topic in ("microphone", "vendor", "language"):
                self._board.warn(topic, None)

    async def stop(self) -> None:
        """Close the source of sound at once; `run` then drains the last words and ends."""
        await self._listener.close()

    async def _hear(self) -> None:
        lost = 0.0
        item: Frame | Loss
        self._board.update(state=State.CONNECTING, reason=None)
        try:
            async for heard in self._listener:
                if isinstance(heard, Trouble):
                    self._board.warn("microphone", heard.reason)
                    continue
                if isinstance(heard, Loss):
                    lost += heard.end - heard.start
                    item = replace(heard, start=heard.start + self._offset, end=heard.end + self._offset)
                else:
                    self._board.warn("microphone", None)
                    self._board.measure(Microphone(level=heard.level, lost=lost))
                    item = replace(heard, start=heard.start + self._offset)
                await self._backlog.put(item, wait=not self._live)
        finally:
            self._board.measure(Microphone(lost=lost))
            await self._backlog.end()

    async def _keep_conversing(self) -> None:
        while True:
            try:
                async for attempt in AsyncRetrying(
                    retry=retry_if_exception_type((Lost, Busy)),
                    wait=_wait,
                    before_sleep=self._reconnecting,
                    reraise=True,
                ):
                    with attempt:
                        await self._converse()
            except Planned as planned:
                _log.info("%s: %s", self._route.account, planned)
            else:
                await asyncio.gather(*self._draining)
                return

    async def _converse(self) -> None:
        """One conversation after the other, for as long as each hands over to the next in time."""
        stream: Stream | None = await self._route.open()
        began = time.monotonic()
        self._board.update(state=State.FINISHING if self._backlog.ended else State.LIVE, reason=None)
        try:
            while stream:
                conversation = self._conversation(stream)
                stream = await self._hold(conversation)
        except Lost as lost:
            if time.monotonic() - began > SETTLED:
                raise Planned(str(lost)) from lost
            raise

    def _conversation(self, stream: Stream) -> Conversation:
        route = self._route
        return Conversation(
            stream=stream,
            longest=route.longest_stream,
            fed_in_silence=route.manifest.fed_in_silence,
            backlog=self._backlog,
            segments=Segments(
                numbers=self._numbers,
                language=route.order.from_language,
                hold_back=route.manifest.hold_back,
                erasure=self._erasure,
                begin=self._position,
            ),
            publish=self._publish,
            sent=lambda: self._sent(route.account),
            board=self._board,
        )

    async def _hold(self, conversation: Conversation) -> Stream | None:
        """Hold a conversation to its end; or, before the vendor ends it, until the next stream takes over."""
        running = asyncio.create_task(conversation.run())
        opening = asyncio.create_task(self._open_next(conversation))
        left = asyncio.create_task(conversation.left.wait())
        try:
            await asyncio.wait({running, opening}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
                await _discard(opening)
                return None
            conversation.leave()
            await asyncio.wait({running, left}, return_when=asyncio.FIRST_COMPLETED)
            if not conversation.left.is_set():
                await running
            self._leave_draining(running)
            return await opening
        except BaseException:
            await _cancelled(running)
            await _discard(opening)
            raise
        finally:
            self._position = conversation.segments.timeline.end
            await _cancelled(left)

    async def _open_next(self, conversation: Conversation) -> Stream:
        """The stream that takes over, opened shortly before the vendor ends this one."""
        await conversation.nears_its_end(_early)
        while True:
            try:
                return await self._route.open()
            except (Busy, Lost) as failure:
                _log.info("%s: the next stream cannot be opened yet: %s", self._route.account, failure)
                await asyncio.sleep(RETRY)

    def _leave_draining(self, conversation: asyncio.Task[None]) -> None:
        draining = asyncio.create_task(self._drain(conversation))
        self._draining.add(draining)
        draining.add_done_callback(self._draining.discard)

    async def _drain(self, conversation: asyncio.Task[None]) -> None:
        """Let a conversation that was left say its last words."""
        try:
            await conversation
        except VendorFailure as failure:
            _log.warning("%s: the last words of a stream were lost: %s", self._route.account, failure)

    def _warn_of_language(self) -> None:
        """A language that a vendor does not list may work all the same: the vendor decides."""
        manifest, language = self._route.manifest, self._route.order.from_language
        if not manifest.knows(language):
            name = language_name(language)
            self._board.warn("language", f"{manifest.title} does not list {name}; captions may be wrong.")

    def _reconnecting(self, attempt: RetryCallState) -> None:
        assert attempt.outcome
        reason = str(attempt.outcome.exception())
        if self._board.status.reason != reason:
            _log.warning("%s: %s Connecting again.", self._route.account, reason)
        self._board.update(state=State.RECONNECTING, reason=reason)


def _early(left: float) -> float:
    """Seconds before the end of a stream at which the next is opened, for the seconds that are left."""
    return min(EARLY, left / 3)


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _discard(opening: asyncio.Task[Stream]) -> None:
    """Close a stream that is not needed after all, even if it opened a moment ago."""
    await _cancelled(opening)
    if not opening.cancelled() and not opening.exception():
        await opening.result().close()


def _wait(attempt: RetryCallState) -> float:
    """As long as the vendor asks, or else a back-off with full jitter."""
    assert attempt.outcome
    failure = attempt.outcome.exception()
    if isinstance(failure, Busy) and failure.wait is not None:
        return failure.wait
    return _back_off(attempt)
