"""Trying a microphone: some seconds of it, and whether it will do."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.audio.listener import Listener
from appliance.audio.microphone import NO_SOUND
from appliance.audio.quality import Quality
from appliance.audio.source import SoundError
from appliance.i18n import N_
from appliance.sound import FRAME_SECONDS, Frame, Trouble

LEAST_SPEECH: Final = 0.3
"""Seconds of speech without which nothing can be said of a microphone."""

_NOT_HEARD: Final = N_("The microphone delivers no sound: unplug it, plug it in again and repeat the test.")
_NOBODY: Final = N_("Nobody was heard speaking; speak up, or move the microphone closer, and try again.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a microphone will do.

    Attributes:
        usable: what people say can be understood.
        sentence: how it is, and what to do.
    """

    usable: bool
    sentence: str


async def frames_of(listener: Listener, seconds: float) -> AsyncGenerator[Frame, None]:
    """As many seconds of sound.

    Raises:
        SoundError: there is none.
    """
    left = seconds
    async for heard in listener:
        if isinstance(heard, Trouble):
            raise SoundError(_NOT_HEARD if heard.reason == NO_SOUND else heard.reason)
        if isinstance(heard, Frame):
            yield heard
            left -= FRAME_SECONDS
        if left <= 0:
            return


def judged(frames: Sequence[Frame]) -> Verdict:
    """What is to be said of a microphone that delivered these frames."""
    speech = [frame.level for frame in frames if frame.speech]
    quality = Quality(judged=max(1, len(speech)) * FRAME_SECONDS)
    complaint = None
    for frame in frames:
        complaint = quality.complaint(frame)
    if complaint:
        return Verdict(usable=False, sentence=complaint)
    if len(speech) * FRAME_SECONDS < LEAST_SPEECH:
        return Verdict(usable=False, sentence=_NOBODY)
    mean = sum(speech) / len(speech)
    return Verdict(usable=True, sentence=f"The microphone is good: speech arrives at {mean:.0f} dBFS.")
