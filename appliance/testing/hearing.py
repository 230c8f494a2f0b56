"""What emulators have for an engine: they really listen, so that the words that come back prove the path."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from pocketsphinx import Decoder

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.vendors.local.engine import TYPICAL_SPEECH

STEP: Final = 320
"""Samples (20 ms) of which the level is taken at a time."""

LOUD: Final = 150.0
"""RMS level of a step from which on somebody speaks: synthetic voices pause in digital silence."""

INTERIM_EVERY: Final = 0.3
"""Seconds of speech between two interims."""


@dataclass(frozen=True)
class Understood:
    """What was understood of one utterance so far.

    Attributes:
        utterance: counted from 0.
        text: its words.
        final: whether it is over.
        start: seconds since the sound began.
        end: seconds since the sound began.
    """

    utterance: int
    text: str
    final: bool
    start: float
    end: float


class Hearing:
    """Understands mono s16le sound at 16 kHz.

    Args:
        sentences: what will be said. Any of their words may be missing and is then missed, none is made up:
            so words that were lost or doubled on the way can be counted. Without them it understands English
            as well as it can.
        silence: seconds of silence that end an utterance.
    """

    def __init__(self, sentences: Sequence[str] = (), *, silence: float = 0.5) -> None:
        # Rescoring the lattice of so many optional words takes seconds a sentence, and loses some of them.
        own = {"lm": None, "bestpath": False} if sentences else {}
        self._decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **own)
        self._decoder.set_cmn(TYPICAL_SPEECH)  # or it mishears the first words of every stream
        if sentences:
            self._decoder.add_jsgf_string("said", _grammar(sentences))
            self._decoder.activate_search("said")
        self._decoding = Lock()  # a call that is cancelled goes on in its thread
        self._silence = round(silence * SAMPLE_RATE)
        self._pending = b""
        self._before = b""
        self._utterance = 0
        self._open = False
        self._quiet = self._told = self._position = self._start = 0

    async def feed(self, pcm: bytes) -> list[Understood]:
        """What is new with this sound, of any length."""
        return await asyncio.to_thread(self._feed, pcm)

    async def finish(self) -> list[Understood]:
        """The final of an utterance that is still open."""
        return await asyncio.to_thread(self._finish)

    def _feed(self, pcm: bytes) -> list[Understood]:
        with self._decoding:
            return self._steps(pcm)

    def _finish(self) -> list[Understood]:
        with self._decoding:
            return self._end() if self._open else []

    def _steps(self, pcm: bytes) -> list[Understood]:
        self._pending += pcm
        size = STEP * SAMPLE_BYTES
        understood: list[Understood] = []
        while len(self._pending) >= size:
            step, self._pending = self._pending[:size], self._pending[size:]
            understood += self._step(step)
        return understood

    def _step(self, step: bytes) -> list[Understood]:
        self._position += STEP
        level = float(np.sqrt(np.mean(np.square(np.frombuffer(step, "<i2").astype(np.float64)))))
        self._quiet = 0 if level > LOUD else self._quiet + STEP
        if not self._open:
            self._before = (self._before + step)[-10 * len(step) :]
            if level > LOUD:
                self._begin()
            return []
        self._decoder.process_raw(step)
        if self._quiet >= self._silence:
            return self._end()
        if self._position - self._told >= INTERIM_EVERY * SAMPLE_RATE:
            self._told = self._position
            text = self._words()
            return [self._understood(text, final=False)] if text else []
        return []

    def _begin(self) -> None:
        self._open = True
        self._told = self._start = self._position
        self._decoder.start_utt()
        self._decoder.process_raw(self._before)
        self._before = b""

    def _end(self) -> list[Understood]:
        self._open = False
        before = self._words()  # sound that ends within a word is no sentence to the grammar: it has no words
        self._decoder.end_utt()
        understood = self._understood(self._words() or before, final=True)
        self._utterance += 1
        return [understood]

    def _words(self) -> str:
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr.strip() if hypothesis else ""

    def _understood(self, text: str, *, final: bool) -> Understood:
        start, end = self._start / SAMPLE_RATE, (self._position - self._quiet) / SAMPLE_RATE
        return Understood(self._utterance, text, final, start, end)


def _grammar(sentences: Sequence[str]) -> str:
    """Any of the sentences, once or more, each with every word optional."""
    rules = [" ".join(f"[{word}]" for word in re.findall(r"[\w']+", s.lower())) for s in sentences]
    names = " | ".join(f"<s{number}>" for number in range(len(rules)))
    bodies = "\n".join(f"<s{number}> = {rule};" for number, rule in enumerate(rules))
    return f"#JSGF V1.0;\ngrammar said;\npublic <said> = ({names})+;\n{bodies}\n"
