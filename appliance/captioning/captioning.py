"""One meeting's captioning: from the sound of the room, through the vendors' streams, to captions.

No plug-in decides what happens when something goes wrong; it is decided here, the same way for all.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from appliance.audio import Listener
from appliance.board import Board
from appliance.captioning.calm import Erasure
from appliance.captioning.connecting import forever
from appliance.captioning.conversation import PRE_ROLL, Conversation, Publish, Told, gap
from appliance.captioning.ear import Ear
from appliance.captioning.lines import Line, Lines
from appliance.captioning.patience import answered, cancelled, let_go, withdrawn
from appliance.captioning.ring import OVERFLOW, Ring
from appliance.captioning.segments import Estate, Segments
from appliance.captioning.watch import SpeechWatch, Stalled
from appliance.captions import language_name
from appliance.i18n import N_
from appliance.state import State
from appliance.vendors.contract import ConfigurationFault, Delivery, Planned, Route, VendorFailure

LAST_WORDS: Final = 12.5
"""Seconds after the end of live sound within which everything is said or given up."""

EARLY: Final = 15.0
"""Seconds before a stream's end at which the next is opened, so that there is time to find a pause."""

NOTICED: Final = 1.0
"""Seconds without a line after which the state says so."""

UTTERANCE: Final = 15.0
"""Seconds that a vendor may take longer that hears whole utterances."""

RECORDED: Final = N_("Being recorded; the transcript comes after the meeting.")
BROADCAST: Final = N_("Being broadcast; the words are read at the vendor's own page.")

_LIVE: Final = {
    Delivery.LIVE: None,
    Delivery.UTTERANCE: None,
    Delivery.RECORDING: RECORDED,
    Delivery.BROADCAST: BROADCAST,
}
_PATIENCE: Final = {
    Delivery.LIVE: 0.0,
    Delivery.UTTERANCE: UTTERANCE,
    Delivery.RECORDING: math.inf,
    Delivery.BROADCAST: math.inf,
}
"""Seconds that words may take longer than when they come while people speak."""

_TALKING: Final = "Someone is talking, but no words come from"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The ways of one room to its vendors.

    Attributes:
        first: through the account that was chosen.
        fallback: through the account to use while the first cannot be; None for none.
        patience: seconds for which the first may be away before that.
        idle_after: seconds without speech after which a vendor that bills by time rests; 0 for never.
    """

    first: Route
    fallback: Route | None = None
    patience: float = 5.0
    idle_after: float = 0.0


class Captioning:
    """Listens and captions until the sound ends or it is stopped, through whatever happens meanwhile.

    Args:
        routes: the vendors, accounts and orders.
        listen: opens the source of sound.
        publish: takes each caption and gap, in order.
        board: is told how it goes.
        numbers: gives segments their numbers.
        erasure: counts what is taken back from the reader.
        sent: is told the account for every frame that was sent through it; may raise `ConfigurationFault`.
        refusal: says why an account must not be used any more, such as for its cap; None where it may.
        live: whether sound is lost rather than waited with when the vendor is slow.
    """

    def __init__(
        self,
        *,
        routes: Routes,
        listen: Callable[[], Listener],
        publish: Publish,
        board: Board,
        numbers: Iterator[int],
        erasure: Erasure,
        sent: Callable[[str], None] = lambda _account: None,
        refusal: Callable[[str], str | None] = lambda _account: None,
        live: bool = True,
    ) -> None:
        self._routes = routes
        self._publish = publish
        self._board = board
        self._numbers = numbers
        self._erasure = erasure
        self._sent = sent
        self._live = live
        self._ring = Ring()
        self._watch = SpeechWatch(self._warn_of_silence)
        self._ear = Ear(listen, self._ring, board, self._watch, live=live)
        self._refusal = refusal
        self._lines = self._lines_for(routes)
        self._changed = asyncio.Event()
        self._estate = Estate()
        self._draining: set[asyncio.Task[None]] = set()
        self._conversing = False
        self._connection: tuple[State, str | None] = (State.CONNECTING, None)

    async def run(self) -> None:
        """Caption until the sound ends and the last words are drained.

        Raises:
            ConfigurationFault: a person must change something first.
            SoundError: there is nothing to listen to.
        """
        self._warn_of_language()
        self._show()
        hearing = asyncio.create_task(self._ear.run())
        supervising = asyncio.create_task(self._supervise())
        try:
            await asyncio.wait({hearing, supervising}, return_when=asyncio.FIRST_COMPLETED)
            if not supervising.done():
                self._show()
                await asyncio.wait({supervising}, timeout=LAST_WORDS if self._live else None)
            if supervising.done():
                await supervising
            await hearing
        finally:
            await cancelled(hearing, supervising, *self._draining)
            await self._publish_what_is_left()
            for topic in ("vendor", "language", "words"):
                self._board.warn(topic, None)

    async def stop(self) -> None:
        """Close the source of sound at once; `run` then drains the last words and ends."""
        await self._ear.close()

    async def mute(self) -> None:
        """Close the source of sound until `unmute`; the vendor rests meanwhile."""
        await self._ear.mute()
        self._show()

    def unmute(self) -> None:
        """Hear again."""
        self._ear.unmute()
        self._show()

    async def change(self, routes: Routes) -> None:
        """Go on by other settings: in the same stream where its vendor can, else in the next, after a pause."""
        lines, self._lines = self._lines, self._lines_for(routes)
        self._routes = routes
        self._warn_of_language()
        self._changed.set()
        await lines.close()

    def _lines_for(self, routes: Routes) -> Lines:
        return Lines(
            routes.first,
            routes.fallback,
            patience=routes.patience,
            refusal=self._refusal,
            failed=self._failed,
        )

    async def _supervise(self) -> None:
        try:
            line = await self._open()
            while line:
                line = await self._hold(line) or await self._open()
            await asyncio.gather(*self._draining)
        finally:
            await self._lines.close()

    async def _open(self) -> Line | None:
        """The next line; None once all is said."""
        while not self._ring.over:
            self._changed.clear()
            opening = asyncio.create_task(self._lines.open())
            changed = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait({opening, changed}, timeout=NOTICED, return_when=asyncio.FIRST_COMPLETED)
                if not opening.done():
                    self._say_that_it_takes_long()
                    await asyncio.wait({opening, changed}, return_when=asyncio.FIRST_COMPLETED)
                if opening.done():
                    return await opening
            except ConfigurationFault as fault:
                self._ring.reason = str(fault)
                raise
            except asyncio.CancelledError:
                await _let_go(opening)
                raise
            finally:
                await cancelled(changed)
            await _let_go(opening)
        return None

    async def _hold(self, line: Line) -> Line | None:
        """Hold one conversation; the line that took over, None where another must be opened."""
        conversation = self._conversation(line)
        began = time.monotonic()
        running = asyncio.create_task(conversation.run())
        other = asyncio.create_task(self._hand_over(line, conversation))
        stalled = asyncio.create_task(self._watch.stalled())
        self._begin(line)
        try:
            await asyncio.wait({running, other, stalled}, return_when=asyncio.FIRST_COMPLETED)
            if other.done():
                successor = await other
                self._leave_draining(running, conversation)
                return successor
            if not running.done():
                raise Stalled(f"{_TALKING} {line.route.manifest.title}.")  # noqa: TRY301 - told like any loss
            await running
            await _let_go(other)
            await self._ring.rest(PRE_ROLL)
        except VendorFailure as failure:
            await cancelled(running)
            await self._broke(line, conversation, failure, time.monotonic() - began)
        except BaseException:
            await _let_go(other)
            await cancelled(running)
            self._estate = conversation.segments.bequeath()
            raise
        finally:
            self._conversing = False
            await cancelled(stalled)
        await _let_go(other)
        return None

    def _conversation(self, line: Line) -> Conversation:
        route = line.route
        estate, self._estate = self._estate, Estate()
        return Conversation(
            stream=line.stream,
            manifest=route.manifest,
            longest=route.longest_stream,
            ring=self._ring,
            segments=Segments(
                numbers=self._numbers,
                language=route.order.from_language,
                hold_back=route.manifest.hold_back,
                erasure=self._erasure,
                begin=self._ring.position,
                estate=estate,
            ),
            told=Told(
                publish=self._publish,
                sent=lambda: self._sent(route.account),
                words=self._watch.answered,
                notice=lambda sentence: self._board.warn("vendor", sentence),
                waiting=lambda sentence: self._wait(route, sentence),
                finishing=self._show,
            ),
            live=self._live,
            idle=lambda silence: self._ear.muted or self._may_rest(route, silence),
        )

    def _may_rest(self, route: Route, silence: float) -> bool:
        limit = self._routes.idle_after
        costly = route.manifest.bills_by_time and route.delivery.captions
        return bool(limit) and silence >= limit and costly

    async def _hand_over(self, line: Line, conversation: Conversation) -> Line:
        """The line that has taken over, because this one nears its end or the chosen account is back."""
        other = await self._successor(line, conversation)
        conversation.leave()
        try:
            await conversation.left.wait()
        except BaseException:
            await let_go(other.stream)
            raise
        return other

    async def _successor(self, line: Line, conversation: Conversation) -> Line:
        changed = asyncio.create_task(self._changes(line, conversation))
        ending = asyncio.create_task(conversation.nears_its_end(_early))
        back = asyncio.create_task(forever() if self._lines.is_first(line.route) else self._lines.first_again())
        try:
            await asyncio.wait({changed, ending, back}, return_when=asyncio.FIRST_COMPLETED)
            if back.done():
                return await back
            if changed.done():
                await changed
        finally:
            await cancelled(changed, ending, back)
        return await self._lines.open()

    async def _changes(self, line: Line, conversation: Conversation) -> None:
        """Wait until the settings have changed in a way that takes a new stream."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            route = self._routes.first
            same = (route.account, route.credentials) == (line.route.account, line.route.credentials)
            if not same or not await answered(line.stream.change(route.order)):
                return
            conversation.segments.language = route.order.from_language

    def _leave_draining(self, running: asyncio.Task[None], conversation: Conversation) -> None:
        draining = asyncio.create_task(self._drain(running, conversation))
        self._draining.add(draining)
        draining.add_done_callback(self._draining.discard)

    async def _drain(self, running: asyncio.Task[None], conversation: Conversation) -> None:
        """Let a conversation that was left say its last words."""
        try:
            await running
        except VendorFailure as failure:
            _log.warning("The last words of a stream were lost: %s", failure)
            await conversation.abandon(str(failure))
        finally:
            await cancelled(running)

    def _begin(self, line: Line) -> None:
        self._conversing = True
        self._ring.reason = OVERFLOW
        self._expect_words(line.route)

    def _expect_words(self, route: Route) -> None:
        """Say how words come, and expect them no sooner."""
        self._watch.begin(_PATIENCE[route.delivery])
        if self._lines.is_first(route):
            self._say(State.LIVE, _LIVE[route.delivery])
        else:
            self._say(State.FALLBACK, self._lines.why(route))

    def _wait(self, route: Route, sentence: str | None) -> None:
        """The vendor cannot be had just now, and its stream makes up for it by itself; None: it is back."""
        if sentence is None:
            self._expect_words(route)
            return
        self._watch.answered()
        self._watch.begin(math.inf)
        self._say(State.RECONNECTING, sentence)

    async def _broke(
        self, line: Line, conversation: Conversation, failure: VendorFailure, lasted: float
    ) -> None:
        """Let what the vendor has not put into final words wait once more, for the next stream."""
        self._lines.broke(line.route, failure, lasted=lasted)
        self._estate = conversation.segments.bequeath()
        timeline = conversation.segments.timeline
        await self._ring.rewind(timeline.covered if line.route.delivery.captions else timeline.end)
        self._conversing = False
        if isinstance(failure, Planned):
            _log.info("%s: %s", line.route.account, failure)
        else:
            self._failed(line.route, failure)

    def _failed(self, route: Route, failure: VendorFailure) -> None:
        reason = str(failure)
        if self._conversing:
            _log.info("%s: %s", route.account, reason)
            return
        if self._connection != (State.RECONNECTING, reason):
            _log.warning("%s: %s Connecting again.", route.account, reason)
        self._ring.reason = reason
        self._say(State.RECONNECTING, reason)

    def _say_that_it_takes_long(self) -> None:
        state, _ = self._connection
        if state in (State.LIVE, State.FALLBACK):
            self._say(State.RECONNECTING, "The speech vendor does not answer yet.")

    def _say(self, state: State, reason: str | None = None) -> None:
        self._connection = (state, reason)
        self._show()

    def _show(self) -> None:
        state, reason = self._connection
        if self._ear.muted:
            state, reason = State.MUTED, None
        elif self._ring.ended:
            state = State.FINISHING
        self._board.update(state=state, reason=reason)

    def _warn_of_silence(self) -> None:
        """While a line is open; while none is, the state says so."""
        in_vain = self._watch.in_vain and self._conversing
        self._board.warn("words", f"{_TALKING} the speech vendor." if in_vain else None)

    def _warn_of_language(self) -> None:
        """A language that a vendor does not list may work all the same: the vendor decides."""
        route = self._routes.first
        if not route.manifest.knows(route.order.from_language):
            name = language_name(route.order.from_language)
            sentence = f"{route.manifest.title} does not list {name}; captions may be wrong."
            self._board.warn("language", sentence)

    async def _publish_what_is_left(self) -> None:
        """Words that were read stay, and sound that never got through is shown as a gap."""
        left = Segments(
            numbers=self._numbers, language="", hold_back=0, erasure=self._erasure, estate=self._estate
        )
        for caption in left.abandon():
            await self._publish(caption)
        if unsaid := self._ring.unsent():
            await self._publish(gap(unsaid))


def _early(left: float) -> float:
    """Seconds before the end of a stream at which the next is opened, for the seconds that are left."""
    return min(EARLY, left / 3)


async def _let_go(opening: asyncio.Task[Line]) -> None:
    """Close a line that is not needed after all, even if it opened a moment ago."""
    if line := await withdrawn(opening):
        await let_go(line.stream)
