"""What tests of several rooms need."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pytest

from tests.rigs.pulse import PulseRoom

# The same examples each time; and how long they take is for the bench.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture
async def pulse_room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PulseRoom]:
    """A virtual room whose microphone is the only one that this process and its children can find.

    It sounds at 16 kHz mono, so nothing on the way to the box resamples what is played.
    """
    async with _room(monkeypatch, rate=16_000, channels=1) as room:
        yield room


@pytest.fixture
async def i2s_board(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PulseRoom]:
    """As `pulse_room`, but with a microphone as an I2S board delivers it: 48 kHz, 32 bits, two slots."""
    async with _room(monkeypatch, rate=48_000, channels=2, samples="s32le") as room:
        yield room


@asynccontextmanager
async def _room(monkeypatch: pytest.MonkeyPatch, **shape: Any) -> AsyncIterator[PulseRoom]:
    with TemporaryDirectory(prefix="room-") as folder:  # pytest's own folders can be too long for a socket
        room = PulseRoom(Path(folder), **shape)
        for name, value in room.env.items():
            monkeypatch.setenv(name, value)
        async with room:
            yield room


LONGEST = ("tests/spool/test_killed.py", "tests/faults/", "tests/test_box.py", "tests/web/test_first_start.py")
"""Files that take minutes, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that at the end nobody waits for one file."""
    items.sort(
        key=lambda item: next((n for n, path in enumerate(LONGEST) if path in item.nodeid), len(LONGEST))
    )
