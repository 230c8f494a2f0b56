"""How long the box waits for what a plug-in does besides giving words: none may hold it up."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from appliance.vendors.contract import Stream

CLOSING: Final = 2.2
"""Seconds that a stream gets to let go of everything; our own say goodbye for two at most."""

ANSWERING: Final = 5.0
"""Seconds that a stream gets to say whether it can pause, or take another order."""

CANCELLED: Final = 2.5
"""Seconds that a task gets to end which was cancelled, its stream's included."""

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


async def let_go(stream: Stream) -> None:
    """Close a stream; one that does not close is left to itself."""
    try:
        async with asyncio.timeout(CLOSING):
            await stream.close()
    except Exception:  # noqa: BLE001 - whatever it says, nobody needs it any more
        _log.exception("A stream did not close")


async def answered(question: Awaitable[bool]) -> bool:
    """What a stream answers; no where it does not answer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ANSWERING):
            return await question
    _log.warning("A stream did not answer within %.0f s", ANSWERING)
    return False


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended; those that do not end are left to themselves."""
    for task in tasks:
        task.cancel()
    if tasks:
        _, running = await asyncio.wait(tasks, timeout=CANCELLED)
        for task in running:
            _log.error("A plug-in does not end what was cancelled: %r", task.get_coro())


async def withdrawn(opening: asyncio.Task[_T]) -> _T | None:
    """Cancel the opening of something; what was opened all the same, for the caller to let go of."""
    await cancelled(opening)
    if opening.done() and not opening.cancelled() and not opening.exception():
        return opening.result()
    return None
