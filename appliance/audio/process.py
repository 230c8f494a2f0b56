"""The processes of their own in which PortAudio hears and plays: it may hang, and a process can be killed."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

KILLED_SECONDS: Final = 0.3
"""How long the end of a killed process is awaited: one that hangs in its driver may never end."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def running(device: str, script: str, *words: str, stdin: int = DEVNULL) -> AsyncIterator[Process]:
    """A fresh process, killed at the end; what PortAudio and ALSA chatter is not heard.

    Args:
        device: what people call the device it is for.
        script: path of what it runs; its standard output can be read.
        words: what the script is told.
        stdin: where its standard input comes from.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", script, *words),
        stdin=stdin,
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | {"JACK_NO_START_SERVER": "1"},
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        try:
            async with asyncio.timeout(KILLED_SECONDS):
                await process.communicate()
        except TimeoutError:
            _log.warning("The process of the %s hangs in its driver; it is left behind", device)
