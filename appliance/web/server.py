"""The web server: routes, guards and headers put together, and a socket."""

import errno
from typing import Final, Protocol

from aiohttp import web

from appliance.web.access import Access
from appliance.web.problems import problems
from appliance.web.routes import RouteTable

LARGEST_BODY: Final = 64 * 1024

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
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
    """

    def __init__(self, access: Access, parts: list[Part]) -> None:
        table = RouteTable()
        for part in parts:
            part.routes(table)
        self._app = web.Application(middlewares=[problems, table.guard(access)], client_max_size=LARGEST_BODY)
        self._app.on_response_prepare.append(_add_headers)
        table.install(self._app)
        # No access log: addresses carry join codes, and a busy meeting would fill the card.
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.5)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, chosen by the system where `port` is 0.

        Raises:
            CannotListen: the port is taken or may not be used.
        """
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise CannotListen(_why(error, host, port)) from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let everyone go and close the socket."""
        await self._runner.cleanup()


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
