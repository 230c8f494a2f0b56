"""Where others find the box."""

import socket
from typing import Final

_ELSEWHERE: Final = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737): a UDP socket “connected” to it sends nothing but chooses our own address."""

EVERYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound
"""What a server listens on that is to be reached at every address."""


def address(host: str, port: int, *, secure: bool = False) -> str:
    """The address to show people for a server that listens on `host`, such as ``http://192.0.2.7:8080``."""
    name = (own_address() or socket.gethostname()) if host in EVERYWHERE else host
    scheme = "https" if secure else "http"
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def own_names() -> frozenset[str]:
    """The names under which this machine is known to itself and, by mDNS, to the network around it."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({"localhost", name, short, f"{short}.local"})


def own_address() -> str | None:
    """The address of this machine towards the network; None where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        name: str = probe.getsockname()[0]
        return name
