"""Lets the rooms of the box and what their vendors know of them say the same."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from appliance.settings import SettingsError
from appliance.vendors.manager import Manager

EVERY: Final = 3600.0
"""Seconds after which is looked again, whether anything changed here or not."""

_log = logging.getLogger(__name__)


class Upkeep:
    """Does what keeps rooms in step: at once, after each change, and every hour.

    Args:
        manager: does it.
        tell: is told what went wrong, or None where nothing did.
    """

    def __init__(self, manager: Manager, tell: Callable[[str | None], None]) -> None:
        self._manager = manager
        self._tell = tell
        self._due = asyncio.Event()

    def begin(self) -> None:
        """Something changed here: look soon."""
        self._due.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            self._due.clear()
            try:
                wrong = await self._manager.keep_in_step()
            except SettingsError as error:
                wrong = {"settings": str(error)}
            for sentence in wrong.values():
                _log.warning("%s", sentence)
            self._tell(next(iter(wrong.values()), None))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), EVERY)
