"""The box's own name on the network, told by multicast DNS (RFC 6762), so that nobody types numbers."""

import asyncio
import hmac
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.host.network import EVERYWHERE

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

_APPLICATION: Final = bytes.fromhex("8c671c8db35d4189aba7001c409013d5")
"""Ours alone: what the machine's id is hashed with, as sd_id128_get_machine_app_specific(3) does it."""

_MACHINE_ID: Final = Path("/etc/machine-id")
_SHARED: Final = frozenset(("", "localhost", "captionbox", "raspberrypi", "debian"))
"""Names that every box fresh from an image has."""

_LOOK_EVERY: Final = 5.0
_LISTEN_MS: Final = 1_500
_NAMES: Final = 20
"""To be tried before the network is taken for one where somebody answers to every name."""

_LONGEST: Final = 59
"""Bytes of a name on the network: 63 less what a rename may add."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page to be found.

    Attributes:
        host: what the server listens on; ``0.0.0.0`` is every address.
        port: its port.
        secure: whether it is an https page.
    """

    host: str
    port: int
    secure: bool = False


class Announcement:
    """Tells the network where the page is, follows what changes, and takes itself back at the end.

    Only IPv4 is told: it is what the server listens on unless someone chose otherwise.

    Args:
        site: the page.
        label: how the box wants to be called, without ``.local``.
        addresses: gives the machine's addresses now.
        look_every: seconds between two looks at what may have changed.
    """

    def __init__(
        self,
        site: Site,
        *,
        label: str | None = None,
        addresses: Callable[[], Iterable[str]] | None = None,
        look_every: float = _LOOK_EVERY,
    ) -> None:
        self._site = site
        self._label = label or own_label()
        self._addresses = addresses or own_addresses
        self._look_every = look_every

    async def run(self, name: Callable[[], str], told: Callable[[str | None], None]) -> None:
        """Announce until cancelled; a network that is missing or fails is tried again.

        Args:
            name: gives the name that people gave the box, as it is now.
            told: gets the host name under which the box is found, such as ``boardroom.local``, as soon as
                it is, and None when it no longer is.
        """
        from zeroconf import Error  # noqa: PLC0415 - a box without a network does without

        while True:
            wanted = name(), self._reachable()
            if wanted[1]:
                try:
                    async with self._published(*wanted) as found:
                        _log.info("The box is found as %s", found)
                        told(found)
                        while (name(), self._reachable()) == wanted:  # noqa: ASYNC110 - an address that changes tells nobody
                            await asyncio.sleep(self._look_every)
                except (OSError, Error) as error:
                    _log.info("The name of the box could not be announced: %s", error)
                finally:
                    told(None)
            await asyncio.sleep(self._look_every)

    def _reachable(self) -> frozenset[str]:
        addresses = frozenset(self._addresses())
        return addresses if self._site.host in EVERYWHERE else addresses & {self._site.host}

    @asynccontextmanager
    async def _published(self, name: str, addresses: frozenset[str]) -> AsyncIterator[str]:
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - as above

        kind = "_https._tcp.local." if self._site.secure else "_http._tcp.local."
        async with AsyncZeroconf(interfaces=sorted(addresses)) as network:
            await network.zeroconf.async_wait_for_start()
            server, ours_to_answer = await _free_name(network, self._label, addresses)
            service = AsyncServiceInfo(
                kind,
                f"{instance(name)}.{kind}",
                port=self._site.port,
                properties={"path": "/"},
                server=f"{server}.",
                parsed_addresses=sorted(addresses) if ours_to_answer else [],
            )
            await (await network.async_register_service(service, allow_name_change=True))
            yield server


async def _free_name(network: "AsyncZeroconf", label: str, addresses: frozenset[str]) -> tuple[str, bool]:
    """A host name that no other machine has, and whether it is ours to answer for.

    The library asks only whether the name of a service is free. Where avahi answers for this machine's name
    already, a second answer of other addresses (it gives each interface its own) would make it rename itself.
    """
    from zeroconf import AddressResolverIPv4  # type: ignore[attr-defined] # noqa: PLC0415 - documented, not in __all__

    for number in range(1, _NAMES + 1):
        name = f"{label}.local" if number == 1 else f"{label}-{number}.local"
        holder = AddressResolverIPv4(f"{name}.")
        taken = await holder.async_request(network.zeroconf, _LISTEN_MS)
        if not taken or set(holder.parsed_addresses()) <= addresses:
            return name, not taken
    raise OSError(f"{label}.local and the {_NAMES - 1} names after it are taken")


def own_label() -> str:
    """How this box wants to be called on the network, without ``.local``."""
    return own_name(socket.gethostname(), _machine_id())


def own_name(host: str, machine_id: str) -> str:
    """How a box is called on the network, without ``.local``.

    Args:
        host: the machine's host name. One that an administrator chose is kept; one that comes with an image
            would be that of every box, and is made unique.
        machine_id: 32 hex digits; it is confidential (machine-id(5)), so what is told is only a hash.
    """
    label = host.partition(".")[0].lower()
    if label not in _SHARED:
        return label
    return f"captionbox-{hmac.digest(bytes.fromhex(machine_id), _APPLICATION, 'sha256').hex()[:4]}"


def instance(name: str) -> str:
    """A box's name as one label of DNS: no dots, no control characters, few enough bytes."""
    label = " ".join(re.sub(r"[\x00-\x1f\x7f.]", " ", name).split())
    return label.encode()[:_LONGEST].decode(errors="ignore").strip() or "captionbox"


def own_addresses() -> frozenset[str]:
    """The IPv4 addresses at which others may reach this machine."""
    import ifaddr  # noqa: PLC0415 - as above

    addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return frozenset(address for address in addresses if not ip_address(address).is_loopback)


def _machine_id() -> str:
    """Empty where there is none (a container), or none yet."""
    try:
        text = _MACHINE_ID.read_text("ascii").strip()
    except OSError:
        return ""
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""
