"""The gain of a microphone where its card has one: set in ALSA's mixer with ``amixer``."""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE
from typing import Final

from appliance.audio.source import SoundError

_PATIENCE: Final = 2.0
"""Seconds for the mixer, which may belong to a sound server that hangs."""

_CONTROL: Final = re.compile(
    r"^Simple mixer control '(?P<name>.+)',(?P<index>\d+)\n +Capabilities:.* cvolume\b", re.MULTILINE
)

_USUAL: Final = ("Capture", "Mic", "PGA")
"""What the gain of the microphone is called, on a card that has several."""


async def set_gain(mixer: str, percent: int) -> None:
    """Sets the gain of a card and switches its capture on.

    Args:
        mixer: the card by its name in ALSA's mixer.
        percent: of the range of the card, which begins and ends where its maker chose.

    Raises:
        SoundError: the card has no gain, or it cannot be set.
    """
    controls = _CONTROL.findall(await _amixer(mixer, "scontents"))
    if not controls:
        raise SoundError(
            "This microphone has no gain that the box can set: take gain out of the settings, "
            "and turn the microphone up at itself or move it closer."
        )
    name, index = min(controls, key=lambda control: _USUAL.index(control[0]) if control[0] in _USUAL else 9)
    await _amixer(mixer, "sset", f"'{name}',{index}", f"{percent}%", "cap")


async def _amixer(mixer: str, *task: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *("amixer", "-D", mixer, *task), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except FileNotFoundError:
        raise SoundError("The gain cannot be set without amixer: install the package alsa-utils.") from None
    try:
        async with asyncio.timeout(_PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError:
        raise SoundError("The gain cannot be set, the mixer does not answer: restart the box.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace")
