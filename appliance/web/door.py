"""One port for TLS and for those who forgot the s: whoever speaks plain HTTP is shown the way to https.

Only this machine itself may speak it.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.web.problems import problem_answer

_HANDSHAKE: Final = 10.0
"""Seconds within which a visitor has said the first word, and again in which TLS must be agreed on."""

_TLS: Final = b"\x16"
"""The first byte of every TLS connection: a record of the type handshake (RFC 8446, 5.1)."""

_VISITORS: Final = 100
"""Who may be at the door at once; then the one who has said nothing for longest is turned away."""

Protocols = Callable[[], asyncio.Protocol]


class Door:
    """Tells by the first byte what a visitor speaks.

    Args:
        inside: makes the protocol for a connection over TLS.
        outside: makes the protocol for one without.
        context: for TLS.
    """

    def __init__(self, inside: Protocols, outside: Protocols, context: ssl.SSLContext) -> None:
        self._inside = inside
        self._outside = outside
        self._context = context
        self._visits: dict[asyncio.Task[None], None] = {}

    def open(self) -> asyncio.Protocol:
        """The protocol of a connection that has said nothing yet."""
        return _Visitor(self._receive)

    async def close(self) -> None:
        """Let go of those who have not come in."""
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def _receive(self, connection: socket.socket) -> None:
        visit = asyncio.create_task(self._let_in(connection))
        self._visits[visit] = None
        visit.add_done_callback(lambda done: self._visits.pop(done, None))
        if len(self._visits) > _VISITORS:
            oldest = next(iter(self._visits))
            del self._visits[oldest]
            oldest.cancel()

    async def _let_in(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_HANDSHAKE):
                first = await _first_byte(connection)
            if first == _TLS or _is_here(connection):
                await loop.connect_accepted_socket(
                    self._inside,
                    connection,
                    ssl=self._context if first == _TLS else None,
                    ssl_handshake_timeout=_HANDSHAKE if first == _TLS else None,
                )
            else:
                await loop.connect_accepted_socket(self._outside, connection)
        except OSError:  # gone, too slow, or no TLS that we speak: nobody to tell
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise


class _Visitor(asyncio.Protocol):
    """Takes the socket out of its transport before a byte is read: asyncio cannot put bytes back."""

    def __init__(self, receive: Callable[[socket.socket], None]) -> None:
        self._receive = receive

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        try:
            connection = transport.get_extra_info("socket").dup()
        except OSError:  # too many are here already
            return
        finally:
            transport.abort()
        connection.setblocking(False)  # noqa: FBT003 - the name is the library's
        self._receive(connection)


def _is_here(connection: socket.socket) -> bool:
    """Whether it comes from this machine: the box's own screen trusts no certificate, and need not."""
    return ip_address(connection.getpeername()[0]).is_loopback


async def _first_byte(connection: socket.socket) -> bytes:
    """What will be read first; empty where the other side has gone."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


@web.middleware
async def show_the_way(
    request: web.Request,
    handler: Handler,  # noqa: ARG001 - the library names it
) -> web.StreamResponse:
    """Lead readers on to https; tell programs, for what they send (a token) has gone out in the clear."""
    if request.method in ("GET", "HEAD") and "Host" in request.headers:
        raise web.HTTPTemporaryRedirect(request.url.with_scheme("https"))
    return problem_answer(HTTPStatus.BAD_REQUEST, "This box speaks only https: ask at https:// instead.")
