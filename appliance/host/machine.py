"""The machine that the box runs on: what it is, and whether it is well."""

import asyncio
import contextlib
import platform
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ZONES: Final = Path("/sys/class/thermal")
_MODEL: Final = Path("/proc/device-tree/model")
_UPTIME: Final = Path("/proc/uptime")
_MEMORY: Final = Path("/proc/meminfo")

_PATIENCE: Final = 3.0
"""Seconds that the firmware of a Raspberry Pi has to answer."""

_TOO_LITTLE_POWER: Final = 1 << 0
_TOO_HOT: Final = 0b1110
_BEFORE: Final = 16
"""By so many bits higher stands what was so at any time since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttling:
    """What slows a Raspberry Pi down, or did since it started.

    Attributes:
        power: whether there is too little power now.
        heat: whether it is too hot now.
        power_before: whether there was too little power.
        heat_before: whether it was too hot.
    """

    power: bool
    heat: bool
    power_before: bool
    heat_before: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How a machine is. What it cannot tell is None, or empty for a text.

    Attributes:
        model: what it calls itself, such as “Raspberry Pi 5 Model B Rev 1.0”.
        system: name and version of the operating system.
        kernel: version of the kernel.
        processor: such as ``aarch64``.
        python: version of Python.
        uptime: seconds since it was switched on.
        memory: bytes of it.
        memory_free: bytes that programs can still have.
        disk: bytes of the disk that holds the state folder.
        disk_free: bytes of it that are free.
        temperature: degrees Celsius of the hottest part.
        throttling: what slows it down.
    """

    model: str
    system: str
    kernel: str
    processor: str
    python: str
    uptime: float | None
    memory: int | None
    memory_free: int | None
    disk: int
    disk_free: int
    temperature: float | None
    throttling: Throttling | None


async def look_at_machine(folder: Path) -> Machine:
    """The machine as it is now.

    Args:
        folder: the state folder.
    """
    throttling = await _throttling()
    return await asyncio.to_thread(_machine, folder, throttling)


def _machine(folder: Path, throttling: Throttling | None) -> Machine:
    (disk, disk_free), memory = disk_with(folder), _memory()
    return Machine(
        model=_text(_MODEL).rstrip("\0\n"),
        system=_system(),
        kernel=platform.release(),
        processor=platform.machine(),
        python=platform.python_version(),
        uptime=float(text.split()[0]) if (text := _text(_UPTIME)) else None,
        memory=memory.get("MemTotal"),
        memory_free=memory.get("MemAvailable"),
        disk=disk,
        disk_free=disk_free,
        temperature=_temperature(),
        throttling=throttling,
    )


def disk_with(folder: Path) -> tuple[int, int]:
    """Bytes of the disk that holds a folder, or will, and how many of them are free; blocks a moment."""
    place = next(p for p in (folder, *folder.parents) if p.exists())
    disk = shutil.disk_usage(place)
    return disk.total, disk.free


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _memory() -> dict[str, int]:
    """Bytes by the names that the kernel has for them."""
    lines = (line.split() for line in _text(_MEMORY).splitlines())
    return {words[0].rstrip(":"): 1024 * int(words[1]) for words in lines if words[-1] == "kB"}


def _temperature() -> float | None:
    found = []
    for zone in _ZONES.glob("thermal_zone*/temp"):
        with contextlib.suppress(ValueError):
            found.append(int(_text(zone)) / 1000)
    return max(found, default=None)


async def _throttling() -> Throttling | None:
    """What the firmware says; None where there is none that could be asked."""
    command = shutil.which("vcgencmd")
    if command is None:
        return None
    process = await asyncio.create_subprocess_exec(
        command, "get_throttled", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = re.fullmatch(rb"throttled=(0x[0-9a-fA-F]{1,8})\s*", output)
    return throttling_of(int(said[1], 16)) if said else None


def throttling_of(bits: int) -> Throttling:
    """What the number means that ``vcgencmd get_throttled`` tells."""
    before = bits >> _BEFORE
    return Throttling(
        power=bool(bits & _TOO_LITTLE_POWER),
        heat=bool(bits & _TOO_HOT),
        power_before=bool(before & _TOO_LITTLE_POWER),
        heat_before=bool(before & _TOO_HOT),
    )


def _text(path: Path) -> str:
    """What a file of the kernel says; nothing where it is not there."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
