"""The composition root: builds the parts of a box, starts them in order and stops them in the other."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.audio import Loudspeaker
from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.captioning.keeping import Record
from appliance.captioning.spend import Budget, Meter
from appliance.database import Database, DatabaseFailure, open_database
from appliance.deliveries import Deliveries
from appliance.host.kiosk import kiosk_link
from appliance.host.service import service_manager
from appliance.i18n import Translate, translation
from appliance.panel import FrontPanel, open_panel
from appliance.plans import all_that_is_heard, caps, plan, reading_link, room_in_use, vendor_and_account
from appliance.settings import Settings, SettingsError, SettingsStore
from appliance.spool import Spool
from appliance.state import RoomInUse, Sign, State, Status
from appliance.transcripts.record import NoRecord, TranscriptRecord
from appliance.transcripts.store import TranscriptStore
from appliance.vendors.local.recognition import recognised
from appliance.vendors.manager import Manager
from appliance.vendors.registry import Registry
from appliance.vendors.upkeep import Upkeep
from appliance.web.access import Access
from appliance.web.api.setup import SetupApi
from appliance.web.metrics import Metrics
from appliance.web.pages import join_link, screen_link
from appliance.web.server import Server
from appliance.web.settings_changes import Change
from appliance.web.site import House, site
from appliance.web.whereabouts import Whereabouts

_HOUR: Final = 3600.0
_MINUTE: Final = 60.0

_RESET: Final = (
    "The administrator's access was reset: old API tokens and join codes no longer work; make new ones."
)
_NOT_RESET: Final = "The administrator's access could not be reset: {}."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says over the settings.

    Attributes:
        folder: the state folder.
        host: address to listen on instead of ``[web] host``.
        port: port to listen on instead of ``[web] port``; 0 lets the system choose.
        simulate: simulate the panel and show it on the page ``/panel``.
    """

    folder: Path
    host: str | None = None
    port: int | None = None
    simulate: bool = False


class Box:
    """One captioning box.

    Args:
        options: what the command line says.
        store: the settings, to be changed.
        settings: the settings as they are now.
        registry: the vendors.
        database: transcripts and tokens.
        translate: gives the fixed words on the glass in the language of the box.
    """

    def __init__(
        self,
        options: Options,
        store: SettingsStore,
        settings: Settings,
        registry: Registry,
        database: Database,
        *,
        translate: Translate = str,
    ) -> None:
        self.options = options
        self.settings = settings
        self.board = Board(Status(name=settings.box.name, room=room_in_use(settings)))
        self.access = Access(database, settings.web.viewers)
        self._meter = Meter(database)
        self._budget = Budget(self._meter, lambda: caps(self.settings, registry))
        self._loudspeaker = Loudspeaker(lambda sentence: self.board.warn("loudspeaker", sentence))
        self.controller = Controller(
            board=self.board,
            plan=lambda: plan(self.settings, registry, self._deliveries, self._loudspeaker),
            record=self._record,
            sent=self._budget.sent,
            refusal=self._budget.refusal,
            next_room=self._next_room,
            speaking=lambda: self._loudspeaker.speaking,
        )
        self.is_to_restart = False
        self._stop = asyncio.Event()
        self._store = store
        self._changing_settings = asyncio.Lock()
        self._registry = registry
        self._database = database
        self._transcripts = TranscriptStore(database)
        self._deliveries = Deliveries(
            Spool(options.folder / "spool"),
            self._transcripts,
            lambda account: vendor_and_account(self.settings, registry, account),
            self.board,
        )
        self._panel = self._open_panel(translate)
        self._whereabouts = Whereabouts(self._moved)
        self._metrics = Metrics(self.board, self._minutes)
        self._manager = Manager(registry, store.load, self._change_settings)
        self._upkeep = Upkeep(self._manager, lambda sentence: self.board.warn("rooms", sentence))
        self._setup = SetupApi(self.access, self._whereabouts.addresses, self._whereabouts.fingerprint)
        self._server = Server(self.access, site(self._house()), self._whereabouts.names)

    def _house(self) -> House:
        return House(
            board=self.board,
            controller=self.controller,
            access=self.access,
            setup=self._setup,
            panel=self._panel,
            simulated=self.options.simulate,
            metrics=self._metrics,
            meter=self._meter,
            caps=lambda: caps(self.settings, self._registry),
            transcripts=self._transcripts,
            deliveries=self._deliveries,
            registry=self._registry,
            manager=self._manager,
            elsewhere=self._elsewhere,
            folder=self.options.folder,
            settings=lambda: self.settings,
            load=self._store.load,
            save=self._change_settings,
            problem=lambda: self._store.problem,
            restart=self._restart,
            recognise=recognised,
        )

    async def run(self, announce: Callable[["Box"], Awaitable[None]]) -> None:
        """Serve until SIGTERM or SIGINT.

        Args:
            announce: called once the box is ready.

        Raises:
            CannotListen: the address or port cannot be used.
            BadCertificate: there is none for https that works.
        """
        await self._transcripts.open()
        await self._meter.open()
        await self.access.open()
        if self.settings.transcripts.keep == "session":
            await self._transcripts.delete_all()
        await self._forget()
        options = self.options
        await self._whereabouts.open(
            self._server, options.folder, self.settings.web, host=options.host, port=options.port
        )
        try:
            self._warn()
            self._moved()
            self.access.on_claim = self._claimed
            self._claimed()
            screen = screen_link(self._whereabouts.from_here, self.access)
            with kiosk_link(Path(os.environ.get("RUNTIME_DIRECTORY") or options.folder), screen):
                await self._serve(announce)
        finally:
            await self._server.stop()

    async def _serve(self, announce: Callable[["Box"], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        changed = asyncio.Event()
        loop.add_signal_handler(signal.SIGHUP, changed.set)
        manager = service_manager()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.controller.run()),
                group.create_task(self._optional("loudspeaker", self._loudspeaker.run())),
                group.create_task(self._optional("panel", self._run_panel())),
                group.create_task(self._optional("panel", self._watch_panel())),
                group.create_task(self._take_up_settings(changed)),
                group.create_task(self._forget_hourly()),
                group.create_task(self._optional("delivery of transcripts", self._deliveries.run())),
                group.create_task(self._account_for_minutes()),
                group.create_task(self._metrics.run()),
                group.create_task(self._optional("name on the network", self._announce())),
                group.create_task(self._optional("upkeep of rooms at vendors", self._upkeep.run())),
                group.create_task(manager.watch_over()),
            ]
            if self.settings.box.start == "boot":
                self.controller.start()
            manager.tell("READY=1\nSTATUS=Ready")
            gc.freeze()  # what the box is made of stays: to look through it again and again takes time
            _log.info("Ready at %s", self.board.status.address)
            await announce(self)
            await self._stop.wait()
            manager.tell("STOPPING=1\nSTATUS=Stopping")
            _log.info("Stopping")
            for task in tasks:
                task.cancel()
        await self._meter.write()

    def _restart(self) -> None:
        """End, and leave it to whoever looks after this process to start anew."""
        self.is_to_restart = True
        self._stop.set()

    async def _optional(self, name: str, part: Coroutine[Any, Any, None]) -> None:
        """Run a part that captions can do without: its failure is a warning, not the end."""
        try:
            await part
        except Exception:  # noqa: BLE001 - captions go on without it
            _log.exception("The %s failed", name)
            self.board.warn(name, f"The {name} has failed; captions go on. Restart the box to get it back.")

    async def _announce(self) -> None:
        await self._whereabouts.announce(lambda: self.settings.box.name)

    def _moved(self) -> None:
        """Tell where the box is found now."""
        self.board.update(address=self._whereabouts.address)

    def _claimed(self) -> None:
        """Tell whether the box has an administrator."""
        self.board.update(claimed=self.access.is_claimed)

    async def _run_panel(self) -> None:
        await self._panel.run(self.board, self.controller.command, self._sign_text, self._reset_access)

    async def _watch_panel(self) -> None:
        async for view in self._panel.changes():
            self.board.warn("panel", view.warning)

    def _open_panel(self, translate: Translate) -> FrontPanel:
        panel = self.settings.panel
        if self.options.simulate:
            panel = panel.model_copy(update={"driver": "simulated"})
        return open_panel(panel, translate=translate)

    async def _reset_access(self) -> None:
        """Let nobody in who was let in before; only hands on both buttons can ask for it."""
        try:
            await self.access.reset()
            sentence = _RESET
        except DatabaseFailure as error:
            sentence = _NOT_RESET.format(error)
        _log.warning("%s", sentence)
        self.board.warn("access", sentence)
        asyncio.get_running_loop().call_later(_MINUTE, self.board.warn, "access", None)

    def _elsewhere(self) -> str | None:
        return reading_link(self.settings, self._registry)

    def _sign_text(self, sign: Sign) -> str:
        """What a sign says; that of the set-up in lines: addresses, an empty one, the code, the fingerprint."""
        if sign is Sign.JOIN:
            return self._elsewhere() or join_link(self.board.status.address, self.access)
        setup = self._setup.view()
        return "\n".join([*setup["addresses"], "", setup["code"] or "", *setup["fingerprint"]])

    def _record(self, room: RoomInUse) -> Record:
        keep = self.settings.transcripts.keep
        if keep == "off":
            self._deliveries.meet(None, room)
            return NoRecord()
        record = TranscriptRecord(self._transcripts, room, alone=keep == "session")
        self._deliveries.meet(record, room)
        return record

    async def _next_room(self) -> None:
        rooms = list(self.settings.rooms)
        room = rooms[(rooms.index(self.settings.box.room) + 1) % len(rooms)]
        try:
            async with self._changing_settings:
                self.settings = await asyncio.to_thread(self._store.save, {"box": {"room": room}})
        except (SettingsError, OSError) as error:
            _log.warning("The room is changed only until the next start: %s", error)
            chosen = self.settings.box.model_copy(update={"room": room})
            self.settings = self.settings.model_copy(update={"box": chosen})
        self.board.update(room=room_in_use(self.settings))

    async def _take_up_settings(self, changed: asyncio.Event) -> None:
        """Read the settings anew whenever the signal comes, such as by ``systemctl reload``."""
        while True:
            await changed.wait()
            changed.clear()
            async with self._changing_settings:
                before, self.settings = self.settings, await asyncio.to_thread(self._store.load)
            await self._take_up(before)
            _log.info("The settings were read anew.")

    async def _change_settings(self, change: Change) -> Settings:
        """Save a change and take it up.

        Raises:
            SettingsError: nothing was changed.
        """
        async with self._changing_settings:
            before, settings = self.settings, await asyncio.to_thread(self._store.save, change)
            self.settings = settings
        await self._take_up(before)
        self._upkeep.begin()
        _log.info("The settings were changed.")
        return settings

    async def _take_up(self, before: Settings) -> None:
        """Let all that can change while the box runs be as the settings are now."""
        settings = self.settings
        self.access.open_to(settings.web.viewers)
        self.board.warn("settings", self._store.problem)
        self.board.update(name=settings.box.name)
        if self.board.status.state in (State.IDLE, State.FAULT):
            self.board.update(room=room_in_use(settings))
        self._deliveries.try_again()
        if all_that_is_heard(settings) != all_that_is_heard(before):  # a vendor may have to be left for it
            await self.controller.refresh()

    async def _forget(self) -> None:
        """Delete the transcripts that are too old."""
        try:
            if age := self.settings.transcripts.age:
                await self._transcripts.forget(age)
        except DatabaseFailure as error:
            _log.warning("Old transcripts could not be deleted: %s", error)

    async def _forget_hourly(self) -> None:
        while True:
            await asyncio.sleep(_HOUR)
            await self._forget()

    def _minutes(self) -> dict[str, float]:
        return {account: self._meter.minutes(account) for account in self.settings.accounts}

    async def _account_for_minutes(self) -> None:
        while True:
            account = self.settings.room.account
            self._moved()
            self.board.update(minutes=round(self._meter.minutes(account), 1))
            self.board.warn("spend", self._budget.warning(account))
            await asyncio.sleep(_MINUTE)
            await self._meter.write()

    def _warn(self) -> None:
        self.board.warn("settings", self._store.problem)
        for name, sentence in self._registry.broken.items():
            self.board.warn(name, sentence)
        self.board.warn("database", self._database.problem)
        self.board.warn("https", self._whereabouts.warning())


async def run(options: Options, announce: Callable[[Box], Awaitable[None]]) -> bool:
    """Build a box and serve until a signal; whether it ended only to be started anew.

    Raises:
        DatabaseFailure: the state folder cannot be used.
        CannotListen: the address or port cannot be used.
    """
    registry = Registry.installed()
    store = SettingsStore(options.folder, check=registry.check)
    settings = await asyncio.to_thread(store.load)
    translate = await asyncio.to_thread(translation, settings.box.language)
    async with open_database(options.folder, mend=True) as database:
        box = Box(options, store, settings, registry, database, translate=translate)
        await box.run(announce)
        return box.is_to_restart
