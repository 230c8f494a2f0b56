"""The sound of the last seconds: what waits for the vendor, and what it had, to be replayed if need be."""

import asyncio
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame, Loss

HELD: Final = 30.0
"""Seconds of sound held: an outage of 10 s, or the speech without words after which a stream is given up, the
utterances under way before it, and the time to connect again."""

OVERFLOW: Final = "The speech vendor did not take the sound in time."


class Ring:
    """What was heard, in order and bounded. Frames stay for a while after they were sent.

    When it is full, the oldest frame is forgotten if it was sent; if it was not, it becomes part of one loss
    that grows.

    Attributes:
        ended: whether nothing more comes.
        reason: why sound that is lost here could not be sent: one plain sentence.
    """

    def __init__(self) -> None:
        self.ended = False
        self.reason = OVERFLOW
        self._items: deque[Frame | Loss] = deque()
        self._unsent = 0
        self._limit = round(HELD / FRAME_SECONDS)
        self._forgotten_speech = 0.0
        self._changed = asyncio.Condition()

    @property
    def over(self) -> bool:
        """Whether everything was sent and nothing more comes."""
        return self.ended and not self._unsent

    @property
    def behind(self) -> float:
        """Seconds of sound that wait to be sent."""
        return self._unsent * FRAME_SECONDS

    @property
    def position(self) -> float:
        """Seconds since the captioning began, of the first sound that waits or will come."""
        if self._unsent:
            return self._items[-self._unsent].start
        return self._items[-1].end if self._items else 0.0

    async def put(self, item: Frame | Loss, *, wait: bool = False) -> None:
        """Append; when full of what waits, wait for room or else lose the oldest."""
        async with self._changed:
            if wait:
                await self._changed.wait_for(lambda: self._unsent < self._limit)
            self._items.append(item)
            self._unsent += 1
            if len(self._items) > self._limit:
                self._forget()
            self._changed.notify_all()

    async def end(self) -> None:
        """Nothing more comes."""
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def peek(self) -> Frame | Loss | None:
        """The oldest item that waits, still in its place; None after the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._unsent or self.ended)
            return self._items[-self._unsent] if self._unsent else None

    async def done(self, item: Frame | Loss) -> None:
        """The item got through; it may have been lost, or have grown, meanwhile.

        A loss is told once and never replayed.
        """
        async with self._changed:
            head = self._items[-self._unsent] if self._unsent else None
            if head is item:
                if isinstance(item, Loss):
                    del self._items[-self._unsent]
                self._unsent -= 1
            elif isinstance(head, Loss) and isinstance(item, Loss) and head.start == item.start:
                self._items[-self._unsent] = replace(head, start=item.end)
            self._changed.notify_all()

    async def rewind(self, to: float) -> None:
        """Let everything after a moment wait once more; what is no longer held becomes a loss if it was speech.

        Args:
            to: seconds since the captioning began.
        """
        async with self._changed:
            self._unsent = max(self._unsent, sum(item.end > to for item in self._items))
            if self._forgotten_speech > to:
                end = self._items[0].start if self._items else self._forgotten_speech
                self._items.appendleft(Loss(to, end, self.reason))
                self._unsent = len(self._items)
            self._changed.notify_all()

    async def rest(self, pre_roll: float) -> bool:
        """Pass over silence until somebody speaks or something was lost; False at the end.

        Args:
            pre_roll: seconds before the first sound that shall wait with it: words begin softly.
        """
        kept = round(pre_roll / FRAME_SECONDS)
        async with self._changed:
            while not self._worth_hearing():
                self._unsent = min(self._unsent, kept)
                if self.ended:
                    self._unsent = 0
                    return False
                await self._changed.wait()
            return True

    def unsent(self) -> Loss | None:
        """What never got through, as one loss."""
        if not self._unsent:
            return None
        return Loss(self._items[-self._unsent].start, self._items[-1].end, self.reason)

    def _worth_hearing(self) -> bool:
        waiting = islice(reversed(self._items), self._unsent)
        return any(isinstance(item, Loss) or item.speech for item in waiting)

    def _forget(self) -> None:
        oldest = self._items.popleft()
        if self._unsent <= len(self._items):
            if isinstance(oldest, Frame) and oldest.speech:
                self._forgotten_speech = oldest.end
            return
        next_oldest = self._items.popleft()
        self._items.appendleft(Loss(oldest.start, next_oldest.end, self.reason))
        self._unsent -= 1
