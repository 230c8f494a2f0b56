"""The pages that change settings and access, of a box whose settings stand in real files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from appliance.audio import Microphone
from appliance.database import open_database
from appliance.settings import Settings, SettingsStore
from appliance.vendors.registry import Registry
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
from appliance.web.api import BoxApi
from appliance.web.attempts import Attempts
from appliance.web.entrance import Entrance
from appliance.web.pages import Pages
from appliance.web.server import Part, Server
from appliance.web.settings_changes import Change
from tests.rigs.admin import PASSWORD, Browser
from tests.rigs.site import live_board
from tests.rigs.web import idle_controller

PATIENCE = aiohttp.ClientTimeout(total=60)


class Administration:
    """A box with an administrator, whose pages are served.

    Args:
        folder: the state folder.
        access: who may come in.
        more: parts besides.
    """

    def __init__(self, folder: Path, access: Access, *more: Part) -> None:
        registry = Registry.installed()
        self.store = SettingsStore(folder, check=registry.check)
        self.settings = self.store.load()
        self.folder = folder
        self.access = access
        self.board = live_board()
        self.microphones = [
            Microphone(name="usb", description="USB microphone", rate=48_000, channels=1, default=True)
        ]
        self.restarted = asyncio.Event()
        self.url = ""
        frame = Frame(self.board)
        restart = Restart(self.settings, self.restarted.set)
        forms = SettingsForms(self.store.load, self.save, registry, restart)
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
        return (self.folder / "settings.toml").read_text("utf-8")

    async def find_microphones(self) -> list[Microphone]:
        return self.microphones

    async def save(self, change: Change) -> Settings:
        self.settings = await asyncio.to_thread(self.store.save, change)
        self.access.open_to(self.settings.web.viewers)
        return self.settings

    @asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[int]:
        server = Server(self.access, self.parts)
        chosen = await server.start("127.0.0.1", port)
        try:
            yield chosen
        finally:
            await server.stop()

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """A browser in which the administrator has logged in."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=jar) as session:
            browser = Browser(self.url, self.access, session)
            assert (await browser.log_in()).path == "/admin"
            yield browser


@asynccontextmanager
async def administration(folder: Path, settings: str = "", *more: Part) -> AsyncIterator[Administration]:
    """The pages of a box with these settings."""
    (folder / "settings.toml").write_text(settings, "utf-8")
    async with open_database(folder) as database:
        access = Access(database, "code")
        access.attempts = Attempts(_at_once)
        await access.open()
        await access.claim(PASSWORD)
        box = Administration(folder, access, *more)
        async with box.served() as port:
            box.url = f"http://127.0.0.1:{port}"
            yield box


async def _at_once(_: float) -> None:
    """A test does not wait for a wrong guess."""
