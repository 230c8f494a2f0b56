"""Where a key may be sent: the addresses that an administrator may give instead of a vendor's own."""

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

_METADATA: Final = ("metadata.google.internal", "metadata.goog", "instance-data")
"""Names under which clouds hand out secrets to their machines."""


def base_url(value: str) -> str:
    """An address that replaces a vendor's own, without a slash at its end.

    Raises:
        ValueError: it is none, would send a key in the clear, or leads where no vendor is.
    """
    scheme, host = _scheme_and_host(value)
    if not host or re.search(r"[\s\x00-\x1f@?#\\]", value):
        raise ValueError("must be an address such as https://example.com, without a user, ? or #")
    refuse_nobodys(host)
    if scheme in ("https", "wss") or (scheme in ("http", "ws") and _is_here(host)):
        return value.rstrip("/")
    raise ValueError("must be https:// or wss://; plain http:// and ws:// only to this machine (127.0.0.1)")


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Both empty where the address makes no sense, such as a port of letters."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""


def refuse_nobodys(host: str) -> None:
    """See that a server can be there, however the address is written.

    Who may choose an address must not reach by it what hides on the link itself: the secrets that clouds hand
    to their machines, or other devices.

    Raises:
        ValueError: none can.
    """
    host = host.strip("[]").partition("%")[0].rstrip(".")
    if host in _METADATA or _is_of_no_server(host):
        raise ValueError(
            "must be the address of a server; one such as 169.254.169.254, 0.0.0.0 or 224.0.0.1 is none's"
        )


def _is_of_no_server(host: str) -> bool:
    try:
        [(*_, place), *_] = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except OSError:
        return False
    ip = ipaddress.ip_address(place[0])
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any(each.is_link_local or each.is_unspecified or each.is_multicast for each in (ip, inner or ip))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
