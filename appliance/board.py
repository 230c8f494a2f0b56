"""The board: what can be read now, and everyone who watches it.

A watcher is a place in the one history, not a queue of its own: a slow one skips interims by itself, misses no
final while the history holds it, and costs the others nothing.
"""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any, Final

from appliance.captions import Caption, Gap
from appliance.state import Microphone, Status

KEPT: Final = 10_000
"""Finals and gaps held for those who come back: a long day of meetings, some 5 MB."""

KEPT_CHARACTERS: Final = 2_000_000
"""Characters of them, of which one takes up to four bytes: a vendor may never come to the point."""

ON_BOARD: Final = 12
"""How many of the latest finals in each language, and of the latest gaps, a newcomer gets."""

OPEN_SEGMENTS: Final = 16
"""Interims held at once; beyond that the oldest is dropped: a vendor may never finish one."""


PLACES: Final = 16
"""Places whose newer events are looked up once for all who are there; most watchers are at the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something new on the board; `number` grows by one an event. All watchers get the same object."""

    number: int
    body: Caption | Gap | Status


class Board:
    """Holds the status, the open interims and a bounded history of finals and gaps."""

    def __init__(self, status: Status | None = None) -> None:
        self.epoch: Final = secrets.token_hex(4)
        """Tells this run of the box from an earlier one: event numbers start anew with it."""
        self._number = 0
        self._history: deque[Event] = deque()
        self._characters = 0
        self._forgotten = 0
        self._interims: dict[tuple[int, str], Event] = {}
        self._wiped = 0
        self._state = self._event(status or Status())
        self._warnings: dict[str, str] = {}
        self._watchers: set[asyncio.Event] = set()
        self._newer: dict[int, tuple[Event, ...]] = {}

    @property
    def status(self) -> Status:
        """The status as it is now."""
        body = self._state.body
        assert isinstance(body, Status)
        return body

    def update(self, **changes: Any) -> None:
        """Change fields of the status; watchers hear of it only if something really changed."""
        status = replace(self.status, **changes)
        if status != self.status:
            self._state = self._event(status)
            self._tell()

    def warn(self, topic: str, sentence: str | None) -> None:
        """Set or clear the warning of a topic; the status shows all that stand, in the order they came."""
        if self._warnings.get(topic) == sentence:
            return
        if sentence is None:
            del self._warnings[topic]
        else:
            self._warnings[topic] = sentence
        self.update(warning=" ".join(self._warnings.values()) or None)

    @property
    def warnings(self) -> dict[str, str]:
        """The warnings that stand, by their topics."""
        return dict(self._warnings)

    def measure(self, microphone: Microphone) -> None:
        """Note how well the box hears, without waking anybody: the level changes thirty times a second."""
        self._state = replace(self._state, body=replace(self.status, microphone=microphone))
        self._newer.clear()

    def wipe(self) -> None:
        """Begin another meeting: newcomers see nothing of the one before."""
        self._interims.clear()
        self._newer.clear()
        self._wiped = self._number

    def post(self, item: Caption | Gap) -> None:
        """Put a caption or a gap on the board; a final ends the interims of its segment and language."""
        event = self._event(item)
        if isinstance(item, Caption):
            key = (item.segment, item.language)
            self._interims.pop(key, None)
            if not item.final:
                self._interims[key] = event
                if len(self._interims) > OPEN_SEGMENTS:
                    del self._interims[next(iter(self._interims))]
        if isinstance(item, Gap) or item.final:
            self._remember(event)
        self._tell()

    def since(self, number: int) -> tuple[Event, ...]:
        """All that is newer than the event `number` and still holds, in order."""
        if number not in self._newer:
            if len(self._newer) == PLACES:
                self._newer.clear()
            self._newer[number] = self._look_back(number)
        return self._newer[number]

    def holds(self, number: int) -> bool:
        """Whether everything after the event `number` can still be told in full."""
        return self._forgotten <= number <= self._number

    def now(self, *, whole: bool = False) -> list[Event]:
        """What a newcomer sees: the status, the open interims and the latest finals and gaps, in order.

        Args:
            whole: all finals and gaps of the meeting, as far as they are still held.
        """
        meeting = takewhile(lambda e: e.number > self._wiped, reversed(self._history))
        finals = meeting if whole else _latest(meeting)
        return sorted((self._state, *self._interims.values(), *finals), key=attrgetter("number"))

    async def watch(
        self, after: int | None = None, *, whole: bool = False, beat: float | None = None
    ) -> AsyncGenerator[Sequence[Event], None]:
        """Batches of events newer than `after`, for ever; without it, first what `now` tells.

        Args:
            after: number of the last event that the watcher has.
            whole: as for `now`.
            beat: seconds without an event after which an empty batch comes; None for never.
        """
        woken = asyncio.Event()
        self._watchers.add(woken)
        try:
            if after is None:
                after = self._number
                yield self.now(whole=whole)
            with _beating(woken, beat):
                while True:
                    await woken.wait()
                    woken.clear()
                    events = self.since(after)
                    after = events[-1].number if events else after
                    if events or beat:
                        yield events
        finally:
            self._watchers.discard(woken)

    def _remember(self, event: Event) -> None:
        self._history.append(event)
        self._characters += _length(event)
        while len(self._history) > KEPT or self._characters > KEPT_CHARACTERS:
            oldest = self._history.popleft()
            self._characters -= _length(oldest)
            self._forgotten = oldest.number

    def _event(self, body: Caption | Gap | Status) -> Event:
        self._number += 1
        return Event(self._number, body)

    def _look_back(self, number: int) -> tuple[Event, ...]:
        newer = [e for e in (*self._interims.values(), self._state) if e.number > number]
        newer += takewhile(lambda e: e.number > number, reversed(self._history))
        return tuple(sorted(newer, key=attrgetter("number")))

    def _tell(self) -> None:
        self._newer.clear()
        for woken in self._watchers:
            woken.set()


@contextmanager
def _beating(woken: asyncio.Event, seconds: float | None) -> Iterator[None]:
    """Wake a watcher now and then, too; a timer for each of its waits would cost more than all the rest."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def beat() -> None:
        nonlocal timer
        woken.set()
        timer = loop.call_later(seconds, beat) if seconds else None

    beat()
    try:
        yield
    finally:
        if timer:
            timer.cancel()


def _latest(events: Iterable[Event]) -> Iterator[Event]:
    """Of events, the newest first, a few in each language and a few gaps."""
    told: Counter[str] = Counter()
    for event in islice(events, 40 * ON_BOARD):
        kind = event.body.language if isinstance(event.body, Caption) else ""
        told[kind] += 1
        if told[kind] <= ON_BOARD:
            yield event


def _length(event: Event) -> int:
    return len(event.body.text) if isinstance(event.body, Caption) else 0
