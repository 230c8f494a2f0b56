"""The route table: every route says who may use it; one that says nothing belongs to the administrator."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from appliance.web.access import Who

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What goes in and out of a route: the OpenAPI document is made from it. Pages have none.

    Attributes:
        takes: type of the JSON body; None for no body.
        gives: type of the JSON in the answer; None for another kind of answer, or none at all.
        kinds: content types of the answer; none for an empty one.
        status: of an answer when all goes well.
        made: whether it may also answer that something new was made.
        query: what may stand after the question mark, and what it means.
        versioned: whether answers carry an ``ETag`` and, if something is changed, ``If-Match`` is heeded.
    """

    takes: Any = None
    gives: Any = None
    kinds: tuple[str, ...] = ("application/json",)
    status: HTTPStatus = HTTPStatus.OK
    made: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    versioned: bool = False


NOTHING = Exchange(kinds=(), status=HTTPStatus.NO_CONTENT)
"""Nothing is said but that it is done."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way in. The first line of what documents `handle` is its summary in the OpenAPI document."""

    method: str
    path: str
    handle: Handle
    who: Who
    exchange: Exchange | None


class RouteTable(list[Route]):
    """All ways in; the guard lets nobody past who may not pass."""

    def get(self, path: str, handle: Handle, who: Who = Who.ADMIN, exchange: Exchange | None = None) -> None:
        """Something to read."""
        self.append(Route(hdrs.METH_GET, path, handle, who, exchange))

    def post(self, path: str, handle: Handle, who: Who = Who.ADMIN, exchange: Exchange | None = None) -> None:
        """Something to do."""
        self.append(Route(hdrs.METH_POST, path, handle, who, exchange))

    def put(self, path: str, handle: Handle, who: Who = Who.ADMIN, exchange: Exchange | None = None) -> None:
        """Something to be as it is said from now on."""
        self.append(Route(hdrs.METH_PUT, path, handle, who, exchange))

    def delete(self, path: str, handle: Handle, who: Who = Who.ADMIN, exchange: Exchange | None = None) -> None:
        """Something to take away."""
        self.append(Route(hdrs.METH_DELETE, path, handle, who, exchange))

    def install(self, app: web.Application) -> None:
        """Put all routes into an application."""
        for route in self:
            app.router.add_route(route.method, route.path, route.handle)
