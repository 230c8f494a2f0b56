"""The pages that change settings and access, of a box whose settings stand in real files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.audio import Microphone
from appliance.database import open_database
from appliance.settings import Settings
from appliance.web.access import Access
from appliance.web.admin.access import AccessPage
from appliance.web.admin.audio import AudioPage
from appliance.web.admin.box import BoxPage
from appliance.web.admin.frame import Frame
from appliance.web.admin.overview import Overview
from appliance.web.admin.panel import PanelPage
from appliance.web.admin.restart import Restart, RestartPage
from appliance.web.admin.settings_form import SettingsForms
from appliance.web.admin.viewers import ViewersPage
from appliance.web.api.box import BoxApi
from appliance.web.entrance import Entrance
from appliance.web.pages import Pages
from appliance.web.server import Part
from appliance.web.settings_changes import Change
from tests.rigs.admin import PASSWORD, Browser, opened_browser
from tests.rigs.settings import SettingsFiles
from tests.rigs.site import live_board
from tests.rigs.web import idle_controller, open_access, served


class Administration:
    """A box with an administrator, whose pages are served.

    Args:
        files: what is set.
        access: who may come in.
        more: parts besides.
    """

    def __init__(self, files: SettingsFiles, access: Access, *more: Part) -> None:
        registry = files.registry
        self.files = files
        self.settings = files.load()
        self.access = access
        self.board = live_board()
        self.microphones = [
            Microphone(name="usb", description="USB microphone", rate=48_000, channels=1, default=True)
        ]
        self.restarted = asyncio.Event()
        self.url = ""
        frame = Frame(self.board)
        restart = Restart(self.settings, self.restarted.set)
        forms = SettingsForms(files.load, self.save, registry, restart)
        controller = idle_controller(self.board)
        self.parts: list[Part] = [
            BoxApi(self.board, controller),
            Entrance(access),
            Pages(access, self.board, simulated=False),
            Overview(
                frame,
                board=self.board,
                controller=controller,
                access=access,
                settings=lambda: self.settings,
                vendors=registry,
                restart=restart,
            ),
            AudioPage(frame, forms, self.find_microphones),
            PanelPage(frame, forms),
            ViewersPage(frame, forms, access, self.board),
            AccessPage(frame, access),
            BoxPage(frame, forms, registry),
            RestartPage(frame, restart, lambda: self.settings),
            *more,
        ]

    @property
    def written(self) -> str:
        return self.files.settings

    async def find_microphones(self) -> list[Microphone]:
        return self.microphones

    async def save(self, change: Change) -> Settings:
        self.settings = await self.files.save(change)
        self.access.open_to(self.settings.web.viewers)
        return self.settings

    @asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[int]:
        async with served(self.access, self.parts, port=port) as chosen:
            yield chosen

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """A browser in which the administrator has logged in."""
        async with opened_browser(self.url, self.access) as browser:
            assert (await browser.log_in()).path == "/admin"
            yield browser


@asynccontextmanager
async def administration(folder: Path, settings: str = "", *more: Part) -> AsyncIterator[Administration]:
    """The pages of a box with these settings."""
    async with open_database(folder) as database:
        access = await open_access(database)
        await access.claim(PASSWORD)
        box = Administration(SettingsFiles(folder, settings), access, *more)
        async with box.served() as port:
            box.url = f"http://127.0.0.1:{port}"
            yield box
