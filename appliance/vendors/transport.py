"""The ways to a vendor over the network: WebSocket and HTTP, with TLS verified and everything bounded.

Neither logs anything and no error names an address: addresses of vendors carry keys.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlsplit

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from appliance.vendors.contract import ConfigurationFault, Lost, Unreachable

if TYPE_CHECKING:
    from websockets.frames import Close

LARGEST: Final = 1024 * 1024
"""Bytes of one message or answer; no caption is a hundredth of it."""

WAITING: Final = 64
"""Messages read ahead; beyond that the vendor waits."""

OPENING: Final = 10.0
CLOSING: Final = 2.0
"""Seconds that opening and closing may take."""

UNREACHABLE: Final = "The speech vendor cannot be reached; check the network."
TOO_LARGE: Final = "The speech vendor sent a message that is far too large."
NONSENSE: Final = "The speech vendor's answer makes no sense."
UNVERIFIED: Final = "The speech vendor's certificate cannot be verified; check base_url and the box's clock."

LONGEST_WAIT: Final = 3600.0
"""Seconds to wait at most, whatever is asked for: to knock once an hour does nobody harm."""

_BREACHES: Final = MappingProxyType(
    {1002: NONSENSE, 1007: NONSENSE, 1009: TOO_LARGE, 1011: "The speech vendor does not answer any more."}
)
"""Why a connection was closed by us (RFC 6455, 7.4)."""

_PORTS: Final = {"http": 80, "ws": 80}

_silent = logging.Logger("silent")  # noqa: LOG001 - not in the tree of loggers, so that no level turns it on
_silent.disabled = True


class Refused(Exception):
    """The vendor answered, and the answer was no; each plug-in knows what its vendor means by it.

    Attributes:
        status: the HTTP status.
        body: the beginning of the answer.
        retry_after: seconds it asked to wait; None where it did not say.
    """

    def __init__(self, status: int, body: str, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status
        self.body = body
        self.retry_after = retry_after

    def json(self) -> Any:
        """The answer as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class _Connection(ClientConnection):
    """Gives up a vendor that asks for pongs and does not take them: websockets keeps any number of them."""

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > LARGEST:
            self.transport.abort()


class _connect(connect):  # noqa: N801 - as the library's own, it is used like a function
    """Follows no redirect: it would carry the key elsewhere, and the sound with it."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Called by the library for every failed handshake."""
        return exc


class Socket:
    """An open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._farewell: Close | None = None
        self._breach = ""

    @classmethod
    async def open(cls, url: str, *, headers: Mapping[str, str] | None = None) -> Self:
        """Connect; redirects are refusals too.

        Raises:
            Refused: the vendor's HTTP server refused the handshake.
            ConfigurationFault: the certificate is not the vendor's.
            Lost: the vendor cannot be reached, or its answer makes no sense.
        """
        try:
            return cls(
                await _connect(
                    url,
                    additional_headers=headers,
                    max_size=LARGEST,
                    max_queue=WAITING,
                    open_timeout=OPENING,
                    close_timeout=CLOSING,
                    compression=None,
                    logger=_silent,
                    create_connection=_Connection,
                )
            )
        except InvalidStatus as refusal:
            response = refusal.response
            body = bytes(response.body or b"")[:4096].decode("utf-8", "replace")
            wait = _seconds(response.headers.get("Retry-After"))
            raise Refused(response.status_code, body, wait) from None
        except ssl.SSLCertVerificationError:
            raise ConfigurationFault(UNVERIFIED) from None
        except (OSError, TimeoutError, InvalidURI, EOFError):
            raise unreachable(url) from None
        except InvalidHandshake as error:
            hung_up = isinstance(error.__cause__, (EOFError, OSError))
            raise (unreachable(url) if hung_up else Lost(NONSENSE)) from None

    async def send(self, message: bytes | str) -> None:
        """Send one message; waits while the vendor takes no more.

        Raises:
            Lost: the connection is closed.
        """
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            self._note(closed)
            raise Lost(self.farewell) from None

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Messages until the connection is closed, however that was; see `code`.

        Raises:
            Lost: we closed it, for the vendor broke the rules.
        """
        try:
            while True:
                yield await self._connection.recv()
        except ConnectionClosed as closed:
            self._note(closed)
        if self._breach:
            raise Lost(self._breach)

    async def close(self, code: int = 1000) -> None:
        """Close, within a bounded time."""
        await self._connection.close(code)

    @property
    def code(self) -> int:
        """How it was closed (RFC 6455, 7.4); 1006 for a connection that broke, or is still open."""
        return self._farewell.code if self._farewell else 1006

    @property
    def reason(self) -> str:
        """What the vendor said when it closed the connection."""
        return self._farewell.reason if self._farewell and not self._breach else ""

    @property
    def farewell(self) -> str:
        """Why it was closed, as a plain sentence."""
        if self.reason:
            return f"The speech vendor closed the connection: {self.reason[:200]}"
        return self._breach or "The connection to the speech vendor was lost."

    def _note(self, closed: ConnectionClosed) -> None:
        self._farewell = closed.rcvd or closed.sent
        if closed.sent and not closed.rcvd_then_sent:
            self._breach = _BREACHES.get(closed.sent.code, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP call gave.

    Attributes:
        status: the HTTP status, under 400.
        body: the JSON document; None where there is none.
    """

    status: int
    body: Any


async def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    document: Any = None,
    content_type: str = "application/json",
    within: float = OPENING,
    largest: int = LARGEST,
) -> Answer:
    """Make one HTTP call; redirects are not followed, for they would carry the key elsewhere.

    Args:
        method: such as ``GET``.
        url: the whole address.
        headers: the credentials among them.
        document: sent as JSON; None sends no body.
        content_type: of the document.
        within: seconds until it must have answered.
        largest: bytes of the answer at most.

    Raises:
        Refused: status 300 or above.
        ConfigurationFault: the certificate is not the vendor's.
        Lost: the vendor cannot be reached, or its answer makes no sense.
    """
    data = None if document is None else json.dumps(document).encode()
    sent = dict(headers or {}) | ({} if data is None else {"Content-Type": content_type})
    try:
        async with (
            asyncio.timeout(within),
            aiohttp.ClientSession(headers=sent, trust_env=True) as session,
            session.request(method, url, data=data, allow_redirects=False) as response,
        ):
            body = await _bounded(response, largest)
            if response.status >= 300:
                said = body[:4096].decode("utf-8", "replace")
                raise Refused(response.status, said, _seconds(response.headers.get("Retry-After")))
            return Answer(response.status, json.loads(body) if body.strip() else None)
    except aiohttp.ClientConnectorCertificateError:
        raise ConfigurationFault(UNVERIFIED) from None
    except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError):
        raise Lost(NONSENSE) from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise unreachable(url) from None
    except (ValueError, RecursionError):
        raise Lost(NONSENSE) from None


def part(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def unreachable(url: str) -> Unreachable:
    """The failure to reach an address."""
    parts = urlsplit(url)
    return Unreachable(UNREACHABLE, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443))


async def _bounded(response: aiohttp.ClientResponse, largest: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > largest:
            raise ValueError("too large")
    return bytes(body)


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in bounded seconds, which may be given as a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(0.0, wait), LONGEST_WAIT)
