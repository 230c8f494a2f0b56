import asyncio
import random
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest
from pydantic import SecretStr

from appliance.captions import Caption
from appliance.sound import FRAME_SECONDS
from appliance.vendors.scriptix import ScriptixVendor
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from tests.emulators.scriptix import ScriptixEmulator
from tests.rigs.later import small_box
from tests.spool import tones

KILLS = 50
SECONDS = 8.0
FIRST_LIFE = 1.6
NEXT_LIVES = 0.9
"""Seconds at most after which a box is killed: the first, in which it records, and each other."""


def slow_scriptix() -> ScriptixEmulator:
    emulator = ScriptixEmulator()
    emulator.batch.ear = tones.listened
    emulator.batch.rate = 500_000
    emulator.batch.works = 0.6
    emulator.batch.a_minute = 1_000_000
    return emulator


async def started(folder: Path, url: str, seconds: float) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.spool.box_to_be_killed", str(folder), url, str(seconds))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout
    assert await child.stdout.read(1) == b"R"
    return child


class Killer:
    """Ends boxes at moments that nobody chose, as many as are wanted."""

    def __init__(self) -> None:
        self._moments = random.Random(2026)
        self.left = KILLS

    async def strikes(
        self, child: asyncio.subprocess.Process, longest: float, *, then: Awaitable[object] | None = None
    ) -> tuple[bool, float]:
        """Whether a box had to be killed, and how many seconds of sound it had taken by then.

        Args:
            child: the box.
            longest: seconds within which it is killed.
            then: a better moment to do it.
        """
        assert child.stdout
        struck = False
        if self.left:
            self.left -= 1  # before anybody else can take the last one
            ended = asyncio.ensure_future(child.wait())
            moment = asyncio.ensure_future(then or asyncio.sleep(self._moments.uniform(0, longest)))
            await asyncio.wait({ended, moment}, return_when=asyncio.FIRST_COMPLETED)
            struck = not ended.done()
            if struck:
                child.kill()
            else:
                self.left += 1
            moment.cancel()
        taken = len(await child.stdout.read()) * FRAME_SECONDS
        assert struck or await child.wait() == 0
        return struck, taken


async def hold_meeting(
    folder: Path, emulator: ScriptixEmulator, killer: Killer, first: Awaitable[object] | None = None
) -> int:
    """A meeting in a box that is killed until all has come; how many seconds its transcript has.

    Args:
        folder: of the box.
        emulator: where the recording goes.
        killer: of the box.
        first: the moment of its first death, if that is not to be left to chance.
    """
    await asyncio.to_thread(folder.mkdir)
    struck, taken = await killer.strikes(await started(folder, emulator.url, SECONDS), FIRST_LIFE, then=first)
    while struck:
        struck, _ = await killer.strikes(await started(folder, emulator.url, 0), NEXT_LIVES)
    assert not list((folder / "spool").glob("*"))
    words = (await transcript(folder)).split()
    assert " ".join(words) == tones.text(len(words)), "once, in order, from the beginning on"
    assert len(words) >= int(max(0.0, taken - 1.0)), f"{taken} s were taken"
    return len(words)


async def transcript(folder: Path) -> str:
    account = ScriptixAccount(batch_token=SecretStr("unused"))
    async with small_box(folder, ScriptixVendor(), account, ScriptixOptions()) as box:
        if not await box.store.list():
            return ""
        return " ".join(entry.text for entry in await box.entries() if isinstance(entry, Caption))


@pytest.mark.timeout(600)
async def test_a_box_killed_at_fifty_moments_brings_every_transcript_once_and_whole(tmp_path: Path) -> None:
    killer = Killer()

    async def hold_meetings(name: str) -> None:
        told: list[int] = []
        async with slow_scriptix() as scriptix:
            uploading: Awaitable[object] | None = scriptix.batch.uploading.wait()
            while killer.left:
                told.append(await hold_meeting(tmp_path / f"{name}{len(told)}", scriptix, killer, uploading))
                uploading = None
        sessions = scriptix.batch.sessions.values()
        assert all(len(session.uploads) <= 1 for session in sessions)
        assert sum(len(session.uploads) for session in sessions) == sum(1 for words in told if words)
        assert any(session.torn for session in sessions)

    async with asyncio.TaskGroup() as group:
        for name in ("a", "b"):
            group.create_task(hold_meetings(name))
