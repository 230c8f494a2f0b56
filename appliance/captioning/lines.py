"""The ways to the vendors: the account that was chosen, and another while that one cannot be used."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.captioning.connecting import SETTLED, Connector, forever
from appliance.captioning.patience import let_go, withdrawn
from appliance.captioning.watch import Stalled
from appliance.vendors.contract import ConfigurationFault, Route, Stream, VendorFailure

REST: Final = 60.0
"""Seconds for which the chosen account is left alone when its streams take sound and give no words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stream that is ready for sound, and where it leads."""

    route: Route
    stream: Stream


class Lines:
    """Opens streams to the chosen account and, while that cannot be used, to the fallback.

    Args:
        first: the chosen account.
        second: the fallback; None for none.
        patience: seconds for which the first may be away before the second takes over.
        refusal: says why an account must not be used any more; None where it may.
        failed: is told of every failure that is tried again.
    """

    def __init__(
        self,
        first: Route,
        second: Route | None,
        *,
        patience: float,
        refusal: Callable[[str], str | None],
        failed: Callable[[Route, VendorFailure], None],
    ) -> None:
        self._told = failed
        self._first = Connector(first, refusal, self._failed)
        self._second = Connector(second, refusal, failed) if second else None
        self._patience = patience
        self._opening: asyncio.Task[Stream] | None = None
        self._fault: ConfigurationFault | None = None
        self._why = ""
        self._stalls = 0

    def is_first(self, route: Route) -> bool:
        """Whether a route is that of the chosen account."""
        return route.account == self._first.route.account

    def why(self, instead: Route) -> str:
        """Why captions come from another account: what happened, and what is done about it."""
        then = f"captions come from {instead.manifest.title}."
        if self._fault:
            return f"{self._fault} A person must see to it; until then {then}"
        return f"{self._why} Until the speech vendor is back, {then}"

    async def open(self) -> Line:
        """The first line that can be had.

        Raises:
            ConfigurationFault: a person must change something first.
        """
        if opening := self._open_first():
            await asyncio.wait({opening}, timeout=self._patience_now)
            if line := self._opened():
                return line
        if self._fault and self._second is None:
            raise self._fault
        return await (self._open_either(self._second) if self._second else forever())

    async def first_again(self) -> Line:
        """A line to the chosen account, whenever it can be had; never where it needs a person."""
        if opening := self._open_first():
            await asyncio.wait({opening})
        return self._opened() or await forever()

    def broke(self, route: Route, failure: VendorFailure, *, lasted: float) -> None:
        """Note that a stream broke.

        Args:
            route: where it led.
            failure: how.
            lasted: seconds that it had been open.
        """
        if isinstance(failure, ConfigurationFault):
            lasted = 0.0
        if not self.is_first(route):
            assert self._second
            self._second.broke(failure, lasted=lasted)
            return
        self._why = str(failure)
        self._fault = failure if isinstance(failure, ConfigurationFault) else None
        self._first.broke(failure, lasted=lasted)
        if isinstance(failure, Stalled):
            self._stalls = 1 if lasted >= SETTLED else self._stalls + 1
            if self._stalls > 1 and self._second:
                self._first.rest(REST)

    async def close(self) -> None:
        """Let go of a stream that is being opened."""
        if self._opening:
            await discard(self._opening)

    @property
    def _patience_now(self) -> float | None:
        """Seconds to wait for the chosen account; none where it is known to take longer."""
        if self._second is None:
            return None
        return self._patience if self._first.due <= self._patience else 0.0

    def _failed(self, route: Route, failure: VendorFailure) -> None:
        self._why = str(failure)
        self._told(route, failure)

    async def _open_either(self, second: Connector) -> Line:
        other = asyncio.create_task(second.open())
        try:
            while trying := {task for task in (self._opening, other) if task and not task.done()}:
                await asyncio.wait(trying, return_when=asyncio.FIRST_COMPLETED)
                if line := self._opened():
                    await discard(other)
                    return line
                if other.done() and not other.exception():
                    break
        except BaseException:
            await discard(other)
            raise
        return Line(second.route, await other)

    def _open_first(self) -> asyncio.Task[Stream] | None:
        if self._fault is None and self._opening is None:
            self._opening = asyncio.create_task(self._first.open())
        return self._opening

    def _opened(self) -> Line | None:
        """The line to the chosen account, if it is open now."""
        if self._opening is None or not self._opening.done():
            return None
        opening, self._opening = self._opening, None
        if opening.cancelled():
            return None
        try:
            return Line(self._first.route, opening.result())
        except ConfigurationFault as fault:
            self._fault = fault
            return None


async def discard(opening: asyncio.Task[Stream]) -> None:
    """Close a stream that is not needed after all, even if it opened a moment ago."""
    if stream := await withdrawn(opening):
        await let_go(stream)
