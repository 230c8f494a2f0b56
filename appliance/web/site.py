"""The whole site: every route of the API and every page, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.captioning.spend import Caps, Meter
from appliance.deliveries import Deliveries
from appliance.host.logs import RECENT
from appliance.panel import FrontPanel
from appliance.settings import Settings
from appliance.transcripts.store import TranscriptStore
from appliance.vendors.manager import Manager
from appliance.vendors.registry import Registry
from appliance.web.access import Access
from appliance.web.admin.access import AccessPage
from appliance.web.admin.accounts import AccountsPage
from appliance.web.admin.audio import AudioPage
from appliance.web.admin.box import BoxPage
from appliance.web.admin.diagnostics import Diagnostics
from appliance.web.admin.frame import Frame
from appliance.web.admin.health import HealthPage
from appliance.web.admin.log import LogPage
from appliance.web.admin.overview import Overview
from appliance.web.admin.panel import PanelPage
from appliance.web.admin.restart import Restart, RestartPage
from appliance.web.admin.rooms import RoomsPage
from appliance.web.admin.settings_form import SettingsForms
from appliance.web.admin.spend import SpendPage
from appliance.web.admin.transcripts import TranscriptsPage
from appliance.web.admin.vendors import VendorsPage
from appliance.web.admin.viewers import ViewersPage
from appliance.web.api.box import BoxApi
from appliance.web.api.check import CheckApi
from appliance.web.api.choices import ChoicesApi
from appliance.web.api.management import ManagementApi
from appliance.web.api.openapi import OpenApi
from appliance.web.api.panel import PanelApi
from appliance.web.api.settings import SettingsApi
from appliance.web.api.setup import SetupApi
from appliance.web.api.spool import SpoolApi
from appliance.web.api.tokens import TokensApi
from appliance.web.api.transcripts import TranscriptsApi
from appliance.web.checkup import Checkup
from appliance.web.entrance import Entrance
from appliance.web.first_start.box import BoxStep
from appliance.web.first_start.done import DoneStep
from appliance.web.first_start.microphone import MicrophoneStep, Recognise
from appliance.web.first_start.room import RoomStep
from appliance.web.first_start.steps import Steps
from appliance.web.first_start.vendor import VendorStep
from appliance.web.metrics import Metrics
from appliance.web.pages import Pages
from appliance.web.server import Part
from appliance.web.settings_changes import Save


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the site shows, and what it changes.

    Attributes:
        board: what can be read now.
        controller: takes commands.
        access: knows who may do what.
        setup: tells how the box is set up.
        panel: the front of the box.
        simulated: whether there is no real one.
        metrics: what can be measured.
        meter: what was sent to vendors.
        caps: what may be.
        transcripts: what was said.
        deliveries: sound that waits for its words.
        registry: the vendors.
        manager: does what can be done at them.
        elsewhere: gives the page where captions are read if not here; None else.
        folder: the state folder.
        settings: gives the settings in use.
        load: reads those in the files; blocks.
        save: changes them, and lets the box take them up.
        problem: gives what is wrong with the files; None while all is well.
        restart: ends the box, so that it starts anew.
        recognise: understands a few seconds of English.
    """

    board: Board
    controller: Controller
    access: Access
    setup: SetupApi
    panel: FrontPanel
    simulated: bool
    metrics: Metrics
    meter: Meter
    caps: Callable[[], Caps]
    transcripts: TranscriptStore
    deliveries: Deliveries
    registry: Registry
    manager: Manager
    elsewhere: Callable[[], str | None]
    folder: Path
    settings: Callable[[], Settings]
    load: Callable[[], Settings]
    save: Save
    problem: Callable[[], str | None]
    restart: Callable[[], None]
    recognise: Recognise


def site(house: House) -> list[Part]:
    """Every part of the site."""
    checks = CheckApi(house.settings, house.registry)
    return [
        *_api(house, checks),
        *_pages(house),
        ManagementApi(house.manager),
        *_administration(house, checks),
    ]


def _api(house: House, checks: CheckApi) -> list[Part]:
    return [
        BoxApi(house.board, house.controller),
        PanelApi(house.panel, simulated=house.simulated),
        SettingsApi(house.load, house.save, house.registry),
        checks,
        ChoicesApi(house.registry),
        TranscriptsApi(house.transcripts),
        SpoolApi(house.deliveries),
        TokensApi(house.access),
        house.setup,
        house.metrics,
        OpenApi(),
    ]


def _pages(house: House) -> list[Part]:
    pages = Pages(
        house.access,
        house.board,
        simulated=house.simulated,
        may_download=lambda: house.settings().web.viewers_may_download,
        elsewhere=house.elsewhere,
    )
    return [pages, Entrance(house.access)]


def _administration(house: House, checks: CheckApi) -> list[Part]:
    frame = Frame(house.board)
    restart = Restart(house.settings(), house.restart)
    forms = SettingsForms(house.load, house.save, house.registry, restart)
    overview = Overview(
        frame,
        board=house.board,
        controller=house.controller,
        access=house.access,
        settings=house.settings,
        vendors=house.registry,
        restart=restart,
    )
    return [
        overview,
        RoomsPage(frame, house.load, house.save, house.registry),
        AccountsPage(frame, house.load, house.save, house.registry, checks),
        VendorsPage(frame, house.manager),
        AudioPage(frame, forms),
        PanelPage(frame, forms),
        ViewersPage(frame, forms, house.access, house.board),
        TranscriptsPage(frame, house.transcripts, house.access, house.deliveries),
        SpendPage(frame, forms, house.meter, house.settings, house.caps),
        *_care(house, frame),
        AccessPage(frame, house.access),
        BoxPage(frame, forms, house.registry),
        RestartPage(frame, restart, house.settings),
        *_first_start(house, forms, checks),
    ]


def _care(house: House, frame: Frame) -> list[Part]:
    """What helps to find out what is wrong."""
    checkup = Checkup(
        house.board,
        house.settings,
        house.registry,
        house.folder,
        problem=house.problem,
        panel=lambda: house.panel.warning,
    )
    diagnostics = Diagnostics(
        board=house.board,
        settings=house.settings,
        vendors=house.registry,
        access=house.access,
        checkup=checkup,
        log=RECENT,
        metrics=house.metrics.text,
        folder=house.folder,
    )
    return [HealthPage(frame, checkup, house.folder), LogPage(frame, RECENT), diagnostics]


def _first_start(house: House, forms: SettingsForms, checks: CheckApi) -> list[Part]:
    """From the password to the first captions."""
    steps, load, save, registry = Steps(house.board), house.load, house.save, house.registry
    return [
        MicrophoneStep(steps, load, save, registry, board=house.board, recognise=house.recognise),
        VendorStep(steps, load, save, registry, checks),
        RoomStep(steps, load, save, registry),
        BoxStep(steps, forms),
        DoneStep(steps, house.board, house.controller, house.access),
    ]
