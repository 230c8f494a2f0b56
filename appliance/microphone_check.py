"""Trying a microphone: how loud it hears, whether that will do, and what is understood of it."""

import asyncio
import shutil
import tempfile
import wave
from asyncio.subprocess import DEVNULL
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from appliance.audio import Listener, SoundError
from appliance.audio.trial import frames_of, judged
from appliance.sound import FRAME_SECONDS, SAMPLE_BYTES, SAMPLE_RATE, SILENCE_DBFS, Frame
from appliance.vendors.local.recognition import recognised

METERED: Final = 5.0
"""Seconds for which the meter runs."""

RECORDED: Final = 3.0
"""Seconds that are recorded, recognised and played back."""

_READINGS: Final = {True: 4, False: 32}
"""Frames between two readings of the meter: a live one moves, a printed one has a line a second."""

_FLOOR: Final = -70.0
_CELLS: Final = 35
_PLAYERS: Final = (("paplay",), ("aplay", "-q"))


async def check_microphone(listener: Listener, console: Console, *, play: bool) -> bool:
    """Try a microphone with the person in front of the console; whether it is usable.

    Raises:
        SoundError: it is not heard at all, or the recording cannot be played.
        VendorFailure: the on-device engine does not work.
    """
    async with listener:
        await anext(frames_of(listener, FRAME_SECONDS))
        console.print(f"Speak as in a meeting, for {METERED:.0f} seconds.")
        metered = await _metered(listener, console)
        if listener.warning:
            console.print(listener.warning)
        console.print(f"Now a sentence in English; {RECORDED:.0f} seconds are recorded.")
        recording = [frame async for frame in frames_of(listener, RECORDED)]
    verdict = judged(metered + recording)
    words = await recognised(recording)
    console.print(Text(f"I heard: “{words}”" if words else "I heard no words."))
    console.print(Text(verdict.sentence, style="green" if verdict.usable else "red"))
    if play:
        await played(recording)
    return verdict.usable


async def played(frames: Sequence[Frame]) -> None:
    """Play frames on the loudspeaker of this machine.

    Raises:
        SoundError: there is no way to.
    """
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "recording.wav"
        with wave.open(str(wav), "wb") as file:
            file.setparams((1, SAMPLE_BYTES, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(b"".join(frame.pcm for frame in frames))
        for player in _PLAYERS:
            if shutil.which(player[0]):
                process = await asyncio.create_subprocess_exec(*player, wav, stdout=DEVNULL, stderr=DEVNULL)
                if not await process.wait():
                    return
    raise SoundError(
        "The recording cannot be played: plug in a loudspeaker and install the package alsa-utils."
    )


async def _metered(listener: Listener, console: Console) -> list[Frame]:
    every = _READINGS[console.is_terminal]
    frames: list[Frame] = []
    with _display(console) as show:
        async for frame in frames_of(listener, METERED):
            frames.append(frame)
            if len(frames) % every == 0:
                show(meter(frames[-every:]))
    return frames


@contextmanager
def _display(console: Console) -> Iterator[Callable[[Text], None]]:
    """One place on a terminal for the readings; elsewhere a line each."""
    if not console.is_terminal:
        yield console.print
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield partial(live.update, refresh=True)


def meter(frames: Sequence[Frame]) -> Text:
    """One reading: a bar, the level, and whether it is speech."""
    level = max(frame.level for frame in frames)
    cells = round(_CELLS * max(0.0, 1 - level / _FLOOR))
    clipped, speech = any(frame.clipped for frame in frames), any(frame.speech for frame in frames)
    colour = "red" if clipped else "green" if speech else "yellow"
    said = "too loud" if clipped else "speech" if speech else "silence" if level <= SILENCE_DBFS else "noise"
    bar = Text("█" * cells, style=colour) + Text("·" * (_CELLS - cells), style="dim")
    return bar + Text(f" {level:4.0f} dBFS  {said}")
