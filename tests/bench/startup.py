"""From the start of the process to READY."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import Figure
from tests.rigs.box import RunningBox, simple_settings


async def measure() -> AsyncIterator[Figure]:
    seconds = [await _start() for _ in range(5)]
    yield Figure("start of the process to READY", f"{median(seconds):.2f} s", "1.5 s")


async def _start() -> float:
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        async with RunningBox.started(Path(folder), simple_settings("microphone")) as box:
            return box.ready_at - began
