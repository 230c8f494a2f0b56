"""A box that captions the sample meeting in real time: processor, memory, delay of its captions, and calm."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench import Figure, percentile
from tests.rigs.box import RunningBox, simple_settings

MEASURED = 60.0
"""Seconds; the first sentences warm the engine up."""

_AIMS = {"box": ("5 % with a cloud vendor", "80 MB")}


async def measure() -> AsyncIterator[Figure]:
    sample = files("appliance") / "samples" / "meeting.wav"
    with TemporaryDirectory() as folder, as_file(sample) as wav:
        async with RunningBox.started(Path(folder), simple_settings(f"file:{wav}?loop")) as box:
            reading = asyncio.create_task(_delays(box))
            await box.command("start")
            await asyncio.sleep(5)
            before = _processes(box)
            await asyncio.sleep(MEASURED)
            after = _processes(box)
            await box.command("stop")
            finals, interims = await reading
        erasure = next(line for line in reversed(box.log) if "erasure" in line)
    for name, (seconds, megabytes) in after.items():
        share = (seconds - before[name][0]) / MEASURED
        aims = _AIMS.get(name, ("", ""))
        yield Figure(
            f"processor, {name}", f"{60 * share:.1f} s a minute of sound ({share:.1%} of a core)", aims[0]
        )
        yield Figure(f"memory, {name}", f"{megabytes:.0f} MB", aims[1])
    yield Figure("end of the last word to the final, on-device engine", _quantiles(finals))
    yield Figure("end of the words heard to the interim, on-device engine", _quantiles(interims))
    yield Figure("normalised erasure of what a reader sees", re.sub(r".*: ", "", erasure).strip(), "under 0.1")


async def _delays(box: RunningBox) -> tuple[list[float], list[float]]:
    """Seconds between the sound and its captions, until the box is idle again; the box starts meanwhile."""
    finals: list[float] = []
    interims: list[float] = []
    began = 0.0
    async for event in box.events():
        now = time.monotonic()
        if event.kind == "state" and event.data["state"] == "connecting":
            began = now
        elif event.kind == "state" and event.data["state"] == "idle" and began:
            break
        elif event.kind == "caption":
            (finals if event.data["final"] else interims).append(now - began - event.data["end"])
    return finals, interims


def _processes(box: RunningBox) -> dict[str, tuple[float, float]]:
    """Processor seconds and resident megabytes of the box and of each kind of child."""
    parent = psutil.Process(box.process.pid)
    totals: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for process in (parent, *parent.children(recursive=True)):
        name = "box" if process is parent else re.sub(r".*appliance[./]", "", process.cmdline()[-1])
        times = process.cpu_times()
        seconds, megabytes = totals[name]
        totals[name] = (seconds + times.user + times.system, megabytes + process.memory_info().rss / 2**20)
    return dict(totals)


def _quantiles(seconds: list[float]) -> str:
    return (
        f"p50 {percentile(seconds, 0.5):.2f} s, p95 {percentile(seconds, 0.95):.2f} s ({len(seconds)} captions)"
    )
