"""The way to Stenomatic over gRPC: the channel, and what its status codes mean for the box."""

import asyncio
import ssl
from pathlib import Path
from typing import Final

import grpc
from grpc import StatusCode

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, VendorFailure
from appliance.vendors.stenomatic.config import StenomaticAccount
from appliance.vendors.stenomatic.protocol import PING, credentials, ping
from appliance.vendors.transport import LARGEST, OPENING, TOO_LARGE, UNVERIFIED, unreachable

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", LARGEST),
    ("grpc.max_metadata_size", 16_384),
    ("grpc.absolute_max_metadata_size", 65_536),
    ("grpc.enable_retries", 0),  # sound that is sent twice is heard twice
    # Otherwise a new channel inherits the back-off of those before it; when to try again is decided elsewhere.
    ("grpc.use_local_subchannel_pool", 1),
    # The longest that servers allow by default between two pings; with it, sound that nobody has acknowledged
    # for so long ends the connection (TCP_USER_TIMEOUT).
    ("grpc.keepalive_time_ms", 310_000),
    ("grpc.keepalive_timeout_ms", 15_000),
)

_HERE: Final = (("grpc.enable_http_proxy", 0),)

_REFUSED: Final = {
    StatusCode.UNAUTHENTICATED: "Stenomatic does not accept the key",
    StatusCode.PERMISSION_DENIED: "Stenomatic does not allow this; the plan may be unpaid, expired or small",
    StatusCode.FAILED_PRECONDITION: "Stenomatic wants something settled first, such as the plan",
    StatusCode.INVALID_ARGUMENT: "Stenomatic does not accept the languages or options of the room",
    StatusCode.NOT_FOUND: "Stenomatic does not know what was asked for",
    StatusCode.UNIMPLEMENTED: "There is no Stenomatic at this address; check base_url and grpc_target",
}

_ENDED: Final = (StatusCode.OK, StatusCode.OUT_OF_RANGE, StatusCode.DEADLINE_EXCEEDED)
"""How a stream ends that has only become too long."""


def dial(account: StenomaticAccount) -> grpc.aio.Channel:
    """A channel, which connects when it is first used."""
    if not account.secure:
        return grpc.aio.insecure_channel(account.target, options=_OPTIONS + _HERE)
    roots = grpc.ssl_channel_credentials(root_certificates=_system_roots())
    return grpc.aio.secure_channel(account.target, roots, options=_OPTIONS)


async def try_key(channel: grpc.aio.Channel, account: StenomaticAccount) -> None:
    """Connect, and ask whether the key is good; free of charge.

    Raises:
        VendorFailure: it is not, or Stenomatic cannot be reached.
    """
    key = account.key.get_secret_value()
    ask: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(PING)
    try:
        async with asyncio.timeout(OPENING):
            await ask(ping(), metadata=credentials(key))
    except TimeoutError:
        raise unreachable(f"//{account.target}") from None
    except grpc.aio.AioRpcError as error:
        fault = failure(error.code(), error.details(), key)
        lost = isinstance(fault, Lost) and error.code() is StatusCode.UNAVAILABLE
        nowhere = lost or isinstance(fault, Planned)
        raise (unreachable(f"//{account.target}") if nowhere else fault) from None


def failure(code: StatusCode, details: str | None, key: str) -> VendorFailure:
    """Which of the four failures a status is, in Stenomatic's own words but without the key."""
    details = details or ""
    if code in _REFUSED:
        return ConfigurationFault(_sentence(_REFUSED[code], details, key))
    if "CERTIFICATE_VERIFY_FAILED" in details:
        return ConfigurationFault(UNVERIFIED)
    if code is StatusCode.RESOURCE_EXHAUSTED:
        ours = "larger than max" in details  # which gRPC says of what came, packed or not
        return Lost(TOO_LARGE) if ours else Busy(_sentence("Stenomatic asks to wait", details, key))
    if code in _ENDED:
        return Planned("Stenomatic ended the stream.")
    if code in (StatusCode.UNAVAILABLE, StatusCode.CANCELLED):
        return Lost("The connection to Stenomatic was lost.")
    return Lost(_sentence("Stenomatic has a fault of its own", details, key))


def _sentence(what: str, details: str, key: str) -> str:
    said = " ".join(details.replace(key, "…").split())
    return f"{what}: {said[:200]}" if said else f"{what}."


def _system_roots() -> bytes | None:
    """The certificates that this system trusts, where gRPC would take those of its own package."""
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, paths.capath and f"{paths.capath}/ca-certificates.crt"):
        if path and Path(path).is_file():
            return Path(path).read_bytes()
    return None
