"""The steps of the first start, before real settings in a folder, and the administrator's browser."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.audio import Microphone
from appliance.board import Board
from appliance.settings import Settings
from appliance.sound import Frame
from appliance.state import State, Status
from appliance.web.admin.restart import Restart
from appliance.web.admin.settings_form import SettingsForms
from appliance.web.api.check import CheckApi
from appliance.web.first_start.box import BoxStep
from appliance.web.first_start.microphone import MicrophoneStep
from appliance.web.first_start.room import RoomStep
from appliance.web.first_start.steps import Steps
from appliance.web.first_start.vendor import VendorStep
from tests.rigs.admin import Browser, logged_in
from tests.rigs.settings import SettingsFiles

UNDERSTOOD = "winter <weather> comes"


@dataclass(frozen=True, kw_only=True)
class FirstStart:
    """What stands behind the pages."""

    board: Board
    files: SettingsFiles
    browser: Browser

    @property
    def settings(self) -> Settings:
        return self.files.load()


@asynccontextmanager
async def first_start(
    folder: Path, settings: str = "", *, state: State = State.IDLE
) -> AsyncIterator[FirstStart]:
    """The steps of a box in this state."""
    files = SettingsFiles(folder, settings)
    registry, load, save = files.registry, files.load, files.save
    board = Board(Status(state=state))
    steps = Steps(board)
    parts: list[Any] = [
        MicrophoneStep(steps, load, save, registry, board=board, recognise=_recognise, found=_microphones),
        VendorStep(steps, load, save, registry, CheckApi(load, registry)),
        RoomStep(steps, load, save, registry),
        BoxStep(steps, SettingsForms(load, save, registry, Restart(load(), _nothing))),
    ]
    async with logged_in(*parts, board=board) as browser:
        await browser.look("/setup/microphone")
        yield FirstStart(board=board, files=files, browser=browser)


async def _recognise(frames: Sequence[Frame]) -> str:
    assert frames
    return UNDERSTOOD


async def _microphones() -> list[Microphone]:
    return [Microphone(name="usb", description="USB <b>mic</b>", rate=48_000, channels=1, default=True)]


def _nothing() -> None:
    """Nobody restarts here."""
