"""The web server: routes, guards and headers put together, and a socket."""

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
            OSError: the port is taken or may not be used.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let everyone go and close the socket."""
        await self._runner.cleanup()


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
