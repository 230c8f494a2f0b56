"""The pages and the API of what there is at the vendors, of a box whose settings stand in real files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.board import Board
from appliance.settings import Settings, SettingsStore, load
from appliance.state import Status
from appliance.vendors.manager import Change, Manager
from appliance.vendors.registry import Registry
from appliance.web.admin.frame import Frame
from appliance.web.admin.vendors import VendorsPage
from appliance.web.management_api import ManagementApi
from tests.rigs.admin import Browser, logged_in


def manager(folder: Path) -> Manager:
    """Of the settings in a folder."""
    registry = Registry.installed()
    store = SettingsStore(folder, check=registry.check)

    async def save(change: Change) -> Settings:
        return await asyncio.to_thread(store.save, change)

    return Manager(registry, lambda: load(folder), save)


@asynccontextmanager
async def vendor_pages(folder: Path) -> AsyncIterator[Browser]:
    """An administrator's browser before them."""
    board = Board(Status(name="Boardroom"))
    box = manager(folder)
    async with logged_in(VendorsPage(Frame(board), box), ManagementApi(box), board=board) as browser:
        await browser.look("/admin/vendors")  # its forms are good for all that is sent without looking first
        yield browser
