"""The administration of a box with a state folder of its own, and the administrator's browser before it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import aiohttp
from playwright.async_api import BrowserContext

from appliance.board import Board
from appliance.box import caps
from appliance.captioning.spend import Meter
from appliance.database import Database, open_database
from appliance.deliveries import Deliveries
from appliance.host.logs import RecentLog
from appliance.settings import Settings, SettingsStore
from appliance.spool import Spool
from appliance.transcripts.store import TranscriptStore
from appliance.vendors.contract import ConfigurationFault
from appliance.vendors.registry import Registry
from appliance.web.access import Access
from appliance.web.admin.diagnostics import Diagnostics
from appliance.web.admin.frame import Frame
from appliance.web.admin.health import HealthPage
from appliance.web.admin.log import LogPage
from appliance.web.admin.restart import Restart
from appliance.web.admin.settings_form import SettingsForms
from appliance.web.admin.spend import SpendPage
from appliance.web.admin.transcripts import TranscriptsPage
from appliance.web.attempts import Attempts
from appliance.web.checkup import Checkup
from appliance.web.entrance import Entrance
from appliance.web.metrics import Metrics
from appliance.web.pages import Pages
from appliance.web.server import Server
from appliance.web.settings_changes import Change
from appliance.web.transcripts_api import TranscriptsApi
from tests.rigs.admin import PASSWORD, Browser
from tests.rigs.site import live_board

SETTINGS = '[audio]\ninput = "file:meeting.wav"\n\n[panel]\ndriver = "none"\n'
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Office:
    """What stands behind the pages."""

    folder: Path
    board: Board
    database: Database
    access: Access
    store: TranscriptStore
    meter: Meter
    log: RecentLog
    settings: Settings
    deliveries: Deliveries
    spool: Spool
    panel_warning: str | None = None
    browser: Browser

    async def let_in(self, context: BrowserContext) -> None:
        """Make another browser the administrator's as well."""
        for cookie in self.browser.session.cookie_jar:
            await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.browser.url}])

    def note(self, text: str, level: int = logging.INFO) -> None:
        """Have the box log something."""
        self.log.handle(logging.LogRecord("appliance.test", level, "", 0, text, None, None))


@asynccontextmanager
async def office(folder: Path, settings: str = SETTINGS, secrets: str = "") -> AsyncIterator[Office]:
    """The pages with real stores behind them; nobody captions."""
    (folder / "settings.toml").write_text(settings, "utf-8")
    (folder / "secrets.toml").touch(0o600)
    (folder / "secrets.toml").write_text(secrets, "utf-8")
    registry = Registry.installed()
    files = SettingsStore(folder, check=registry.check)
    async with (
        open_database(folder) as database,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        access = Access(database, "code")
        access.attempts = Attempts(_no_sleep)
        spool = Spool(folder / "spool", free=0, share=1.0)
        store, meter = TranscriptStore(database), Meter(database, clock=lambda: NOON)
        for part in (access, store, meter):
            await part.open()
        there = Office(
            folder=folder,
            board=live_board(),
            database=database,
            access=access,
            store=store,
            meter=meter,
            log=RecentLog(),
            spool=spool,
            deliveries=Deliveries(spool, store, _nobodys, Board()),
            settings=files.load(),
            browser=Browser("", access, session),
        )

        async def save(change: Change) -> Settings:
            there.settings = await asyncio.to_thread(files.save, change)
            return there.settings

        frame = Frame(there.board)
        restart = Restart(there.settings, lambda: None)
        checkup = Checkup(
            there.board,
            lambda: there.settings,
            registry,
            folder,
            problem=lambda: files.problem,
            panel=lambda: there.panel_warning,
        )
        metrics = Metrics(there.board, dict)
        server = Server(
            access,
            [
                Entrance(access),
                Pages(access, there.board, simulated=True, may_download=lambda: False),
                TranscriptsApi(store),
                TranscriptsPage(frame, store, access, there.deliveries),
                SpendPage(
                    frame,
                    SettingsForms(files.load, save, registry, restart),
                    meter,
                    lambda: there.settings,
                    lambda: caps(there.settings, registry),
                ),
                HealthPage(frame, checkup, folder),
                LogPage(frame, there.log),
                Diagnostics(
                    board=there.board,
                    settings=lambda: there.settings,
                    vendors=registry,
                    access=access,
                    checkup=checkup,
                    log=there.log,
                    metrics=metrics.text,
                    folder=folder,
                ),
            ],
        )
        there.browser.url = f"http://127.0.0.1:{await server.start('127.0.0.1', 0)}"
        await access.claim(PASSWORD)
        await there.browser.log_in()
        try:
            yield there
        finally:
            await server.stop()


async def _no_sleep(_: float) -> None:
    """A test does not wait for a wrong guess."""


def _nobodys(name: str) -> NoReturn:
    raise ConfigurationFault(f"The account “{name}” is no longer in the settings.")
