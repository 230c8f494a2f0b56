"""Opening streams: again and again, no sooner than is decent, and at once when the way is free again."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final, NoReturn

from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential

from appliance.captioning.spend import CapReached
from appliance.vendors.contract import (
    Busy,
    Lost,
    Planned,
    Route,
    Stream,
    Unreachable,
    VendorFailure,
)

SETTLED: Final = 60.0
"""Seconds after which a stream counts as good: its loss begins the back-off anew."""

PROBING: Final = 1.0
"""Seconds between two looks whether the way is free again, and the most that one may take."""

_back_off = wait_random_exponential(multiplier=0.5, exp_base=1.5, max=30)

_log = logging.getLogger(__name__)


class Connector:
    """Opens the streams of one route.

    Args:
        route: the way to the vendor.
        refusal: says why an account must not be used any more, such as for its cap; None where it may.
        failed: is told of every failure that is tried again.
    """

    def __init__(
        self, route: Route, refusal: Callable[[str], str | None], failed: Callable[[Route, VendorFailure], None]
    ) -> None:
        self.route = route
        self._refusal = refusal
        self._failed = failed
        self._tries = RetryCallState(AsyncRetrying(), None, (), {})
        self._tries.attempt_number = 0
        self._not_before = 0.0
        self._failure: VendorFailure | None = None

    async def open(self) -> Stream:
        """A stream that is ready for sound, however long that takes.

        Raises:
            ConfigurationFault: a person must change something first.
        """
        while True:
            await self._wait()
            if refusal := self._refusal(self.route.account):
                raise CapReached(refusal)
            try:
                return await self.route.open()
            except (Lost, Busy, Planned) as failure:
                self.broke(failure, lasted=0.0)
                self._failed(self.route, failure)

    def broke(self, failure: VendorFailure, *, lasted: float) -> None:
        """Note that a stream broke; the next is opened after a back-off with full jitter, or when told.

        Args:
            failure: how; a planned end is none, unless the stream has hardly begun.
            lasted: seconds that the stream had been open.
        """
        if lasted >= SETTLED or (isinstance(failure, Planned) and lasted >= PROBING):
            self._tries.attempt_number = 0
            self._failure = None
            return
        self._tries.attempt_number += 1
        asked = failure.wait if isinstance(failure, Busy) else None
        self._failure = failure
        self.rest(_back_off(self._tries) if asked is None else asked)

    def rest(self, seconds: float) -> None:
        """Open nothing for a while."""
        self._not_before = time.monotonic() + seconds

    @property
    def due(self) -> float:
        """Seconds until the next attempt, unless the way is free sooner."""
        return self._not_before - time.monotonic()

    async def _wait(self) -> None:
        left = self.due
        if left <= 0:
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                if isinstance(self._failure, Unreachable):
                    await _reachable_again(self._failure.host, self._failure.port)
                else:
                    await forever()


async def forever() -> NoReturn:
    """Wait until cancelled."""
    while True:
        await asyncio.Event().wait()


async def _reachable_again(host: str, port: int) -> None:
    """Wait until an address that cannot be reached can; for ever where it is reached at once."""
    if await _reachable(host, port):
        await forever()
    reached = False
    while not reached:
        await asyncio.sleep(PROBING)
        reached = await _reachable(host, port)
    _log.info("The network is back.")


async def _reachable(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PROBING):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, UnicodeError):
        return False
    writer.transport.abort()
    return True
