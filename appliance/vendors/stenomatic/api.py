"""Stenomatic's REST service: clients, rooms, usage, and where to publish. It takes the developer key."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from appliance.captions import clean
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Order, VendorFailure
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from appliance.vendors.stenomatic.rtmp import Target
from appliance.vendors.transport import Refused, call, part

HOST: Final = "https://api.stenomatic.ai"

NONSENSE: Final = "Stenomatic's answer makes no sense."
_NO_KEY: Final = "Rooms need the developer key of Stenomatic: enter it in the account."
_NO_ROOM: Final = "Which room at Stenomatic? Set room_id in the options of the room, or bind the room to one."
_UNSAFE: Final = "Stenomatic gave an address without TLS to send sound to; nothing is sent there."
_LONGEST_URL: Final = 8_192

_MEANINGS: Final[Mapping[int, str]] = {
    400: "Stenomatic does not take what was given; correct it.",
    401: "Stenomatic does not accept the developer key; copy it again.",
    402: "Stenomatic says that the plan is unpaid or used up.",
    403: "Stenomatic does not allow this with the developer key; room IDs of your choice take a larger plan.",
    409: "Stenomatic has this already; IDs of rooms are unique among all customers.",
    422: "Stenomatic does not take the values that were given; correct them.",
}


class Unknown(ConfigurationFault):
    """There is nothing of that name."""


async def ask(
    account: StenomaticAccount, method: str, path: str, document: Any = None, *, missing: str = "this"
) -> Any:
    """Make a call with the developer key; the JSON that came back.

    Args:
        account: whose key.
        method: of HTTP.
        path: from the host on.
        document: the body.
        missing: what Stenomatic does not know if it answers 404.

    Raises:
        VendorFailure: there is no such key, or the call failed.
    """
    if account.developer_key is None:
        raise ConfigurationFault(_NO_KEY)
    headers = {
        "Authorization": f"Bearer {account.developer_key.get_secret_value()}",
        "Content-Type": "application/json",
    }
    try:
        answer = await call(method, account.address(HOST + path), headers=headers, document=document)
    except Refused as refused:
        raise _failure(refused, account, missing) from None
    return answer.body


async def stream_url(account: StenomaticAccount, order: Order[StenomaticOptions]) -> Target:
    """Where to publish what is said in a room from now on: a secret, and a fresh one each time.

    Raises:
        VendorFailure: it cannot be had.
    """
    room = order.options.room_id
    if room is None:
        raise ConfigurationFault(_NO_ROOM)
    wanted = {
        "speaker_name": order.options.speaker_name or "",
        "language": order.from_language,
        "phrases": list(order.options.phrases),
    }
    return _target(await new_url(account, room, wanted))


async def new_url(account: StenomaticAccount, room: str, wanted: Mapping[str, Any]) -> str:
    """A fresh address to publish to in a room.

    Raises:
        VendorFailure: it cannot be had.
    """
    answer = await ask(
        account, "POST", f"/v1/rooms/{part(room)}/stream_url", wanted, missing=f"the room {room}"
    )
    url = answer.get("url") if isinstance(answer, dict) else None
    if not isinstance(url, str) or not 0 < len(url) <= _LONGEST_URL or not url.isprintable():
        raise Lost(NONSENSE)
    return url


def _target(url: str) -> Target:
    try:
        target = Target.of(url)
    except ValueError:
        raise Lost(NONSENSE) from None
    if not target.secure and not _is_here(target.host):
        raise ConfigurationFault(_UNSAFE)
    return target


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failure(refused: Refused, account: StenomaticAccount, missing: str) -> VendorFailure:
    status, said = refused.status, _said(refused, account)
    if status == 429:
        return Busy(f"Stenomatic asks to wait.{said}", refused.retry_after)
    if status == 408 or status >= 500:
        return Lost(f"Stenomatic has trouble (HTTP status {status}).{said}")
    if status == 404:
        return Unknown(f"Stenomatic does not know {missing}.{said}")
    return ConfigurationFault(_MEANINGS.get(status, f"Stenomatic refuses it (HTTP status {status}).") + said)


def _said(refused: Refused, account: StenomaticAccount) -> str:
    """The vendor's own words, wherever they stand; empty for none. How errors look is not documented."""
    body = refused.json()
    while isinstance(body, dict):
        body = next((body[key] for key in ("error", "message", "detail", "title") if body.get(key)), None)
    words = body if isinstance(body, str) else ""
    for secret in account.secrets:
        words = words.replace(secret, "…")
    # What looks like an address may hold a key of the stream.
    words = clean(re.sub(r"\brtmps?://\S+", "…", words))[:200]
    return f" It says: “{words}”" if words else ""
