import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.captioning.captioning import Routes
from appliance.captioning.controller import Controller, Plan
from appliance.captions import Caption, Gap
from appliance.database import DatabaseFailure
from appliance.state import Command, RoomInUse, Sign, State, Status
from appliance.vendors.contract import ConfigurationFault
from tests.rigs.scripted import Script, ScriptedVendor
from tests.rigs.speech import speak

ROOMS = [RoomInUse(id=name, title=name.title(), from_language="en-US") for name in ("hall", "library")]


class Paper:
    """A record that can be out of ink."""

    def __init__(self) -> None:
        self.kept: list[Caption | Gap] = []
        self.ended = 0
        self.full = False

    async def add(self, item: Caption | Gap) -> None:
        if self.full:
            raise DatabaseFailure("the disk is full; make room on it")
        self.kept.append(item)

    async def end(self, ended_at: float) -> None:
        assert ended_at
        self.ended += 1


class Rig:
    """A controller with a scripted vendor and a file for a microphone."""

    def __init__(self, wav: Path, *scripts: Script) -> None:
        self.board = Board()
        self.vendor = ScriptedVendor(list(scripts) or [Script()])
        self.paper = Paper()
        self.rooms = list(ROOMS)
        self.fault: str | None = None
        self.source = f"file:{wav}?loop"
        self.controller = Controller(
            board=self.board,
            plan=self._plan,
            record=lambda _room: self.paper,
            sent=lambda _account: None,
            next_room=self._next_room,
        )

    async def until(self, state: State) -> Status:
        async with asyncio.timeout(20), aclosing(self.board.watch()) as watch:
            async for events in watch:
                for event in events:
                    if isinstance(event.body, Status) and event.body.state is state:
                        return event.body
        raise AssertionError

    async def captioned(self) -> None:
        """Until there is a caption on the board."""
        await self.seen(lambda: any(isinstance(event.body, Caption) for event in self.board.now()))

    async def seen(self, condition: Callable[[], bool]) -> None:
        """Until a condition is true that changes together with the board."""
        async with asyncio.timeout(20), aclosing(self.board.watch()) as watch:
            async for _ in watch:
                if condition():
                    return

    def _plan(self) -> Plan:
        if self.fault:
            raise ConfigurationFault(self.fault)
        return Plan(room=self.rooms[0], routes=Routes(first=self.vendor.route()), source=self.source)

    async def _next_room(self) -> None:
        self.rooms.append(self.rooms.pop(0))
        self.board.update(room=self.rooms[0])


@asynccontextmanager
async def running(*scripts: Script) -> AsyncIterator[Rig]:
    rig = Rig(speak("Hello."), *scripts)
    task = asyncio.create_task(rig.controller.run())
    try:
        yield rig
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_one_button_starts_and_stops() -> None:
    async with running() as rig:
        await rig.controller.command(Command.TOGGLE)
        await rig.until(State.LIVE)
        await rig.captioned()
        await rig.controller.command(Command.TOGGLE)
        await rig.until(State.IDLE)
        assert rig.paper.ended == 1
        assert rig.paper.kept


async def test_a_start_right_after_a_stop_is_not_forgotten() -> None:
    async with running() as rig:
        await rig.controller.command(Command.START)
        await rig.until(State.LIVE)
        await rig.controller.command(Command.STOP)
        await rig.controller.command(Command.START)
        await rig.seen(lambda: len(rig.vendor.streams) == 2)
        await rig.until(State.LIVE)


async def test_a_stop_before_anything_was_opened_opens_nothing() -> None:
    async with running() as rig:
        await rig.controller.command(Command.START)
        await rig.controller.command(Command.STOP)
        await asyncio.sleep(0)
        await rig.until(State.IDLE)
        assert not rig.vendor.streams


async def test_the_next_room_is_captioned_without_another_press() -> None:
    async with running() as rig:
        await rig.controller.command(Command.START)
        await rig.until(State.LIVE)
        await rig.controller.command(Command.NEXT_ROOM)
        await rig.seen(lambda: rig.board.status.room.id == "library" and rig.board.status.state is State.LIVE)
        assert rig.paper.ended == 1


async def test_the_next_room_while_idle_only_changes_the_room() -> None:
    async with running() as rig:
        await rig.controller.command(Command.NEXT_ROOM)
        assert rig.board.status.room.id == "library"
        assert rig.board.status.state is State.IDLE


async def test_a_stop_while_muted_ends_the_meeting() -> None:
    async with running() as rig:
        await rig.controller.command(Command.START)
        await rig.until(State.LIVE)
        await rig.controller.command(Command.MUTE)
        await rig.until(State.MUTED)
        await rig.controller.command(Command.STOP)
        await rig.until(State.IDLE)
        assert rig.paper.ended == 1


async def test_a_mute_while_idle_does_nothing() -> None:
    async with running() as rig:
        await rig.controller.command(Command.MUTE)
        assert rig.board.status.state is State.IDLE


async def test_times_go_on_over_a_mute() -> None:
    async with running() as rig:
        await rig.controller.command(Command.START)
        await rig.captioned()
        await rig.controller.command(Command.MUTE)
        await rig.until(State.MUTED)
        await rig.controller.command(Command.UNMUTE)
        await rig.until(State.LIVE)
        await rig.controller.command(Command.STOP)
        await rig.until(State.IDLE)
        starts = [item.start for item in rig.paper.kept]
        assert starts == sorted(starts)
        assert any(isinstance(item, Gap) for item in rig.paper.kept)


async def test_a_mistake_in_the_settings_is_a_fault_with_its_sentence_and_can_be_tried_again() -> None:
    async with running() as rig:
        rig.fault = "The key is missing."
        await rig.controller.command(Command.START)
        assert (await rig.until(State.FAULT)).reason == "The key is missing."
        rig.fault = None
        await rig.controller.command(Command.START)
        await rig.until(State.LIVE)


async def test_a_file_that_is_not_there_is_a_fault_with_its_sentence() -> None:
    async with running() as rig:
        rig.source = "file:/no/such.wav"
        await rig.controller.command(Command.START)
        assert "/no/such.wav" in str((await rig.until(State.FAULT)).reason)


async def test_a_full_disk_is_told_and_captions_go_on_and_are_written_once_there_is_room() -> None:
    async with running() as rig:
        rig.paper.full = True
        await rig.controller.command(Command.START)
        await rig.captioned()
        assert "transcript" in str(rig.board.status.warning)
        rig.paper.full = False
        await rig.seen(lambda: not rig.board.status.warning)
        assert next(item for item in rig.paper.kept if isinstance(item, Caption)).text == "heard 1"


@pytest.mark.parametrize(
    ("command", "sign"), [(Command.SHOW_JOIN, Sign.JOIN), (Command.SHOW_SETUP, Sign.SETUP)]
)
async def test_a_sign_is_shown_for_a_while_and_the_same_press_hides_it(
    command: Command, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running() as rig:
        await rig.controller.command(command)
        assert rig.board.status.sign is sign
        await rig.controller.command(command)
        assert rig.board.status.sign is Sign.NONE
        monkeypatch.setattr("appliance.captioning.controller.SIGN_SECONDS", 0.0)
        await rig.controller.command(command)
        await rig.seen(lambda: rig.board.status.sign is Sign.NONE)
