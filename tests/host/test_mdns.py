import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from zeroconf import AddressResolverIPv4, ServiceInfo  # type: ignore[attr-defined] # one is not in __all__
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from appliance.host import mdns
from appliance.host.mdns import Announcement, Site, instance, own_addresses, own_name

MACHINE = "0123456789abcdef0123456789abcdef"
KIND = "_http._tcp.local."
PATIENCE = 15
SITE = Site(host="0.0.0.0", port=8080)


def free_label() -> str:
    """A label that the tests of nobody else on this network use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"captionbox-test-{server.getsockname()[1]}"


@pytest.fixture
def addresses() -> frozenset[str]:
    found = own_addresses()
    if not found:
        pytest.skip("this machine has no network interface with an IPv4 address")
    return found


class Told:
    """What an announcement says of itself."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[str | None] = asyncio.Queue()

    def __call__(self, name: str | None) -> None:
        self._said.put_nowait(name)

    async def next(self) -> str | None:
        return await asyncio.wait_for(self._said.get(), PATIENCE)

    @property
    def nothing(self) -> bool:
        return self._said.empty()


@asynccontextmanager
async def announced(announcement: Announcement, name: list[str]) -> AsyncIterator[Told]:
    told = Told()
    task = asyncio.create_task(announcement.run(lambda: name[0], told))
    try:
        yield told
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Phone:
    """Somebody else on the network who looks for pages."""

    def __init__(self, network: AsyncZeroconf) -> None:
        self.network = network
        self._events: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def add_service(self, _: object, _kind: str, name: str) -> None:
        self._events.put_nowait(("there", name))

    def update_service(self, _: object, _kind: str, name: str) -> None:
        self._events.put_nowait(("changed", name))

    def remove_service(self, _: object, _kind: str, name: str) -> None:
        self._events.put_nowait(("gone", name))

    async def sees(self, what: str, name: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self._events.get() != (what, f"{name}.{KIND}"):
                pass

    async def asks(self, name: str) -> AsyncServiceInfo:
        info = await self.network.async_get_service_info(KIND, f"{name}.{KIND}", PATIENCE * 1000)
        assert info
        return info

    async def asks_for_address(self, host: str) -> list[str]:
        holder = AddressResolverIPv4(f"{host}.")
        await holder.async_request(self.network.zeroconf, PATIENCE * 1000)
        return holder.parsed_addresses()


@asynccontextmanager
async def phone(addresses: frozenset[str]) -> AsyncIterator[Phone]:
    async with AsyncZeroconf(interfaces=sorted(addresses)) as network:
        phone = Phone(network)
        async with AsyncServiceBrowser(network.zeroconf, [KIND], listener=phone):  # type: ignore[arg-type] # by its methods
            yield phone


@asynccontextmanager
async def other_machine(
    addresses: frozenset[str], name: str, host: str, address: str
) -> AsyncIterator[ServiceInfo]:
    """Another machine that has the names already."""
    async with AsyncZeroconf(interfaces=sorted(addresses)) as network:
        info = AsyncServiceInfo(KIND, f"{name}.{KIND}", port=80, server=f"{host}.", parsed_addresses=[address])
        await (await network.async_register_service(info))
        yield info


async def test_the_page_is_found_by_name_and_gone_once_the_box_stops(addresses: frozenset[str]) -> None:
    label = free_label()
    async with phone(addresses) as visitor:
        async with announced(Announcement(SITE, label=label), [label]) as told:
            assert await told.next() == f"{label}.local"
            await visitor.sees("there", label)
            page = await visitor.asks(label)
            assert (page.server, page.port) == (f"{label}.local.", 8080)
            assert page.decoded_properties == {"path": "/"}
            assert set(page.parsed_addresses()) == addresses
            assert set(await visitor.asks_for_address(f"{label}.local")) <= addresses
        assert await told.next() is None
        await visitor.sees("gone", label)


async def test_a_box_that_starts_before_its_network_is_found_once_there_is_one(
    addresses: frozenset[str],
) -> None:
    label, now = free_label(), frozenset[str]()
    announcement = Announcement(SITE, label=label, addresses=lambda: now, look_every=0.05)
    async with announced(announcement, [label]) as told:
        await asyncio.sleep(0.2)
        assert told.nothing
        now = addresses
        assert await told.next() == f"{label}.local"
        now = frozenset()
        assert await told.next() is None
        now = addresses
        assert await told.next() == f"{label}.local"


# The library leaves it to the collector to close its socket then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_network_that_fails_is_tried_again(addresses: frozenset[str]) -> None:
    label, now = free_label(), frozenset(["192.0.2.250"])  # not of this machine: nothing can be bound to it
    announcement = Announcement(SITE, label=label, addresses=lambda: now, look_every=0.05)
    async with announced(announcement, [label]) as told:
        await told.next()
        now = addresses
        while (name := await told.next()) != f"{label}.local":
            assert name in (None, f"{label}.local")


async def test_a_box_that_is_given_another_name_is_found_by_the_new_one(addresses: frozenset[str]) -> None:
    label = free_label()
    name = [label]
    async with (
        phone(addresses) as visitor,
        announced(Announcement(SITE, label=label, look_every=0.05), name) as told,
    ):
        await told.next()
        name[0] = f"{label} upstairs"
        await visitor.sees("gone", label)
        await visitor.sees("there", f"{label} upstairs")


async def test_two_boxes_of_one_name_are_both_found(addresses: frozenset[str]) -> None:
    label = free_label()
    async with (
        other_machine(addresses, label, f"{label}.local", "192.0.2.251"),
        phone(addresses) as visitor,
        announced(Announcement(SITE, label=label), [label]) as told,
    ):
        assert await told.next() == f"{label}-2.local"
        await visitor.sees("there", f"{label}-2")
        page = await visitor.asks(f"{label}-2")
        assert page.server == f"{label}-2.local."


async def test_somebody_who_answers_to_every_name_does_no_harm(
    addresses: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mdns, "_NAMES", 1)
    label = free_label()
    async with (
        other_machine(addresses, label, f"{label}.local", "192.0.2.251"),
        announced(Announcement(SITE, label=label, look_every=0.05), [label]) as told,
    ):
        assert [await told.next(), await told.next()] == [None, None]


async def test_a_name_that_the_machine_answers_for_already_is_used_and_left_to_it(
    addresses: frozenset[str],
) -> None:
    label, own = free_label(), min(addresses)
    async with (
        other_machine(addresses, f"{label} files", f"{label}.local", own),
        announced(Announcement(SITE, label=label), [label]) as told,
    ):
        assert await told.next() == f"{label}.local"
        async with phone(addresses) as visitor:
            await visitor.sees("there", label)
            assert (await visitor.asks(label)).server == f"{label}.local."
            assert await visitor.asks_for_address(f"{label}.local") == [own]


async def test_a_page_for_this_machine_alone_is_not_announced(addresses: frozenset[str]) -> None:
    site = Site(host="127.0.0.1", port=8080)
    announcement = Announcement(site, label=free_label(), addresses=lambda: addresses, look_every=0.05)
    async with announced(announcement, ["here"]) as told:
        await asyncio.sleep(0.3)
        assert told.nothing


def test_a_name_that_an_administrator_chose_is_kept() -> None:
    assert own_name("Boardroom.example.com", MACHINE) == "boardroom"


@pytest.mark.parametrize("host", ["raspberrypi", "captionbox", "localhost", "debian", ""])
def test_thirty_boxes_fresh_from_one_image_have_thirty_names(host: str) -> None:
    names = {own_name(host, f"{number:032x}") for number in range(30)}
    assert len(names) == 30
    assert all(name.startswith("captionbox-") and len(name) == 15 for name in names)


@pytest.mark.skipif(not shutil.which("systemd-id128"), reason="systemd-id128 is not installed")
def test_the_name_tells_nothing_of_the_machine_but_what_systemd_would() -> None:
    if not (machine := mdns._machine_id()):
        pytest.skip("this machine has no id")
    asked = ["systemd-id128", "machine-id", f"--app-specific={mdns._APPLICATION.hex()}"]
    digits = subprocess.run(asked, capture_output=True, text=True, check=True).stdout[:4]
    assert own_name("raspberrypi", machine) == f"captionbox-{digits}"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Boardroom", "Boardroom"),
        ("Room 2.1\n", "Room 2 1"),
        ("बैठक कक्ष " * 6, "बैठक कक्ष बैठक कक्ष बै"),
        (".", "captionbox"),
    ],
)
def test_any_name_of_a_box_can_be_told_to_the_network(name: str, told: str) -> None:
    assert instance(name) == told
    assert len(instance(name).encode()) <= 59
