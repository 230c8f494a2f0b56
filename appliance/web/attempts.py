"""Guesses at the password and the set-up code: counted by address and altogether, and slowed down."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from appliance.web.problems import Problem

_EACH: Final = (RateLimitItemPerMinute(5), RateLimitItemPerHour(30))
_ALL: Final = (RateLimitItemPerMinute(30), RateLimitItemPerHour(300))
_EVERYBODY: Final = "everybody"
_DELAY: Final = 1.0
"""Seconds that a wrong guess waits for its answer."""

_HOME: Final = 64
"""Bits of an IPv6 address that one household shares: it has as many addresses as it likes."""

_log = logging.getLogger(__name__)


class Attempts:
    """Lets an address guess wrongly now and then, and all of them together a little more often.

    Args:
        sleep: waits; a test need not.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._sleep = sleep

    def begin(self, request: web.Request) -> None:
        """Count a guess before anybody looks at it, or a thousand at once would all be the first.

        Raises:
            Problem: there were too many; it says for how long to wait.
        """
        for limits, who in ((_EACH, address(request)), (_ALL, _EVERYBODY)):
            for limit in limits:
                if not self._limiter.hit(limit, who):
                    raise self._too_many(limit, who)

    async def wrong(self, request: web.Request, what: str) -> None:
        """Let who guessed wrongly wait, and the log know.

        Args:
            request: that carried it.
            what: was guessed at.
        """
        _log.warning("A wrong %s came from %s.", what, address(request))
        await self._sleep(_DELAY)

    def right(self, request: web.Request) -> None:
        """Hold nothing against who knew it in the end."""
        for limit in _EACH:
            self._limiter.clear(limit, address(request))

    def _too_many(self, limit: RateLimitItem, who: str) -> Problem:
        seconds = max(1, round(self._limiter.get_window_stats(limit, who).reset_time - time.time()))
        sentence = f"There were too many wrong tries; wait {seconds} seconds, then try again."
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, sentence, wait=seconds)


def address(request: web.Request) -> str:
    """Where a request comes from. What a header claims counts nothing: anybody can write one."""
    return household(request.remote or "")


def household(remote: str) -> str:
    """Who shares an address of the network."""
    try:
        ip = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return "nowhere"
    if ip.version == 6 and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip, _HOME), strict=False))
    return str(ip)
