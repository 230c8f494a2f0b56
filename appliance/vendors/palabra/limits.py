"""The vendor's limits on how often it is asked, kept on our side."""

import asyncio
import time
from collections import defaultdict, deque
from typing import Final

from appliance.vendors.contract import Busy

CONNECTS: Final = 20
MINUTE: Final = 65.0
"""So many connections does the vendor take of one key in a minute; one may take a while to arrive."""


class Turns:
    """At most one command in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.next = float("-inf")
        """When the next one may follow, on the clock of the event loop."""

    async def wait(self) -> None:
        """Wait until it may follow, and count it."""
        now = asyncio.get_running_loop().time()
        if self.next > now:
            await asyncio.sleep(self.next - now)
        self.next = asyncio.get_running_loop().time() + self._seconds


class Connects:
    """How often each key has connected within the last minute, as the vendor counts it."""

    def __init__(self) -> None:
        self._times: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=CONNECTS))

    def count(self, key: int, now: float | None = None) -> None:
        """Count a connection.

        Args:
            key: stands for the credentials.
            now: on a monotonic clock.

        Raises:
            Busy: it would be one too many; it is not counted.
        """
        now = time.monotonic() if now is None else now
        times = self._times[key]
        if len(times) == CONNECTS and now - times[0] < MINUTE:
            raise Busy("Palabra takes 20 connections in a minute; the box waits.", MINUTE - (now - times[0]))
        times.append(now)
