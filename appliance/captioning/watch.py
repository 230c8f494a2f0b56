"""Somebody talks and no words come: noticed, told, and in the end a reason to connect again."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.sound import FRAME_SECONDS, Frame
from appliance.vendors.contract import Lost

TOLD: Final = 10.0
"""Seconds of speech without words after which people are told."""

STALLED: Final = 13.0
"""Seconds of speech without words after which a stream counts as lost; doubled where that has not helped."""

_LONGEST: Final = 16


class Stalled(Lost):
    """A stream takes sound and gives no words though somebody talks."""


class SpeechWatch:
    """Counts speech without words.

    Args:
        changed: is called when `in_vain` has changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.in_vain = False
        """Whether somebody has been talking for a while and no words have come."""
        self._stalls = 0
        self._changed = changed
        self._patience = 0.0
        self._unanswered = 0.0
        self._stalled = asyncio.Event()

    def begin(self, patience: float) -> None:
        """A stream begins.

        Args:
            patience: seconds that its vendor may take longer than others.
        """
        self._patience = patience
        self._unanswered = 0.0
        self._stalled.clear()

    def heard(self, frame: Frame) -> None:
        """Note a frame."""
        if not frame.speech:
            return
        self._unanswered += FRAME_SECONDS
        if self._unanswered >= TOLD + self._patience:
            self._tell(in_vain=True)
        if self._unanswered >= STALLED * min(2 ** max(0, self._stalls - 1), _LONGEST) + self._patience:
            self._stalled.set()

    def answered(self) -> None:
        """Words have come."""
        self._stalls = 0
        self._unanswered = 0.0
        self._tell(in_vain=False)

    async def stalled(self) -> None:
        """Wait until the stream is not worth waiting for."""
        await self._stalled.wait()
        self._stalls += 1

    def _tell(self, *, in_vain: bool) -> None:
        if self.in_vain != in_vain:
            self.in_vain = in_vain
            self._changed()
