"""The doctor: looks at everything a box needs and says what to do, a line each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.audio import NO_SOUND, SoundError, listen, microphones
from appliance.board import Board
from appliance.host.machine import disk_with
from appliance.host.network import own_address
from appliance.i18n import N_, Translate
from appliance.panel import open_panel
from appliance.settings import Settings, SettingsError, load
from appliance.sound import Frame, Trouble
from appliance.state import Command
from appliance.vendors.contract import VendorFailure
from appliance.vendors.registry import Registry

LEAST_FREE: Final = 200 * 1024 * 1024
"""Bytes of disk below which a long meeting may not fit."""

LISTENING: Final = 5.0
"""Seconds the microphone gets to deliver a frame."""

ASKING: Final = 30.0
"""Seconds a vendor gets to answer."""

LOOKING: Final = 1.5
"""Seconds the panel gets to show that it works."""

_OLDEST_CLOCK: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing.

    Attributes:
        topic: what was looked at.
        well: whether no person is needed.
        said: how it is, and what to do; the doctor's own words are marked by ``N_``, with names in braces.
        values: what stands in the place of the names.
    """

    topic: str
    well: bool
    said: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """How it is, and what to do, in English."""
        return self.told(str)

    def told(self, translate: Translate) -> str:
        """How it is, and what to do, in another language; in English what others say, such as a vendor."""
        said = translate(self.said)
        return said.format(**self.values) if self.values else said


async def examine(folder: Path) -> AsyncIterator[Finding]:
    """Look at everything, one finding after the other."""
    try:
        settings = await asyncio.to_thread(load, folder)
        Registry.installed().check(settings)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", well=False, said=str(problem))
        settings = Settings()
    else:
        yield Finding("settings", well=True, said=N_("The settings are in order."))
    yield await _listened(settings)
    yield await _panel(settings)
    async for finding in _accounts(settings):
        yield finding
    yield network()
    yield await asyncio.to_thread(disk, folder)
    yield clock()


async def _listened(settings: Settings) -> Finding:
    source = settings.audio.input
    try:
        names = ", ".join(f"“{m.name}”" for m in await microphones())
        found = {"source": source, "names": names}
        said = (
            N_("“{source}” delivers no sound. Found: {names}.")
            if names
            else N_("“{source}” delivers no sound, and no microphone is found.")
        )
        async with asyncio.timeout(LISTENING), listen(source) as listener:
            async for heard in listener:
                if isinstance(heard, Frame):
                    return Finding("microphone", well=True, said=N_("“{source}” is heard."), values=found)
                if isinstance(heard, Trouble) and heard.reason != NO_SOUND:  # that one may still come right
                    said, found = f"{heard.reason} Found: {names or 'none'}.", {}
                    break
    except SoundError as error:
        said, found = str(error), {}
    except TimeoutError:
        pass
    return Finding("microphone", well=False, said=said, values=found)


async def _panel(settings: Settings) -> Finding:
    panel = open_panel(settings.panel)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOKING):
            await panel.run(Board(), _ignore, str, _reset_nothing)
    if panel.warning:
        return Finding("panel", well=False, said=panel.warning)
    driver = {"driver": settings.panel.driver}
    return Finding("panel", well=True, said=N_("The panel works with the driver “{driver}”."), values=driver)


async def _ignore(_: Command) -> None:
    """The doctor presses no buttons."""


async def _reset_nothing() -> None:
    """As `_ignore`."""


async def _accounts(settings: Settings) -> AsyncIterator[Finding]:
    registry = Registry.installed()
    for account in accounts_in_use(settings):
        yield await ask(registry, settings, account)


def accounts_in_use(settings: Settings) -> list[str]:
    """The accounts of all rooms and their fallbacks, each once."""
    accounts = (name for room in settings.rooms.values() for name in (room.account, room.fallback) if name)
    return list(dict.fromkeys(accounts))


async def ask(registry: Registry, settings: Settings, account: str) -> Finding:
    """Whether an account works, as its vendor says."""
    try:
        async with asyncio.timeout(ASKING):
            return Finding(account, well=True, said=await registry.check_account(settings, account))
    except (SettingsError, VendorFailure) as error:
        return Finding(account, well=False, said=str(error))
    except TimeoutError:
        said = N_("The vendor did not answer within {seconds} seconds; try again.")
        return Finding(account, well=False, said=said, values={"seconds": f"{ASKING:.0f}"})


def network() -> Finding:
    """Whether there is a network."""
    if address := own_address():
        return Finding("network", well=True, said=N_("This box is {address}."), values={"address": address})
    said = N_("There is no network; captions work with the on-device engine only, phones not at all.")
    return Finding("network", well=False, said=said)


def disk(folder: Path) -> Finding:
    """Whether there is room for transcripts; blocks a moment."""
    _, free = disk_with(folder)
    if free < LEAST_FREE:
        said = N_("Only {free} MB are free; delete old transcripts.")
        return Finding("disk", well=False, said=said, values={"free": f"{free >> 20}"})
    return Finding("disk", well=True, said=N_("{free} GB are free."), values={"free": f"{free / 2**30:.1f}"})


def clock() -> Finding:
    """Whether the time can be right."""
    now = datetime.now(UTC)
    if now < _OLDEST_CLOCK:
        said = N_("The clock says {date}; connect a network so that it can be set.")
        return Finding("clock", well=False, said=said, values={"date": f"{now:%Y-%m-%d}"})
    said = (
        N_("The clock says {time} UTC, set by the network.")
        if _SYNCHRONISED.exists()
        else N_("The clock says {time} UTC, not known to be set by the network.")
    )
    return Finding("clock", well=True, said=said, values={"time": f"{now:%Y-%m-%d %H:%M}"})
