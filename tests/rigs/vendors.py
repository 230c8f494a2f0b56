"""The pages and the API of what there is at the vendors, of a box whose settings stand in real files."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.board import Board
from appliance.settings import load
from appliance.state import Status
from appliance.vendors.manager import Change, Manager
from appliance.web.admin.frame import Frame
from appliance.web.admin.vendors import VendorsPage
from appliance.web.api.management import ManagementApi
from tests.rigs.admin import Browser, logged_in
from tests.rigs.settings import SettingsFiles


def manager(folder: Path, save: Callable[[Change], Any] | None = None) -> Manager:
    """Of the settings in a folder, where changes are saved as well unless `save` takes them."""
    files = SettingsFiles(folder)
    return Manager(files.registry, lambda: load(folder), save or files.save)


@asynccontextmanager
async def vendor_pages(folder: Path) -> AsyncIterator[Browser]:
    """An administrator's browser before them."""
    board = Board(Status(name="Boardroom"))
    box = manager(folder)
    async with logged_in(VendorsPage(Frame(board), box), ManagementApi(box), board=board) as browser:
        await browser.look("/admin/vendors")  # its forms are good for all that is sent without looking first
        yield browser
