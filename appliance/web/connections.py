"""Connections: so many and no more, shared fairly, and closed once nobody is at the other end."""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from appliance.web.attempts import household
from appliance.web.problems import Problem

CONNECTIONS: Final = 2_000
"""At once. A phone that opens a page has several for a moment, and one from then on."""

READERS: Final = 1_000
"""Who read captions, or watch the panel, at once."""

OWN_FILES: Final = 224
"""Files that stay for captions whoever else comes in: the microphone, vendors, the database."""

LOOKED_AT: Final = 64
"""Of the oldest connections of a household, to find one that idles: a flood must not keep the box searching."""

STALLED: Final = 20.0
"""Seconds a reader may take no byte of what waits for it; it comes back with ``Last-Event-ID``."""

SILENT: Final = 20
"""Seconds after which the system gives up on a reader whose device does not even answer it."""

UNSENT: Final = 16 * 1024
"""Bytes that may wait in the system for a slow reader: what waits long is old when it comes."""

_FULL: Final = "As many read captions as this box can serve; try again in a moment."


class Places:
    """So many and no more: whoever takes all there are keeps nobody else out.

    Args:
        most: how many there are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._held: dict[str, dict[Connection, None]] = {}

    def take(self, newcomer: "Connection") -> "Connection | None":
        """Give a place to a newcomer; who must leave for it, if anybody, which may be the newcomer."""
        self._held.setdefault(newcomer.household, {})[newcomer] = None
        self._taken += 1
        if self._taken <= self._most:
            return None
        leaving = self._too_much(newcomer)
        self.free(leaving)
        return leaving

    def free(self, connection: "Connection") -> None:
        """Take back the place of a connection, if it still has one."""
        theirs = self._held.get(connection.household, {})
        if connection in theirs:
            del theirs[connection]
            self._taken -= 1
            if not theirs:
                del self._held[connection.household]

    def _too_much(self, newcomer: "Connection") -> "Connection":
        """Of the household that holds the most the oldest that idles, or else the latest."""
        greediest = max(self._held.values(), key=lambda theirs: (len(theirs), newcomer in theirs))
        idle = (c for c in islice(greediest, LOOKED_AT) if c.idle and c is not newcomer)
        return next(idle, next(reversed(greediest)))


class Limits:
    """The places of a server: for connections, and for those on which somebody reads on and on."""

    def __init__(self) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.connections = Places(min(CONNECTIONS, files - OWN_FILES))
        self.readers = Places(READERS)


class Connection(web.RequestHandler):
    """A connection that has its place among the others, and knows who reads from it.

    Args:
        limits: of the server.
        manager: of the library.
        more: for the library.
    """

    def __init__(self, limits: Limits, manager: web.Server, **more: Any) -> None:
        super().__init__(manager, **more)
        self.household = ""
        self.limits = limits
        self.reader: asyncio.Task[Any] | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return self._current_request is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it in."""
        super().connection_made(transport)
        self.household = household((transport.get_extra_info("peername") or ("",))[0])
        if leaving := self.limits.connections.take(self):
            leaving.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End what only this connection needed."""
        super().connection_lost(exc)
        self.limits.connections.free(self)
        if self.reader:
            self.reader.cancel()

    def abort(self) -> None:
        """Close it at once, whatever still waits to be sent."""
        if self.transport:
            self.transport.abort()


@contextmanager
def endless(request: web.Request) -> Iterator[None]:
    """While an endless answer is sent: notice soon when its reader goes or stalls, and let little wait for it.

    Raises:
        Problem: there are too many readers.
        ConnectionError: the reader has gone already.
    """
    connection, transport = request.protocol, request.transport
    if transport is None:
        raise ConnectionResetError
    assert isinstance(connection, Connection)
    _seat(connection)
    patience = _Patience(transport, request.writer)
    try:
        transport.set_write_buffer_limits(high=1)  # over TLS, 0 would mean that it is always full
        _hurry(transport.get_extra_info("socket"))
        connection.reader = asyncio.current_task()
        yield
    finally:
        connection.reader = None
        patience.end()
        connection.limits.readers.free(connection)


def _seat(connection: Connection) -> None:
    leaving = connection.limits.readers.take(connection)
    if leaving is connection:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, _FULL, wait=round(STALLED))
    if leaving:
        leaving.abort()


class _Patience:
    """Lets a reader go that takes nothing; a timer for every write would cost more than the write."""

    def __init__(self, transport: asyncio.Transport, writer: AbstractStreamWriter) -> None:
        self._transport = transport
        self._writer = writer
        self._taken = -1
        self._look_later()

    def end(self) -> None:
        self._timer.cancel()

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(STALLED / 2, self._look)

    def _look(self) -> None:
        waits = self._transport.get_write_buffer_size()
        taken = self._writer.output_size - waits
        if waits and taken == self._taken:
            self._transport.abort()
        self._taken = taken
        self._look_later()


def _hurry(connection: socket.socket) -> None:
    """Let the system, too, keep little for a slow reader, and give up on one that is silent."""
    options = {
        socket.TCP_NOTSENT_LOWAT: UNSENT,
        socket.TCP_USER_TIMEOUT: 1_000 * SILENT,
        socket.TCP_KEEPIDLE: SILENT,
        socket.TCP_KEEPINTVL: SILENT // 2,
    }
    for option, value in options.items():
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
