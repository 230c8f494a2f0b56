"""The web server: routes, guards and headers put together, and a socket."""

import asyncio
import errno
import ssl
from collections.abc import Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol

from aiohttp import web

from appliance.host.network import own_names
from appliance.web.access import Access
from appliance.web.connections import Connection, Limits
from appliance.web.door import Door, show_the_way
from appliance.web.guard import Guard
from appliance.web.problems import problem_answer, problems
from appliance.web.routes import RouteTable

LARGEST_BODY: Final = 64 * 1024

IDLE: Final = 30.0
"""Seconds without a whole request after which a connection is closed."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without any, browsers do not say which page sent a form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "captionbox",  # or the library tells its own name and version
}


class CannotListen(Exception):
    """The address or the port cannot be used; the text is one plain sentence."""


class Part(Protocol):
    """A part of the web: something that adds routes."""

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""


class Server:
    """Serves the parts it is given.

    Args:
        access: decides who a request comes from.
        parts: the API and the pages.
        names: the names under which the box is found, besides its addresses.

    Attributes:
        table: all ways in.
    """

    def __init__(
        self, access: Access, parts: list[Part], names: Callable[[], Collection[str]] = own_names
    ) -> None:
        self.table = RouteTable()
        for part in parts:
            part.routes(self.table)
        guards = Guard(self.table, access, names).middlewares
        self._app = web.Application(middlewares=[problems, *guards], client_max_size=LARGEST_BODY)
        self._app.on_response_prepare.append(_add_headers)
        self.table.install(self._app)
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.5)
        self._limits = Limits()
        self._socket: asyncio.Server | None = None
        outside = web.Application(middlewares=[show_the_way])
        outside.on_response_prepare.append(_add_headers)
        self._outside = web.AppRunner(outside, shutdown_timeout=0.5)
        self._door: Door | None = None

    async def start(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port, chosen by the system where `port` is 0.

        Args:
            host: the address to listen on.
            port: the port to listen on.
            tls: speak only https.

        Raises:
            CannotListen: the port is taken or may not be used.
        """
        if self._runner.server is None:
            await self._runner.setup()
        loop = asyncio.get_running_loop()
        inside = partial(_connection, self._runner, self._limits)
        if tls:
            if self._outside.server is None:
                await self._outside.setup()
            self._door = Door(inside, partial(_connection, self._outside, self._limits), tls)
        try:
            self._socket = await loop.create_server(self._door.open if self._door else inside, host, port)
        except OSError as error:
            raise CannotListen(_why(error, host, port)) from error
        return int(self._socket.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Let everyone go and close the socket."""
        if self._socket:
            self._socket.close()
        if self._door:
            await self._door.close()
            await self._outside.cleanup()
        await self._runner.cleanup()


def _connection(runner: web.AppRunner, limits: Limits) -> asyncio.Protocol:
    assert runner.server
    # No access log: addresses carry join codes, and a busy meeting would fill the card.
    no_log: Any = None  # the library's types do not know that this turns it off
    loop = asyncio.get_running_loop()
    return _Connection(limits, runner.server, loop=loop, access_log=no_log, keepalive_timeout=IDLE)


class _Connection(Connection):
    """Tells of what is no HTTP as of any other mistake, and repeats nothing of it: it may be half a secret."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status != HTTPStatus.BAD_REQUEST or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        response = problem_answer(HTTPStatus.BAD_REQUEST, "The box does not understand this request.")
        response.headers.update(_HEADERS)
        response.force_close()
        return response


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use by another program: stop that one, or choose another [web] port or --port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is for administrators only: choose a [web] port or --port from 1024 on."
    return f"This machine has no address {host}: correct [web] host or --host."


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
