"""Where the box is found: its addresses, its name on the network, and the certificate that it shows there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from appliance.host.mdns import Announcement, Site, own_addresses, own_label
from appliance.host.network import address, own_names
from appliance.settings import Web
from appliance.web.server import CannotListen, Server
from appliance.web.tls import Tls, open_tls

_USUAL: Final = Web()


class Whereabouts:
    """Knows under which names and addresses the pages are found.

    Args:
        changed: called whenever they are others.

    Attributes:
        port: at which the pages are served.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._tls: Tls | None = None
        self._host = ""
        self._name: str | None = None
        self._elsewhere: str | None = None
        self.port = 0

    async def open(
        self,
        server: Server,
        folder: Path,
        web: Web,
        *,
        host: str | None = None,
        port: int | None = None,
        usual: Web = _USUAL,
    ) -> None:
        """Let a server listen as the settings say, or at least so that a browser finds the page to mend them.

        Args:
            server: what listens.
            folder: the state folder; certificates are in it.
            web: the settings.
            host: instead of the one in the settings, by the command line.
            port: the same.
            usual: where a box fresh from its carton listens.

        Raises:
            CannotListen: nothing can be listened at.
            BadCertificate: there is none for https that works.
        """
        self._tls = await asyncio.to_thread(_open_tls, folder, web) if web.https != "off" else None
        tls, self._host = self._tls.context if self._tls else None, host or web.host
        try:
            self.port = await server.start(self._host, web.port if port is None else port, tls=tls)
        except CannotListen as failure:
            if host or port is not None or (web.host, web.port) == (usual.host, usual.port):
                raise
            self._host = usual.host
            self.port = await server.start(usual.host, usual.port, tls=tls)
            self._elsewhere = f"{failure} Until then the pages are at port {self.port}."

    @property
    def address(self) -> str:
        """The address by its number, such as ``http://192.0.2.7:8080``."""
        return address(self._host, self.port, secure=self._tls is not None)

    @property
    def from_here(self) -> str:
        """The address for this machine itself, which needs no certificate."""
        return f"http://127.0.0.1:{self.port}"

    def addresses(self) -> list[str]:
        """All that people may type, the easiest first."""
        by_name = f"{self.address.partition('://')[0]}://{self._name}:{self.port}"
        return [by_name, self.address] if self._name else [self.address]

    def names(self) -> frozenset[str]:
        """The names, besides its addresses, that a browser may ask for."""
        return own_names() | ({self._name} if self._name else frozenset())

    def fingerprint(self) -> tuple[str, ...]:
        """Of the certificate, in lines as people compare them; empty without https."""
        return self._tls.lines if self._tls else ()

    def warning(self) -> str | None:
        """Why the pages are not where, or not as, the settings say."""
        return self._elsewhere or (self._tls.warning if self._tls else None)

    async def announce(self, name: Callable[[], str]) -> None:
        """Tell the network where the pages are, until cancelled.

        Args:
            name: gives the name of the box, as it is now.
        """
        site = Site(host=self._host, port=self.port, secure=self._tls is not None)
        await Announcement(site).run(name, self._found_as)

    def _found_as(self, name: str | None) -> None:
        self._name = name
        self._changed()


def _open_tls(folder: Path, web: Web) -> Tls:
    names = sorted(own_names() | {f"{own_label()}.local"} | own_addresses())
    files = web.https == "files"
    return open_tls(
        folder, names, certificate=web.certificate if files else None, key=web.key if files else None
    )
