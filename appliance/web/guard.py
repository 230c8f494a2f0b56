"""The only door: it asks every request which host it means, which page sent it, and who it comes from."""

import asyncio
import ipaddress
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware
from aiohttp_session import session_middleware

from appliance.i18n import N_
from appliance.web import sessions
from appliance.web.access import Access, Who
from appliance.web.forwarding import see
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable

CSRF_FIELD: Final = "csrf"

_PATIENCE: Final = 30.0
"""Seconds that a body may take to arrive."""

_OWN_SITE: Final = ("same-origin", "none")
_READS: Final = (hdrs.METH_GET, hdrs.METH_HEAD)
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_REFUSALS: Final = {
    Who.VIEWER: N_("Scan the code on the box's screen to read its captions on this device."),
    Who.SCREEN: N_("Only the box's own screen shows this."),
    Who.ADMIN: "This needs an administrator: log in, or send a token as “Authorization: Bearer TOKEN”.",
}


class Guard:
    """Lets nobody past who may not pass.

    Args:
        table: says who may use which route.
        access: knows who a request comes from.
        names: the names under which the box is found, besides its addresses.
    """

    def __init__(self, table: RouteTable, access: Access, names: Callable[[], Collection[str]]) -> None:
        # What two routes share belongs to whoever may use both.
        self._allowed: dict[Handler, Who] = {}
        for route in table:
            self._allowed[route.handle] = max(route.who, self._allowed.get(route.handle, Who.ANYONE))
        self._access = access
        self._names = names
        self._inside: dict[asyncio.Task[object] | None, asyncio.BaseTransport | None] = {}
        access.on_revoked = self._turn_out

    @property
    def middlewares(self) -> list[Middleware]:
        """In the order in which a request meets them."""
        return [self._address, session_middleware(self._access.sessions), self._door]

    @web.middleware
    async def _address(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Another site may neither pass for this one nor act through a browser that is let in here."""
        if not self._is_ours(request.host):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST, "This box is not known by this name; use its address."
            )
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin.partition("://")[2] != request.host:
            raise _foreign()
        if request.method not in _READS and request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITE:
            raise _foreign()
        return await handler(request)

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        match = request.match_info
        if match.http_exception is not None:
            return await handler(request)
        needed = self._allowed.get(match.route.handler, Who.ADMIN)
        if needed > Who.ANYONE and await self._access.who(request) < needed:
            return self._refuse(request, needed)
        if request.method not in _READS:
            await _take_in(request)
            await _was_meant(request)
        task = asyncio.current_task()
        self._inside[task] = request.transport
        try:
            return await handler(request)
        finally:
            del self._inside[task]

    def _refuse(self, request: web.Request, needed: Who) -> web.Response:
        """A person is shown the way in, a program what is missing."""
        claimed = self._access.is_claimed
        is_page = "text/html" in request.headers.get(hdrs.ACCEPT, "") and not request.path.startswith("/api/")
        if not is_page or (claimed and needed is not Who.ADMIN):
            raise Problem(HTTPStatus.UNAUTHORIZED, _REFUSALS[needed])
        return see(f"/login?to={quote(request.path)}" if claimed else "/setup")

    def _turn_out(self) -> None:
        """End what goes on and on, such as streams of captions; who still may come in, does so again."""
        for task, transport in self._inside.items():
            if transport and task is not asyncio.current_task():
                transport.close()

    def _is_ours(self, host: str) -> bool:
        """Whether a host is an address, which no other site can make its own, or one of our names."""
        try:
            name = "" if "@" in host else urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.rstrip(".") in self._names()
        return True


async def _take_in(request: web.Request) -> None:
    """Read the body as far as it may go, so that nobody keeps a route waiting or breaks it by half a form.

    Raises:
        Problem: it takes too long, or is no form though it says so.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            await (request.post() if request.content_type in _FORMS else request.read())
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "This took too long; send it again.") from None
    except (ValueError, LookupError, HttpProcessingError, web.RequestPayloadError):
        raise Problem(HTTPStatus.BAD_REQUEST, "The box does not understand what was sent.") from None


async def _was_meant(request: web.Request) -> None:
    """Whether whoever came in by a cookie wanted this to be done.

    A program that brings a token cannot be made to send it by another site.
    """
    if sessions.COOKIE not in request.cookies or hdrs.AUTHORIZATION in request.headers:
        return
    if request.headers.get(hdrs.ORIGIN) is None:
        raise _foreign()
    if request.content_type in _FORMS or not request.path.startswith("/api/"):
        given = (await request.post()).get(CSRF_FIELD)
        if await sessions.role(request) and not await sessions.has_csrf_token(request, given):
            raise Problem(HTTPStatus.FORBIDDEN, "This form is too old: go back, reload the page and try again.")


def _foreign() -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "This request comes from another site.")
