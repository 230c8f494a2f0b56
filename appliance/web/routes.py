"""The route table: every route says who may use it; one that says nothing belongs to the administrator."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from appliance.web.access import Access, Who
from appliance.web.problems import Problem

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One way in."""

    method: str
    path: str
    handle: Handle
    who: Who


class RouteTable(list[Route]):
    """All ways in; `guard` is the only door."""

    def get(self, path: str, handle: Handle, who: Who = Who.ADMIN) -> None:
        """Something to read."""
        self.append(Route(hdrs.METH_GET, path, handle, who))

    def post(self, path: str, handle: Handle, who: Who = Who.ADMIN) -> None:
        """Something to do."""
        self.append(Route(hdrs.METH_POST, path, handle, who))

    def install(self, app: web.Application) -> None:
        """Put all routes into an application."""
        for route in self:
            app.router.add_route(route.method, route.path, route.handle)

    def guard(self, access: Access) -> Middleware:
        """A middleware that lets nobody past who may not pass."""
        allowed = {route.handle: route.who for route in self}

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
                _same_origin(request)
            route = request.match_info.route
            if request.match_info.http_exception is None:
                who = allowed.get(route.handler, Who.ADMIN)
                if who > Who.ANYONE and await access.who(request) < who:
                    raise Problem(HTTPStatus.UNAUTHORIZED, _REFUSALS[who])
            return await handler(request)

        return guard


_REFUSALS = {
    Who.VIEWER: "Scan the code on the box's screen to read its captions on this device.",
    Who.ADMIN: "This needs an administrator: send a token as “Authorization: Bearer TOKEN”.",
}


def _same_origin(request: web.Request) -> None:
    """Another site may not act through a browser that happens to be let in here."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Problem(HTTPStatus.FORBIDDEN, "This request comes from another site.")
