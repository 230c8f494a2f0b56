import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from appliance.board import Board
from appliance.captioning import captioning, conversation, patience
from appliance.captioning.captioning import Routes
from appliance.captioning.controller import Controller, Plan
from appliance.sound import Frame
from appliance.state import Command, RoomInUse, State, Status
from appliance.transcripts.record import NoRecord
from appliance.vendors.contract import Order, Stream
from tests.rigs.scripted import NoFields, Script, ScriptedStream, ScriptedVendor
from tests.rigs.speech import speak


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captioning, "LAST_WORDS", 0.5)
    monkeypatch.setattr(conversation, "DRAIN", 0.2)
    for name in ("CLOSING", "ANSWERING", "CANCELLED"):
        monkeypatch.setattr(patience, name, 0.1)


async def never() -> bool:
    await asyncio.Event().wait()
    return True


class NeverCloses(ScriptedStream):
    async def close(self) -> None:
        await never()


class ClosesBadly(ScriptedStream):
    async def close(self) -> None:
        raise RuntimeError("A mistake of the plug-in")


class NeverFinishes(ScriptedStream):
    async def finish(self) -> None:
        await never()


class NeverTakes(ScriptedStream):
    async def send(self, frame: Frame) -> None:
        await super().send(frame)
        await never()


class NeverPauses(ScriptedStream):
    async def pause(self) -> bool:
        return await never()


class NeverChanges(ScriptedStream):
    async def change(self, order: Order[Any]) -> bool:
        del order
        return await never()


class CannotBeCancelled(ScriptedStream):
    over = False

    async def send(self, frame: Frame) -> None:
        await super().send(frame)
        while not self.over:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue


@dataclass
class PlugIn(ScriptedVendor):
    """Its first stream does not do what it should."""

    kind: type[ScriptedStream] = ScriptedStream

    async def open(self, account: NoFields, order: Order[NoFields]) -> Stream:
        first = not self.streams
        stream = await super().open(account, order)
        if first:
            stream = self.streams[0] = self.kind(Script())
        return stream


class Meeting:
    def __init__(self, vendor: ScriptedVendor, sentence: str = "Good morning.") -> None:
        self.vendor = vendor
        self.board = Board()
        self.language = "en-US"
        self.source = f"file:{speak(sentence)}?loop"
        self.controller = Controller(
            board=self.board,
            plan=self._plan,
            record=lambda _: NoRecord(),
            sent=lambda _: None,
            next_room=self._no_other_room,
        )

    async def until(self, state: State) -> None:
        async with asyncio.timeout(20), aclosing(self.board.watch()) as watch:
            async for events in watch:
                if any(isinstance(e.body, Status) and e.body.state is state for e in events):
                    return

    async def until_streams(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.vendor.streams) < count:  # noqa: ASYNC110 - a plug-in tells nobody
                await asyncio.sleep(0.01)

    def _plan(self) -> Plan:
        room = RoomInUse(id="hall", title="Hall", from_language=self.language)
        return Plan(room=room, routes=Routes(first=self.vendor.route(self.language)), source=self.source)

    async def _no_other_room(self) -> None:
        pass


@asynccontextmanager
async def begun(vendor: ScriptedVendor) -> AsyncIterator[Meeting]:
    meeting = Meeting(vendor)
    running = asyncio.create_task(meeting.controller.run())
    try:
        await meeting.controller.command(Command.START)
        yield meeting
    finally:
        CannotBeCancelled.over = True
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    "kind", [NeverCloses, ClosesBadly, NeverFinishes, NeverTakes, NeverPauses, CannotBeCancelled]
)
async def test_the_button_stops_the_box_whatever_a_plug_in_does(
    kind: type[ScriptedStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CannotBeCancelled, "over", False)
    async with begun(PlugIn([Script()], kind=kind)) as meeting:
        await meeting.until(State.LIVE)
        await meeting.controller.command(Command.TOGGLE)
        await meeting.until(State.IDLE)


async def test_the_button_stops_the_box_while_a_plug_in_opens_for_ever() -> None:
    async with begun(PlugIn([Script(hangs=True)])) as meeting:
        await meeting.until(State.CONNECTING)
        await meeting.controller.command(Command.TOGGLE)
        await meeting.until(State.IDLE)


async def test_after_a_plug_in_that_hung_the_next_meeting_is_captioned() -> None:
    async with begun(PlugIn([Script()], kind=NeverCloses)) as meeting:
        await meeting.until(State.LIVE)
        await meeting.controller.command(Command.TOGGLE)
        await meeting.until(State.IDLE)
        await meeting.controller.command(Command.TOGGLE)
        await meeting.until_streams(2)
        await meeting.until(State.LIVE)


async def test_a_plug_in_that_does_not_answer_about_a_change_gets_a_new_stream() -> None:
    async with begun(PlugIn([Script()], kind=NeverChanges)) as meeting:
        await meeting.until(State.LIVE)
        meeting.language = "nl"
        await meeting.controller.refresh()
        await meeting.until_streams(2)


async def test_a_plug_in_that_does_not_answer_about_a_pause_counts_as_one_that_cannot() -> None:
    assert not await patience.answered(NeverPauses(Script()).pause())
    assert await patience.answered(ScriptedStream(Script(pauses=True)).pause())
