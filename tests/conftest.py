"""What tests of several rooms need."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.rigs.pulse import PulseRoom


@pytest.fixture
async def pulse_room(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PulseRoom]:
    """A virtual room whose microphone is the only one that this process and its children can find.

    It sounds at 16 kHz mono, so nothing on the way to the box resamples what is played.
    """
    with TemporaryDirectory(prefix="room-") as folder:  # pytest's own folders can be too long for a socket
        room = PulseRoom(Path(folder), rate=16_000, channels=1)
        for name, value in room.env.items():
            monkeypatch.setenv(name, value)
        async with room:
            yield room
