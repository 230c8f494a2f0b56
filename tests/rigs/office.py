"""The administration of a box with a state folder of its own, and the administrator's browser before it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from playwright.async_api import BrowserContext

from appliance.board import Board
from appliance.captioning.spend import Meter
from appliance.database import Database, open_database
from appliance.deliveries import Deliveries
from appliance.host.logs import RecentLog
from appliance.plans import caps
from appliance.settings import Settings
from appliance.spool import Spool
from appliance.transcripts.store import TranscriptStore
from appliance.vendors.contract import ConfigurationFault
from appliance.web.access import Access
from appliance.web.admin.diagnostics import Diagnostics
from appliance.web.admin.frame import Frame
from appliance.web.admin.health import HealthPage
from appliance.web.admin.log import LogPage
from appliance.web.admin.restart import Restart
from appliance.web.admin.settings_form import SettingsForms
from appliance.web.admin.spend import SpendPage
from appliance.web.admin.transcripts import TranscriptsPage
from appliance.web.api.transcripts import TranscriptsApi
from appliance.web.checkup import Checkup
from appliance.web.entrance import Entrance
from appliance.web.metrics import Metrics
from appliance.web.pages import Pages
from appliance.web.server import Part
from appliance.web.settings_changes import Change
from tests.rigs.admin import PASSWORD, Browser, opened_browser
from tests.rigs.settings import SettingsFiles
from tests.rigs.site import live_board
from tests.rigs.web import open_access, served

SETTINGS = '[audio]\ninput = "file:meeting.wav"\n\n[panel]\ndriver = "none"\n'
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Office:
    """What stands behind the pages."""

    files: SettingsFiles
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
    browser: Browser = field(init=False)

    @property
    def folder(self) -> Path:
        return self.files.folder

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
    files = SettingsFiles(folder, settings, secrets)
    async with open_database(folder) as database:
        spool = Spool(folder / "spool", free=0, share=1.0)
        store, meter = TranscriptStore(database), Meter(database, clock=lambda: NOON)
        for part in (store, meter):
            await part.open()
        there = Office(
            files=files,
            board=live_board(),
            database=database,
            access=await open_access(database),
            store=store,
            meter=meter,
            log=RecentLog(),
            spool=spool,
            deliveries=Deliveries(spool, store, _nobodys, Board()),
            settings=files.load(),
        )
        async with (
            served(there.access, _parts(there)) as port,
            opened_browser(f"http://127.0.0.1:{port}", there.access) as there.browser,
        ):
            await there.access.claim(PASSWORD)
            await there.browser.log_in()
            yield there


def _parts(there: Office) -> list[Part]:
    files, access, registry = there.files, there.access, there.files.registry

    async def save(change: Change) -> Settings:
        there.settings = await files.save(change)
        return there.settings

    frame = Frame(there.board)
    restart = Restart(there.settings, lambda: None)
    checkup = Checkup(
        there.board,
        lambda: there.settings,
        registry,
        there.folder,
        problem=lambda: files.store.problem,
        panel=lambda: there.panel_warning,
    )
    return [
        Entrance(access),
        Pages(access, there.board, simulated=True, may_download=lambda: False),
        TranscriptsApi(there.store),
        TranscriptsPage(frame, there.store, access, there.deliveries),
        SpendPage(
            frame,
            SettingsForms(files.load, save, registry, restart),
            there.meter,
            lambda: there.settings,
            lambda: caps(there.settings, registry),
        ),
        HealthPage(frame, checkup, there.folder),
        LogPage(frame, there.log),
        Diagnostics(
            board=there.board,
            settings=lambda: there.settings,
            vendors=registry,
            access=access,
            checkup=checkup,
            log=there.log,
            metrics=Metrics(there.board, dict).text,
            folder=there.folder,
        ),
    ]


def _nobodys(name: str) -> NoReturn:
    raise ConfigurationFault(f"The account “{name}” is no longer in the settings.")
