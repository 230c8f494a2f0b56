"""What the doctor says of a box that runs: it is asked how it is, and nothing is opened a second time."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.audio import SoundError, microphones
from appliance.board import Board
from appliance.doctor import Finding, accounts_in_use, ask, clock, disk, network
from appliance.i18n import N_
from appliance.settings import Settings
from appliance.sound import SILENCE_DBFS
from appliance.state import LISTENING, State
from appliance.vendors.registry import Registry

FRESH: Final = 60.0
"""Seconds for which a report is shown again instead of another look."""

_TOLD: Final = frozenset({"settings", "microphone", "sound", "panel"})
"""Topics of warnings that have a finding of their own."""

_TROUBLED: Final = frozenset({State.FAULT, State.RECONNECTING, State.FALLBACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found.

    Attributes:
        findings: one for each thing that was looked at.
        at: when, UTC.
        accounts_at: when the vendors were asked, UTC; None for never.
    """

    findings: tuple[Finding, ...]
    at: datetime
    accounts_at: datetime | None


class Checkup:
    """Looks at the running box, never twice at once.

    Args:
        board: how the box is.
        settings: those in use.
        registry: the vendors.
        folder: the state folder.
        problem: what is wrong with the settings' files; None while all is well.
        panel: what of the panel does not work; None while all does.
    """

    def __init__(
        self,
        board: Board,
        settings: Callable[[], Settings],
        registry: Registry,
        folder: Path,
        *,
        problem: Callable[[], str | None],
        panel: Callable[[], str | None],
    ) -> None:
        self._board = board
        self._settings = settings
        self._registry = registry
        self._folder = folder
        self._problem = problem
        self._panel = panel
        self._one_at_a_time = asyncio.Lock()
        self._report: Report | None = None
        self._looked_at = 0.0
        self._accounts: tuple[Finding, ...] = ()
        self._accounts_at: datetime | None = None

    async def report(self) -> Report:
        """What was found in the last minute, or is now; of the vendors, what they said when last asked."""
        async with self._one_at_a_time:
            if self._report is None or time.monotonic() - self._looked_at > FRESH:
                self._report = await self._look()
            return self._report

    async def ask_all(self) -> Report:
        """Look anew, and ask the vendors of all accounts in use: that may take a while."""
        async with self._one_at_a_time:
            settings = self._settings()
            asked = [ask(self._registry, settings, name) for name in accounts_in_use(settings)]
            self._accounts = tuple(await asyncio.gather(*asked))
            self._accounts_at = datetime.now(UTC)
            self._report = await self._look()
            return self._report

    async def _look(self) -> Report:
        settings = self._settings()
        in_use = accounts_in_use(settings)
        findings = (
            self._captions(),
            _unless(self._problem(), "settings", N_("The settings are in order.")),
            await self._microphone(settings),
            _unless(self._panel(), "panel", N_("The panel works.")),
            *self._other_warnings(),
            *(finding for finding in self._accounts if finding.topic in in_use),
            network(),
            await asyncio.to_thread(disk, self._folder),
            clock(),
        )
        self._looked_at = time.monotonic()
        return Report(findings=findings, at=datetime.now(UTC), accounts_at=self._accounts_at)

    def _captions(self) -> Finding:
        status = self._board.status
        if status.state in _TROUBLED and status.reason:
            return Finding("captions", well=False, said=status.reason)
        if status.state is State.IDLE:
            return Finding("captions", well=True, said=N_("Nobody has asked for captions; press the button."))
        return Finding("captions", well=True, said=N_("Captions are under way."))

    async def _microphone(self, settings: Settings) -> Finding:
        state, warnings = self._board.status.state, self._board.warnings
        if trouble := warnings.get("microphone") or warnings.get("sound"):
            return Finding("microphone", well=False, said=trouble)
        if state is State.MUTED:
            said = N_("It is muted; the button beside it lets it hear.")
            return Finding("microphone", well=True, said=said)
        if state in LISTENING:
            level = self._board.status.microphone.level
            said = (
                N_("“{source}” is heard, at {level} dBFS now.")
                if level > SILENCE_DBFS
                else N_("“{source}” is being opened.")
            )
            values = {"source": settings.audio.input, "level": f"{level:.0f}"}
            return Finding("microphone", well=True, said=said, values=values)
        return await _plugged_in(settings.audio.input)

    def _other_warnings(self) -> Iterator[Finding]:
        for topic, sentence in self._board.warnings.items():
            if topic not in _TOLD:
                yield Finding(topic, well=False, said=sentence)


def _unless(problem: str | None, topic: str, said: str) -> Finding:
    return Finding(topic, well=problem is None, said=problem or said)


async def _plugged_in(source: str) -> Finding:
    """Whether a microphone is there. It stays closed: nobody has asked the box to listen."""
    kind, _, name = source.partition(":")
    if kind == "file":
        said = N_("“{source}” is played instead of a microphone.")
        return Finding("microphone", well=True, said=said, values={"source": source})
    try:
        found = await microphones()
    except SoundError as error:
        return Finding("microphone", well=False, said=str(error))
    if not found:
        return Finding("microphone", well=False, said=N_("There is no microphone; plug one in."))
    names = ", ".join(f"“{microphone.name}”" for microphone in found)
    if name and name.casefold() not in (microphone.name.casefold() for microphone in found):
        # Without a sound server, one that another program holds is not in the list.
        said = N_("“{name}” is not found; plug it in, close what else uses it, or choose another: {names}.")
        return Finding("microphone", well=False, said=said, values={"name": name, "names": names})
    said = N_("It is plugged in. Found: {names}.")
    return Finding("microphone", well=True, said=said, values={"names": names})
