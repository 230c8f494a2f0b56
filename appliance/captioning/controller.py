"""The controller: turns commands into what the box does, one meeting after another."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from appliance.audio import SoundError, listen
from appliance.board import Board
from appliance.captioning.calm import Erasure
from appliance.captioning.captioning import Captioning, Routes
from appliance.captioning.keeping import Keeper, Record
from appliance.captioning.spend import CapReached
from appliance.captions import Caption, Gap
from appliance.state import Command, Fault, RoomInUse, Sign, State
from appliance.vendors.contract import ConfigurationFault

SIGN_SECONDS: Final = 30.0
"""How long a QR or set-up code stays over the captions."""

_MISTAKE: Final = "The box made a mistake; press the button to start again."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the next meeting needs, as the settings are now.

    Attributes:
        room: the room in use.
        routes: its ways to the vendors.
        source: where the sound comes from, as `listen` takes it.
        gain: of the microphone's card, in percent; None leaves it as it is.
    """

    room: RoomInUse
    routes: Routes
    source: str
    gain: int | None = None


class Controller:
    """Starts, stops, mutes and changes rooms as it is told.

    Args:
        board: shows how it goes.
        plan: says what the next meeting needs; raises `ConfigurationFault` where a person must act first.
        record: begins the record of a meeting.
        sent: is told the account for every frame that was sent through it; may raise `ConfigurationFault`.
        refusal: says why an account must not be used any more, such as for its cap; None where it may.
        next_room: makes the next room the one in use.
        speaking: whether the room hears the box's own voice.
    """

    def __init__(
        self,
        *,
        board: Board,
        plan: Callable[[], Plan],
        record: Callable[[RoomInUse], Record],
        sent: Callable[[str], None],
        refusal: Callable[[str], str | None] = lambda _account: None,
        next_room: Callable[[], Awaitable[None]],
        speaking: Callable[[], bool] | None = None,
    ) -> None:
        self.erasure = Erasure()
        self._board = board
        self._plan = plan
        self._record = record
        self._sent = sent
        self._refusal = refusal
        self._next_room = next_room
        self._speaking = speaking
        self._numbers = itertools.count(1)
        self._keeper = Keeper(board)
        self._on = False
        self._muted = False
        self._changing_room = False
        self._starts = 0
        self._changed = asyncio.Event()
        self._captioning: Captioning | None = None
        self._plan_in_use: Plan | None = None
        self._hide_sign: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Hold meetings, one after another, until cancelled."""
        async with self._keeper:
            while True:
                await self._until(lambda: self._on)
                await self._meet_safely()

    async def command(self, command: Command) -> None:
        """Do what a button, a page or a program asks; what makes no sense now does nothing."""
        _log.info("Command: %s", command)
        match command:
            case Command.START:
                self.start()
            case Command.TOGGLE if not self._on:
                self.start()
            case Command.STOP | Command.TOGGLE:
                await self._stop()
            case Command.MUTE | Command.UNMUTE:
                await self._mute(muted=command is Command.MUTE)
            case Command.NEXT_ROOM:
                await self._leave_room()
            case Command.SHOW_JOIN | Command.SHOW_SETUP:
                self._show(Sign.JOIN if command is Command.SHOW_JOIN else Sign.SETUP)

    def start(self) -> None:
        """Begin to caption, or hear again after a mute."""
        self._starts += not self._on
        self._on, self._muted = True, False
        self._changed.set()
        if self._captioning:
            self._captioning.unmute()

    async def refresh(self) -> None:
        """Take up what has changed in the settings; in a meeting, if the room and the source are the same."""
        if self._captioning and self._plan_in_use:
            try:
                plan = self._plan()
            except ConfigurationFault as fault:
                _log.warning("The changed settings cannot be used in this meeting: %s", fault)
                return
            before = self._plan_in_use
            if (plan.room.id, plan.source) == (before.room.id, before.source):
                self._board.update(room=plan.room)
                await self._captioning.change(plan.routes)

    async def _stop(self) -> None:
        self._on, self._muted = False, False
        self._changed.set()
        if self._captioning:
            await self._captioning.stop()
        elif self._board.status.state is State.FAULT:
            self._board.update(state=State.IDLE, reason=None, fault=None)

    async def _mute(self, *, muted: bool) -> None:
        if self._on:
            self._muted = muted
            if muted and self._captioning:
                await self._captioning.mute()
            elif self._captioning:
                self._captioning.unmute()

    async def _leave_room(self) -> None:
        if not self._on:
            await self._next_room()
            return
        self._changing_room = True
        if self._captioning:
            await self._captioning.stop()

    def _show(self, sign: Sign) -> None:
        """Show a sign for a while; the same again hides it."""
        if self._hide_sign:
            self._hide_sign.cancel()
            self._hide_sign = None
        if self._board.status.sign is sign:
            self._board.update(sign=Sign.NONE)
            return
        self._board.update(sign=sign)
        loop = asyncio.get_running_loop()
        self._hide_sign = loop.call_later(SIGN_SECONDS, lambda: self._board.update(sign=Sign.NONE))

    async def _meet_safely(self) -> None:
        """Hold one meeting; whatever goes wrong in it becomes a fault that people can read."""
        starts = self._starts
        try:
            await self._meet()
        except CapReached as fault:
            self._fail(str(fault), Fault.CAP)
        except ConfigurationFault as fault:
            self._fail(str(fault), Fault.SETTINGS)
        except SoundError as fault:
            self._fail(str(fault), Fault.SOUND)
        except Exception:  # noqa: BLE001 - a mistake of ours must not take the box down
            _log.exception("Captioning failed")
            self._fail(_MISTAKE, Fault.MISTAKE)
        else:
            self._board.update(state=State.IDLE, reason=None)
            if self._changing_room:
                await self._next_room()
            elif starts == self._starts:
                self._on = False
        self._changing_room = False

    def _fail(self, reason: str, kind: Fault) -> None:
        _log.error("%s", reason)
        self._on = False
        self._board.update(state=State.FAULT, reason=reason, fault=kind)

    async def _meet(self) -> None:
        """One meeting, under one record."""
        plan = self._plan_in_use = self._plan()
        self._board.wipe()
        self._board.update(room=plan.room, fault=None)
        record = self._record(plan.room)
        try:
            if self._on:
                await self._caption(plan, record)
        finally:
            await self._keeper.end(record)
            _log.info("Normalised erasure so far: %.3f", self.erasure.normalised)

    async def _caption(self, plan: Plan, record: Record) -> None:
        self._captioning = Captioning(
            routes=plan.routes,
            listen=lambda: listen(plan.source, gain=plan.gain, speaking=self._speaking),
            publish=lambda item: self._publish(item, record),
            board=self._board,
            numbers=self._numbers,
            erasure=self.erasure,
            sent=self._sent,
            refusal=self._refusal,
        )
        try:
            if self._muted:
                await self._captioning.mute()
            await self._captioning.run()
        finally:
            self._captioning = None

    async def _publish(self, item: Caption | Gap, record: Record) -> None:
        """Write it down, then show it: what anyone has read is in the transcript."""
        if isinstance(item, Gap) or (item.final and item.text):
            await self._keeper.add(record, item)
        self._board.post(item)

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()
