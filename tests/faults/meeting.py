"""One meeting that is captioned through a proxy while something goes wrong, and what became of its words."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
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
from appliance.captions import Caption, Gap
from appliance.settings import load
from appliance.state import RoomInUse, State, Status
from appliance.vendors.contract import Route
from appliance.vendors.registry import Registry
from tests.faults.programme import Played, Programme
from tests.faults.proxy import Proxy
from tests.faults.words import Count, count, plain
from tests.rigs.cases import CASES, url_of
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
    """

    proxy: Proxy
    emulator: Any
    pid: int | None
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
    """

    words: Count
    gaps: list[Gap]
    fault: tuple[float, float] | None
    gave_up: float | None
    resumed: float | None
    said: list[Said]
    finals: list[tuple[float, Caption]]

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
        stage = Stage(proxy, emulator, pid)
        more = scenario.room.get(case_name, "")
        routes = [await _route(case_name, _moved(url, scenario.host, proxy.port), more)]
        if scenario.fallback:
            other = await stack.enter_async_context(CASES[scenario.fallback].emulator(SAID))
            routes.append(replace(await _route(scenario.fallback, url_of(other)), account="other"))
        reader = await _caption(routes, programme, stage, scenario)
    return reader.outcome(programme, stage)


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


async def _caption(
    routes: Sequence[Route], programme: Programme, stage: Stage, scenario: Scenario
) -> "_Reader":
    board = Board()
    reader = _Reader(stage)
    controller = Controller(
        board=board,
        plan=lambda: _plan(routes, scenario),
        record=lambda _room: reader,
        sent=lambda _account: None,
        next_room=_no_other_room,
    )

    def listen(_source: str) -> Listener:
        return Listener(Played(programme.path, programme.quick))

    with patch("appliance.captioning.controller.listen", listen):
        tasks = [asyncio.create_task(controller.run()), asyncio.create_task(reader.read(board))]
        stage.began = time.monotonic()
        controller.start()
        playing = asyncio.create_task(scenario.play(stage))
        try:
            await reader.over.wait()
            await playing
        finally:
            for task in (*tasks, playing):
                task.cancel()
            await asyncio.gather(*tasks, playing, return_exceptions=True)
    return reader


class _Reader:
    """Sees everything that the box shows."""

    def __init__(self, stage: Stage) -> None:
        self.over = asyncio.Event()
        self._stage = stage
        self._said: list[Said] = []
        self._words: list[float] = []
        self._finals: list[tuple[float, Caption]] = []
        self._gaps: list[Gap] = []

    async def add(self, item: Caption | Gap) -> None:
        """Keep a final or a gap, as a transcript does."""
        if isinstance(item, Gap):
            self._gaps.append(item)
        elif not item.translated_from:
            self._finals.append((self._stage.now, item))

    async def end(self) -> None:
        """The meeting is over."""

    async def read(self, board: Board) -> None:
        """Follow a board until the box is idle again."""
        begun = False
        async with aclosing(board.watch()) as watch:
            async for events in watch:
                for event in events:
                    match event.body:
                        case Caption(text=text) if text:
                            self._words.append(self._stage.now)
                        case Status() as status:
                            self._note(status)
                            begun = begun or status.state is not State.IDLE
                            if begun and status.state in (State.IDLE, State.FAULT):
                                self.over.set()

    def outcome(self, programme: Programme, stage: Stage) -> Outcome:
        """What became of the meeting."""
        finals = sorted(self._finals, key=lambda final: (final[1].start, final[1].segment))
        captioned = [word for _, caption in finals for word in plain(caption.text)]
        begin, end = stage.cause or (0.0, 0.0)
        resumed = next((at - end for at in self._words if at >= end), None) if stage.cause else None
        said = [said for said in self._said if said.at >= begin]
        gave_up = next((said.at for said in self._said if said.state is State.FAULT), None)
        after = [] if gave_up is None else [Gap(start=gave_up, end=float("inf"), reason="The box gave up.")]
        words = count(programme.words, captioned, [*self._gaps, *after])
        return Outcome(words, self._gaps, stage.cause, gave_up, resumed, said, finals)

    def _note(self, status: Status) -> None:
        sentence = " ".join(filter(None, (status.reason, status.warning)))
        last = self._said[-1] if self._said else None
        if last is None or (last.state, last.sentence) != (status.state, sentence):
            self._said.append(Said(self._stage.now, status.state, sentence))


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
