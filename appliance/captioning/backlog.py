"""Sound that waits for the vendor: bounded, in order, and honest about what it had to drop."""

import asyncio
from collections import deque
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame, Loss

HELD: Final = 10.0
"""Seconds of sound held while a vendor is connected again or is slow."""

OVERFLOW: Final = "The speech vendor did not take the sound in time."


class Backlog:
    """A bounded queue of what was heard. When full, the oldest frames become one loss that grows."""

    def __init__(self) -> None:
        self._items: deque[Frame | Loss] = deque()
        self._limit = round(HELD / FRAME_SECONDS)
        self.ended = False
        self._changed = asyncio.Condition()

    async def put(self, item: Frame | Loss, *, wait: bool = False) -> None:
        """Append; when full, wait for room or else drop the oldest frame."""
        async with self._changed:
            if wait:
                await self._changed.wait_for(lambda: len(self._items) < self._limit)
            self._items.append(item)
            if len(self._items) > self._limit:
                self._drop()
            self._changed.notify_all()

    async def end(self) -> None:
        """Nothing more comes."""
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def peek(self) -> Frame | Loss | None:
        """The oldest item, still in its place; None after the end."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._items or self.ended)
            return self._items[0] if self._items else None

    async def done(self, item: Frame | Loss) -> None:
        """The item got through; it may have been dropped meanwhile."""
        async with self._changed:
            if self._items and self._items[0] is item:
                self._items.popleft()
            self._changed.notify_all()

    def rest(self) -> Loss | None:
        """What never got through, as one loss."""
        return Loss(self._items[0].start, self._items[-1].end, OVERFLOW) if self._items else None

    def _drop(self) -> None:
        oldest, next_oldest = self._items.popleft(), self._items.popleft()
        self._items.appendleft(Loss(oldest.start, next_oldest.end, OVERFLOW))
