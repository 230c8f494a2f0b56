"""Speech made by flite."""

import hashlib
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

from appliance.sound import SAMPLE_RATE

PAUSE_SECONDS = 0.8
"""Silence before, between and after the sentences."""


SAID = (
    "Seven people came yesterday morning.",
    "Winter weather comes early everywhere.",
    "Children bought twenty expensive bicycles.",
    "Doctors recommend drinking fresh water.",
)
"""For the emulators' ear, which gets slow with the square of the sentences. No word is there twice and none is
short, for a short one is what the ear makes of a noise."""


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="captionbox-speech-"))


def speak(*sentences: str, voice: str = "slt") -> Path:
    """A 16 kHz mono WAV of the sentences with pauses between them, made once in a run.

    Args:
        sentences: what to say.
        voice: one of flite's: slt, rms, awb or kal16.
    """
    name = hashlib.sha256("\n".join((voice, *sentences)).encode()).hexdigest()[:16]
    path = _folder() / f"{name}.wav"
    if not path.exists():
        pause = bytes(2 * round(PAUSE_SECONDS * SAMPLE_RATE))
        sound = pause + b"".join(_said(sentence, voice) + pause for sentence in sentences)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes(sound)
    return path


def _said(sentence: str, voice: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", file.name], check=True)
        with wave.open(file.name) as spoken:
            sound: bytes = spoken.readframes(spoken.getnframes())
            return sound
