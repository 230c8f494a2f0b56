"""How good the sound is: whether the microphone is switched off, too loud or too quiet to be understood."""

from collections import deque
from typing import Final

from appliance.sound import FRAME_SECONDS, SILENCE_DBFS, Frame

DEAD: Final = 5.0
"""Seconds of digital silence after which a microphone counts as switched off: a live one always rustles."""

JUDGED: Final = 5.0
"""Seconds of speech that are enough to judge its loudness in a meeting."""

CLIPPED: Final = 0.2
"""Share of the frames with speech that may touch full scale."""

QUIET: Final = -50.0
"""Mean level of speech in dBFS under which words are lost in the noise."""

_OFF: Final = "The microphone gives nothing but silence; is it switched off or muted at the microphone itself?"
_LOUD: Final = "The microphone is too loud and distorts; turn it down or move it away from the speaker."
_FAR: Final = "The microphone hears the speaker very quietly; move it closer or turn it up."


class Quality:
    """Judges frames as they come.

    Args:
        judged: seconds of the latest speech on which loudness is judged.
    """

    def __init__(self, *, judged: float = JUDGED) -> None:
        self._silent = 0.0
        self._speech: deque[Frame] = deque(maxlen=round(judged / FRAME_SECONDS))

    def complaint(self, frame: Frame) -> str | None:
        """What is wrong with the sound after one more frame: a plain sentence; None where nothing is."""
        self._silent = self._silent + FRAME_SECONDS if frame.level <= SILENCE_DBFS else 0.0
        if self._silent >= DEAD:
            return _OFF
        if frame.speech:
            self._speech.append(frame)
        if len(self._speech) < (self._speech.maxlen or 0):
            return None
        if sum(f.clipped for f in self._speech) > CLIPPED * len(self._speech):
            return _LOUD
        mean = sum(f.level for f in self._speech) / len(self._speech)
        return _FAR if mean < QUIET else None
