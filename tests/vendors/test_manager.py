import asyncio
from pathlib import Path
from typing import Any

from appliance.vendors.contract import Delivery, Manifest, Order, Stream, Vendor, VendorModel
from appliance.vendors.management import Action, Kind, NoArgs, Outcome
from appliance.vendors.manager import Manager
from appliance.vendors.registry import Registry
from tests.rigs.settings import SettingsFiles


class _Rooms(Vendor[VendorModel, VendorModel]):
    """Keeps rooms, slowly."""

    manifest = Manifest(title="Rooms", delivery=Delivery.LIVE)
    account_model = VendorModel
    options_model = VendorModel

    async def check(self, account: VendorModel) -> str:
        raise NotImplementedError

    async def open(self, account: VendorModel, order: Order[VendorModel]) -> Stream:
        raise NotImplementedError


class _Slow:
    """Counts how many do something at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.may_end = asyncio.Event()
        self.all_began = asyncio.Event()

    async def run(self, _account: Any, _args: Any) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.most == 2:
            self.all_began.set()
        await self.may_end.wait()
        self.now -= 1
        return Outcome(done="Done.")

    def action(self, kind: Kind) -> Action[Any, Any]:
        return Action(group="rooms", name=kind, summary="Do it.", kind=kind, args=NoArgs, run=self.run)


def manager(folder: Path) -> Manager:
    registry = Registry({**Registry.installed(), "rooms": _Rooms()})
    files = SettingsFiles(folder, '[accounts.rooms]\nvendor = "rooms"\n', registry=registry)
    return Manager(registry, files.load, files.save)


async def test_only_accounts_with_something_to_manage_are_told(tmp_path: Path) -> None:
    box = manager(tmp_path)
    assert await box.accounts() == {}
    _Rooms.actions = (_Slow().action(Kind.READS),)
    try:
        assert list(await box.accounts()) == ["rooms"]
    finally:
        _Rooms.actions = ()


async def test_changes_with_one_account_are_made_one_after_another(tmp_path: Path) -> None:
    box, slow = manager(tmp_path), _Slow()
    slow.may_end.set()
    action = slow.action(Kind.CHANGES)
    await asyncio.gather(*(box.run("rooms", action, NoArgs()) for _ in range(5)))
    assert slow.most == 1


async def test_nobody_who_only_looks_waits_for_somebody_else(tmp_path: Path) -> None:
    box, slow = manager(tmp_path), _Slow()
    action = slow.action(Kind.READS)
    looking = asyncio.gather(*(box.run("rooms", action, NoArgs()) for _ in range(2)))
    await asyncio.wait_for(slow.all_began.wait(), 30)
    slow.may_end.set()
    await looking
