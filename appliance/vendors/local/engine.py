"""The child process of the on-device engine: sound in on stdin, words out on stdout (see `wire`)."""

import json
import os
import signal
import sys
from typing import Any, BinaryIO, Final

from pocketsphinx import Decoder

from appliance.sound import FRAME_BYTES, SAMPLE_RATE
from appliance.vendors.local.wire import BEGIN, END, SOUND

INTERIM_EVERY: Final = 8
"""Frames between two interims (a quarter of a second): asking for a hypothesis costs as much as a frame."""

TYPICAL_SPEECH: Final = "51.49,4.03,9.93,23.53,0.54,-0.09,5.53,-5.82,-4.8,-4.71,6.05,2.1,2.31"
"""Cepstral mean of clear speech, measured on three voices, from which the recogniser begins to adapt. Its own
is so far off that it costs one word in fifty of the first sentences."""

NICENESS: Final = 5
"""Recognition may come late; capturing and drawing may not."""


def _words(decoder: Decoder, *, final: bool) -> dict[str, Any] | None:
    hypothesis = decoder.hyp()
    if hypothesis is None or not hypothesis.hypstr:
        return None
    spoken = [s for s in decoder.seg() or () if not s.word.startswith(("<", "["))]
    rate = decoder.config["frate"]
    return {
        "text": hypothesis.hypstr,
        "final": final,
        "start": spoken[0].start_frame / rate if spoken else None,
        "end": (spoken[-1].end_frame + 1) / rate if spoken else None,
    }


def _serve(sound: BinaryIO, words: BinaryIO) -> None:
    def tell(message: dict[str, Any] | None) -> None:
        if message:
            words.write(json.dumps(message).encode() + b"\n")
            words.flush()

    decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
    decoder.set_cmn(TYPICAL_SPEECH)
    tell({"ready": True})
    frames = 0
    while kind := sound.read(1):
        if kind == BEGIN:
            frames = 0
            decoder.start_utt()
        elif kind == SOUND:
            decoder.process_raw(sound.read(FRAME_BYTES))
            frames += 1
            if frames % INTERIM_EVERY == 0:
                tell(_words(decoder, final=False))
        elif kind == END:
            decoder.end_utt()
            tell(_words(decoder, final=True) or {"text": "", "final": True, "start": None, "end": None})


if __name__ == "__main__":
    # A terminal and systemd send these to every process of the box; the box says when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    _serve(sys.stdin.buffer, sys.stdout.buffer)
