"""What is said in a test, as the box hears it, and how well it was understood."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.audio import listen
from appliance.sound import Frame

_heard: Final[dict[Path, tuple[Frame, ...]]] = {}


@dataclass(frozen=True)
class Said:
    """A sentence of one to two seconds, spoken without a pause.

    Attributes:
        text: its words.
        wav: a recording of it, with 0.6 s of silence or more before and after.
    """

    text: str
    wav: Path

    async def frames(self) -> tuple[Frame, ...]:
        """The recording in frames that know whether they hold speech."""
        if self.wav not in _heard:
            async with listen(f"file:{self.wav}", paced=False) as listener:
                _heard[self.wav] = tuple([heard async for heard in listener if isinstance(heard, Frame)])
        return _heard[self.wav]

    async def cut_short(self) -> tuple[Frame, ...]:
        """The recording up to the end of the last word."""
        frames = await self.frames()
        return frames[: 1 + max(number for number, frame in enumerate(frames) if frame.speech)]


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Words substituted, left out or put in, per word of the reference; case and punctuation do not count."""
    said, heard = _words(reference), _words(hypothesis)
    distances = list(range(len(heard) + 1))
    for row, word in enumerate(said, 1):
        diagonal, distances[0] = distances[0], row
        for column, other in enumerate(heard, 1):
            diagonal, distances[column] = (
                distances[column],
                min(distances[column] + 1, distances[column - 1] + 1, diagonal + (word != other)),
            )
    return distances[-1] / len(said)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())
