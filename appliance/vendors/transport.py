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
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

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
UNVERIFIED: Final = "The speech vendor's certificate cannot be verified; check base_url and the box's clock."

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


class Socket:
    """An open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._farewell: Close | None = None

    @classmethod
    async def open(cls, url: str, *, headers: Mapping[str, str] | None = None) -> Self:
        """Connect.

        Raises:
            Refused: the vendor's HTTP server refused the handshake.
            ConfigurationFault: the certificate is not the vendor's.
            Lost: the vendor cannot be reached.
        """
        try:
            return cls(
                await connect(
                    url,
                    additional_headers=headers,
                    max_size=LARGEST,
                    max_queue=WAITING,
                    open_timeout=OPENING,
                    close_timeout=CLOSING,
                    compression=None,
                    logger=_silent,
                )
            )
        except InvalidStatus as refusal:
            response = refusal.response
            body = bytes(response.body or b"")[:4096].decode("utf-8", "replace")
            wait = _seconds(response.headers.get("Retry-After"))
            raise Refused(response.status_code, body, wait) from None
        except ssl.SSLCertVerificationError:
            raise ConfigurationFault(UNVERIFIED) from None
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError):
            raise unreachable(url) from None

    async def send(self, message: bytes | str) -> None:
        """Send one message; waits while the vendor takes no more.

        Raises:
            Lost: the connection is closed.
        """
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            self._farewell = closed.rcvd or closed.sent
            raise Lost(self.farewell) from None

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Messages until the connection is closed, by whomever and however; see `code`."""
        try:
            while True:
                yield await self._connection.recv()
        except ConnectionClosed as closed:
            self._farewell = closed.rcvd or closed.sent

    async def close(self, code: int = 1000) -> None:
        """Close, within a bounded time."""
        await self._connection.close(code)

    @property
    def code(self) -> int:
        """How it was closed (RFC 6455, 7.4); 1006 for a connection that broke, or is still open."""
        return self._farewell.code if self._farewell else 1006

    @property
    def reason(self) -> str:
        """What was said at the closing, by the vendor or, where it broke the rules, by us."""
        return self._farewell.reason if self._farewell else ""

    @property
    def farewell(self) -> str:
        """Why it was closed, as a plain sentence."""
        if self.reason:
            return f"The speech vendor closed the connection: {self.reason[:200]}"
        return "The connection to the speech vendor was lost."


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
) -> Answer:
    """Make one HTTP call; redirects are not followed, for they would carry the key elsewhere.

    Args:
        method: such as ``GET``.
        url: the whole address.
        headers: the credentials among them.
        document: sent as JSON; None sends no body.
        content_type: of the document.
        within: seconds until it must have answered.

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
            text = (await _bounded(response)).decode("utf-8", "replace")
            if response.status >= 300:
                raise Refused(response.status, text[:4096], _seconds(response.headers.get("Retry-After")))
            return Answer(response.status, json.loads(text) if text.strip() else None)
    except aiohttp.ClientConnectorCertificateError:
        raise ConfigurationFault(UNVERIFIED) from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise unreachable(url) from None
    except (ValueError, RecursionError):
        raise Lost("The speech vendor's answer makes no sense.") from None


def unreachable(url: str) -> Unreachable:
    """The failure to reach an address."""
    parts = urlsplit(url)
    return Unreachable(UNREACHABLE, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443))


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST:
            raise ValueError("too large")
    return bytes(body)


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds, which may be given as a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
