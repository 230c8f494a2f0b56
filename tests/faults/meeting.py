"""One meeting that is captioned through a proxy while something goes wrong, and what became of its words."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

from appliance.audio import Listener
from appliance.board import Board
from appliance.captioning.captioning import Routes
from appliance.captioning.controller import Controller, Plan
from appliance.captioning.keeping import Record
from appliance.captions import Caption, Gap
from appliance.settings import load
from appliance.state import Command, RoomInUse, State, Status
from appliance.transcripts.record import NoRecord
from appliance.vendors.contract import Route
from appliance.vendors.registry import Registry
from tests.faults.programme import Played, Programme
from tests.faults.proxy import Proxy
from tests.faults.words import Count, count, plain
from tests.rigs.box import RunningBox, simple_settings
from tests.rigs.cases import CASES, Case, url_of
from tests.rigs.speech import SAID


@dataclass(frozen=True, slots=True)
class Said:
    """What the box said of itself, in seconds since the meeting began."""

    at: float
    state: State
    sentence: str


@dataclass(slots=True)
class Stage:
    """A meeting under way, for the fault to be played in.

    Attributes:
        proxy: between the box and the vendor.
        emulator: the vendor's; None where it runs in a process of its own.
        pid: of that process.
        programme: what is said in it.
        listen: how the box hears that.
        record: begins what the box writes down.
        prop: what the scenario has `around` the meeting.
        shown: all that the box shows.
        press: what a button asks of the box.
        notes: what else there is to tell.
        box: the whole one, in a process of its own.
    """

    proxy: Proxy
    emulator: Any
    pid: int | None
    programme: Programme
    listen: Callable[[str], Listener]
    board: Board = field(default_factory=Board)
    record: Callable[[RoomInUse], Record] = lambda _: NoRecord()
    prop: Any = None
    shown: "Shown" = field(default_factory=lambda: Shown())  # noqa: PLW0108 - it stands below
    press: Callable[[Command], Coroutine[Any, Any, None]] | None = None
    notes: list[str] = field(default_factory=list)
    box: Any = None
    began: float = field(default_factory=time.monotonic)
    cause: tuple[float, float] | None = None

    @property
    def now(self) -> float:
        """Seconds since the meeting began."""
        return time.monotonic() - self.began

    async def at(self, seconds: float) -> None:
        """Wait for a moment of the meeting."""
        await asyncio.sleep(seconds - self.now)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """The cause holds meanwhile."""
        begin = self.now
        self.cause = (begin, float("inf"))
        yield
        self.cause = (begin, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What goes wrong in a meeting.

    Attributes:
        title: for the table.
        play: does it, while the meeting goes on; ends no later than the meeting.
        seconds: how long the meeting is, about.
        room: more lines of the room, by case.
        knobs: attributes of the emulator, by case.
        only: the cases that it is for; empty for all.
        apart: whether the emulator runs in a process of its own.
        fallback: the case of the account to use while the first cannot be; empty for none.
        idle_after: seconds of silence after which a vendor that bills by time rests.
        host: how the box names the vendor's host.
        silence: seconds of it in the middle of the meeting.
        around: what there is besides the box and the vendor, for as long as the meeting lasts; becomes the
            `prop` of the stage.
        boxed: whether it is a whole box in a process of its own that captions.
        after: looks at the box when the meeting is over.
    """

    title: str
    play: Callable[[Stage], Coroutine[Any, Any, None]]
    seconds: float = 30.0
    room: dict[str, str] = field(default_factory=dict)
    knobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    apart: bool = False
    fallback: str = ""
    idle_after: float = 0.0
    host: str = "127.0.0.1"
    silence: float = 0.0
    around: Callable[[Stage], AbstractAsyncContextManager[Any]] = lambda _: nullcontext()
    boxed: bool = False
    after: Callable[[Stage], Coroutine[Any, Any, None]] | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a meeting.

    Attributes:
        words: counted.
        gaps: that were shown.
        fault: when the cause held, in seconds since the meeting began; None where nothing was the matter.
        gave_up: when the box wanted a person, in seconds since the meeting began; None where it did not.
            What is spoken from then on counts as in a gap: nobody is told that it is captioned.
        resumed: seconds from the end of the cause to the next words; None where nothing was the matter, or
            where none came.
        said: what the box said of itself from the beginning of the cause on.
        finals: every final: when it came, and the caption.
        notes: what else there is to tell.
    """

    words: Count
    gaps: list[Gap]
    fault: tuple[float, float] | None
    gave_up: float | None
    resumed: float | None
    said: list[Said]
    finals: list[tuple[float, Caption]]
    notes: list[str]

    @property
    def missing(self) -> float:
        """Seconds of marked gaps."""
        return sum(gap.end - gap.start for gap in self.gaps)


async def hold(case_name: str, scenario: Scenario) -> Outcome:
    """Hold one meeting of a case with a scenario."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        programme = await asyncio.to_thread(Programme, folder, scenario.seconds, scenario.silence)
        url, emulator, pid = await stack.enter_async_context(_vendor(case_name, scenario))
        port = urlsplit(url).port
        assert port
        proxy = await stack.enter_async_context(Proxy(port))
        stage = Stage(
            proxy, emulator, pid, programme, lambda _: Listener(Played(programme.path, programme.quick))
        )
        more = scenario.room.get(case_name, "")
        routes = [await _route(case_name, _moved(url, scenario.host, proxy.port), more)]
        if scenario.fallback:
            other = await stack.enter_async_context(CASES[scenario.fallback].emulator(SAID))
            routes.append(replace(await _route(scenario.fallback, url_of(other)), account="other"))
        stage.prop = await stack.enter_async_context(scenario.around(stage))
        if scenario.boxed:
            await _caption_in_box(CASES[case_name], _moved(url, scenario.host, proxy.port), stage, scenario)
        else:
            await _caption(routes, stage, scenario)
    return stage.shown.outcome(stage)


async def _route(case_name: str, url: str, more: str = "") -> Route:
    with TemporaryDirectory() as folder:
        CASES[case_name].write_settings(Path(folder), url, more)
        return Registry.installed().route(await asyncio.to_thread(load, Path(folder)), "hall")


def _plan(routes: Sequence[Route], scenario: Scenario) -> Plan:
    """The one place that knows what the box wants of a meeting."""
    first, *others = routes
    room = RoomInUse(id="hall", title="Hall", from_language=first.order.from_language)
    ways = Routes(first=first, fallback=next(iter(others), None), idle_after=scenario.idle_after)
    return Plan(room=room, routes=ways, source="the programme")


async def _caption(routes: Sequence[Route], stage: Stage, scenario: Scenario) -> None:
    controller = _Overheard(
        stage,
        board=stage.board,
        plan=lambda: _plan(routes, scenario),
        record=stage.record,
        sent=lambda _account: None,
        next_room=_no_other_room,
    )
    stage.press = controller.command
    with patch("appliance.captioning.controller.listen", lambda source, **_: stage.listen(source)):
        running = asyncio.create_task(controller.run())
        reading = asyncio.create_task(stage.shown.read(stage))
        try:
            await play(stage, scenario, reading)
        finally:
            for task in (running, reading):
                task.cancel()
            await asyncio.gather(running, reading, return_exceptions=True)


async def play(stage: Stage, scenario: Scenario, reading: asyncio.Task[None]) -> None:
    """Begin the meeting, let go wrong what shall, and wait until it is over.

    Args:
        stage: where.
        scenario: what.
        reading: ends with the meeting.
    """
    assert stage.press
    stage.began = time.monotonic()
    await stage.press(Command.START)
    playing = asyncio.create_task(scenario.play(stage))
    try:
        await asyncio.gather(reading, playing)
        if scenario.after:
            await scenario.after(stage)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def _caption_in_box(case: Case, url: str, stage: Stage, scenario: Scenario) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        case.write_settings(folder, url)
        settings = (folder / "settings.toml").read_text("utf-8")
        source = simple_settings(f"file:{stage.programme.path}")
        async with RunningBox.started(folder, settings + source) as box:
            stage.box, stage.press = box, box.command
            reading = asyncio.create_task(_read(box, stage))
            try:
                await play(stage, scenario, reading)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


async def _read(box: RunningBox, stage: Stage) -> None:
    """Follow what a box tells those who read it, until it is idle again."""
    begun = False
    async with aclosing(box.events()) as events:
        async for event in events:
            match event.kind:
                case "caption" | "gap":
                    item = (Caption if event.kind == "caption" else Gap)(**event.data)
                    stage.shown.take(item, stage.now)
                    stage.shown.see(item, stage.now)
                case "state":
                    state = State(event.data["state"])
                    stage.shown.note(state, event.data["reason"], event.data["warning"], stage.now)
                    begun = begun or state is not State.IDLE
                    if begun and state in (State.IDLE, State.FAULT):
                        return


class _Overheard(Controller):
    """Tells when a caption is there to be shown."""

    def __init__(self, stage: Stage, **how: Any) -> None:
        super().__init__(**how)
        self._stage = stage

    async def _publish(self, item: Caption | Gap, record: Record) -> None:
        self._stage.shown.take(item, self._stage.now)
        await super()._publish(item, record)


class Shown:
    """Everything that the box shows.

    Attributes:
        late: when each final and gap was on the board, and how many seconds after it was there to be shown.
    """

    def __init__(self) -> None:
        self.finals: list[tuple[float, Caption]] = []
        self.gaps: list[Gap] = []
        self.late: list[tuple[float, float]] = []
        self._due: dict[tuple[float, str], float] = {}
        self._said: list[Said] = []
        self._words: list[float] = []

    def take(self, item: Caption | Gap, now: float) -> None:
        """A caption or a gap is about to be shown."""
        if isinstance(item, Gap):
            self.gaps.append(item)
        elif item.final and item.text and not item.translated_from:
            self.finals.append((now, item))
        if isinstance(item, Gap) or item.final:
            self._due[_key(item)] = now

    async def read(self, stage: Stage) -> None:
        """Follow the board until the box is idle again."""
        begun = False
        async with aclosing(stage.board.watch()) as watch:
            async for events in watch:
                for event in events:
                    self.see(event.body, stage.now)
                    if isinstance(event.body, Status):
                        state = event.body.state
                        begun = begun or state is not State.IDLE
                        if begun and state in (State.IDLE, State.FAULT):
                            return

    def see(self, body: Caption | Gap | Status, now: float) -> None:
        """Something is shown."""
        match body:
            case Caption() | Gap():
                if isinstance(body, Caption) and body.text:
                    self._words.append(now)
                if due := self._due.pop(_key(body), None):
                    self.late.append((now, now - due))
            case Status():
                self.note(body.state, body.reason, body.warning, now)

    def note(self, state: State, reason: str | None, warning: str | None, now: float) -> None:
        """How the box says that it is."""
        sentence = " ".join(filter(None, (reason, warning)))
        last = self._said[-1] if self._said else None
        if last is None or (last.state, last.sentence) != (state, sentence):
            self._said.append(Said(now, state, sentence))

    def outcome(self, stage: Stage) -> Outcome:
        """What became of the meeting."""
        finals = sorted(self.finals, key=lambda final: (final[1].start, final[1].segment))
        captioned = [word for _, caption in finals for word in plain(caption.text)]
        begin, end = stage.cause or (0.0, 0.0)
        resumed = next((at - end for at in self._words if at >= end), None) if stage.cause else None
        said = [said for said in self._said if said.at >= begin]
        gave_up = next((said.at for said in self._said if said.state is State.FAULT), None)
        after = [] if gave_up is None else [Gap(start=gave_up, end=float("inf"), reason="The box gave up.")]
        words = count(stage.programme.words, captioned, [*self.gaps, *after])
        return Outcome(words, self.gaps, stage.cause, gave_up, resumed, said, finals, stage.notes)


def _key(item: Caption | Gap) -> tuple[float, str]:
    return (item.segment, item.language) if isinstance(item, Caption) else (item.start, "gap")


@asynccontextmanager
async def _vendor(name: str, scenario: Scenario) -> AsyncIterator[tuple[str, Any, int | None]]:
    """The vendor's emulator: where it is, itself, and the process that it runs in if that is its own."""
    if scenario.apart:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.apart", name), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        try:
            yield (await process.stdout.readline()).decode().strip(), None, process.pid
        finally:
            process.kill()
            await process.wait()
        return
    async with CASES[name].emulator(SAID) as emulator:
        for knob, value in scenario.knobs.get(name, {}).items():
            setattr(emulator, knob, value)
        yield url_of(emulator), emulator, None


def _moved(url: str, host: str, port: int) -> str:
    """The address of the proxy in place of the vendor's."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, f"{host}:{port}", parts.path, "", ""))


async def _no_other_room() -> None:
    """There is one."""
