"""Speech made by flite, and how well it was understood."""

import hashlib
import re
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

from appliance.sound import SAMPLE_RATE

PAUSE_SECONDS = 0.8
"""Silence before, between and after the sentences."""


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


def _said(sentence: str, voice: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", file.name], check=True)
        with wave.open(file.name) as spoken:
            sound: bytes = spoken.readframes(spoken.getnframes())
            return sound


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())
