"""Where others find the box."""

import socket
from typing import Final

_ELSEWHERE: Final = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737): a UDP socket “connected” to it sends nothing but chooses our own address."""

_EVERYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound


def address(host: str, port: int) -> str:
    """The address to show people for a server that listens on `host`, such as ``http://192.0.2.7:8080``."""
    name = _own_address() if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        name: str = probe.getsockname()[0]
        return name
