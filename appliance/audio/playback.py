"""The loudspeaker's own process: opens the sound output and plays what it reads from standard input.

First it writes one line of JSON: how many seconds later than it is played sound is heard, or
``{"trouble": sentence}``. Then it reads mono 16-bit samples at the rate it was told, until there are no more.
It is a process of its own, for the reasons of `capture`; it is run by its path and imports nothing of ours.
"""

import json
import signal
import sys
from array import array
from typing import Any, Final

_BLOCK_SECONDS: Final = 0.02

_NONE: Final = "The box has no loudspeaker for spoken translations: plug one in, or turn them off in the room."
_MISSING: Final = "PyAudio is missing: install captionbox again."


def open_output(audio: Any, rate: int) -> tuple[Any, int]:
    """The default output and its channels, of which it has two where it does not take one.

    Raises:
        OSError: there is none, or it cannot be opened.
    """
    import pyaudio  # noqa: PLC0415 - its absence is to be told

    def opened(channels: int) -> Any:
        frames = int(rate * _BLOCK_SECONDS)
        return audio.open(
            output=True, rate=rate, channels=channels, format=pyaudio.paInt16, frames_per_buffer=frames
        )

    try:
        return opened(1), 1
    except OSError:
        return opened(2), 2


def doubled(pcm: bytes) -> bytes:
    """Mono as two equal channels."""
    mono = array("h", pcm)
    stereo = array("h", bytes(2 * len(pcm)))
    stereo[0::2] = stereo[1::2] = mono
    return stereo.tobytes()


def play(output: Any, channels: int, rate: int) -> None:
    """Plays all there is to read."""
    size = 2 * int(rate * _BLOCK_SECONDS)
    while pcm := sys.stdin.buffer.read(size):
        output.write(pcm if channels == 1 else doubled(pcm))


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


def main(rate: int) -> None:
    """Plays until there is nothing more to read: the box has closed the pipe, or has ended."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they go to every process of the box; the box decides
        signal.signal(number, signal.SIG_IGN)
    try:
        import pyaudio  # noqa: PLC0415 - its absence is to be told

        output, channels = open_output(pyaudio.PyAudio(), rate)
    except ImportError:
        _say({"trouble": _MISSING})
    except OSError:
        _say({"trouble": _NONE})
    else:
        _say({"latency": output.get_output_latency()})
        play(output, channels, rate)


if __name__ == "__main__":
    main(int(sys.argv[1]))
