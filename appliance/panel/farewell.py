"""What the glass says when the box has ended: that it comes back, that it is off, or that the plug may go."""

import logging
import os
import re
import subprocess
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance.i18n import N_

ANSWER_SECONDS: Final = 1.0
"""How long systemd is waited for."""

ATTEMPTS: Final = 3
"""systemd ends all processes of a unit, and may catch the one that asks it."""

_log = logging.getLogger(__name__)


class Farewell(StrEnum):
    """The words that stay on the glass."""

    OFF = N_("Off")
    RESTARTING = N_("Restarting…")
    UNPLUG = N_("Off: safe to unplug after ten seconds")
    """The box ends before the machine: what is written to the memory card then takes a few seconds more."""


_TARGETS: Final = {
    "poweroff.target": Farewell.UNPLUG,
    "halt.target": Farewell.UNPLUG,
    "reboot.target": Farewell.RESTARTING,
    "kexec.target": Farewell.RESTARTING,
    "soft-reboot.target": Farewell.RESTARTING,
}


def farewell() -> Farewell:
    """Why the box ends, as far as systemd knows; asks it, which takes a moment."""
    if "INVOCATION_ID" not in os.environ:
        return Farewell.OFF
    for _ in range(ATTEMPTS):
        try:
            return understood(_jobs(), _unit())
        except (OSError, subprocess.SubprocessError):
            _log.debug("systemd does not say why the box ends", exc_info=True)
    return Farewell.OFF


def _jobs() -> str:
    """What systemd is about to do."""
    command = ["systemctl", "list-jobs", "--full", "--plain", "--no-legend", "--no-pager"]
    return subprocess.run(  # noqa: S603 - a fixed command, found on the unit's PATH
        command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
    ).stdout


def understood(jobs: str, unit: str) -> Farewell:
    """What a list of systemd's jobs means for the box.

    Args:
        jobs: lines of a number, a unit, what is done to it, and how far that is.
        unit: the box's own unit; systemd starts it again if nobody asked for its end.
    """
    under_way = {unit_name: job for _, unit_name, job, *_ in map(str.split, jobs.splitlines())}
    for target, words in _TARGETS.items():
        if under_way.get(target) == "start":
            return words
    return Farewell.OFF if under_way.get(unit) == "stop" else Farewell.RESTARTING


def _unit() -> str:
    """The name of the unit this process belongs to; empty if it is in none."""
    groups = Path("/proc/self/cgroup").read_text("utf-8")
    found = re.search(r"/([^/\n]+\.service)$", groups, re.MULTILINE)
    return found[1] if found else ""
