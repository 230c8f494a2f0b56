"""No faster than a vendor takes it: sound that waited is sent sooner than it was spoken, within bounds."""

import asyncio
from typing import Final

from appliance.sound import FRAME_SECONDS

BURST: Final = 1.0
"""Seconds of sound that may go at once."""


class Pacer:
    """Lets frames through at a steady rate (the generic cell rate algorithm).

    Args:
        speed: how many times as fast as it was spoken; None for no bound.
    """

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._due = 0.0

    async def frame(self) -> None:
        """Wait until the next frame may go."""
        if self._speed is None:
            return
        now = asyncio.get_running_loop().time()
        self._due = max(self._due, now) + FRAME_SECONDS / self._speed
        if (ahead := self._due - now - BURST / self._speed) > 0:
            await asyncio.sleep(ahead)
