"""The microphone's own process: opens one device and writes what it hears to standard output.

First goes one line of JSON: the shape of the sound and the name of its mixer, or ``{"trouble": sentence}``.
Then come blocks, each a `HEADER` and its samples. It is a process of its own because PortAudio lists the
devices once in the life of a process, and may hang or spin for ever when a device is pulled: a process can be
killed.

It is run by its path and imports nothing of ours: the package would pull numpy in and delay the first sound.
"""

import ctypes
import json
import os
import re
import signal
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

HEADER: Final = struct.Struct("<II")
"""Samples (of each channel) lost just before the block, and the bytes of sound that follow."""

BLOCK_SECONDS: Final = 0.064
"""One device buffer. PortAudio keeps two, so this is also the time a busy machine may be late."""

_PREFERRED_RATE: Final = 16_000
_BACKLOG_BLOCKS: Final = 32
_CARDS: Final = Path("/proc/asound")
_RAW_DEVICE: Final = re.compile(r"(?P<title>.*?):? *\(hw:(?P<card>\d+),(?P<device>\d+)\)$")


_PLUMBING: Final = re.compile(
    r"sysdefault|surround\d+|(lav|sample|speex)rate|speex|upmix|vdownmix|oss|jack|a52|usbstream"
)
"""ALSA's own converters, which it lists beside the microphones where there is no sound server."""


class Unavailable(Exception):
    """The device cannot be opened: one sentence for people."""


@dataclass(frozen=True)
class Shape:
    """How the samples of a device are laid out.

    Attributes:
        rate: samples a second.
        channels: interleaved channels.
        bits: 16 or 32, signed, little-endian.
    """

    rate: int
    channels: int
    bits: int


class Backlog:
    """Blocks on their way from PortAudio's thread to the pipe: when full, the oldest is lost and counted."""

    def __init__(self, sample_bytes: int, *, limit: int = _BACKLOG_BLOCKS) -> None:
        self._sample_bytes = sample_bytes
        self._limit = limit
        self._blocks: deque[tuple[int, bytes]] = deque()
        self._changed = threading.Condition()

    def put(self, lost: int, sound: bytes) -> None:
        """Adds a block and the number of samples that were lost before it."""
        with self._changed:
            if len(self._blocks) == self._limit:
                self._drop_oldest()
            self._blocks.append((lost, sound))
            self._changed.notify()

    def get(self) -> tuple[int, bytes]:
        """The oldest block and the number of samples lost before it, once there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._blocks)
            return self._blocks.popleft()

    def _drop_oldest(self) -> None:
        lost, sound = self._blocks.popleft()
        next_lost, next_sound = self._blocks.popleft()
        lost += len(sound) // self._sample_bytes
        self._blocks.appendleft((lost + next_lost, next_sound))


class AdcClock:
    """Tells from the times of the device's own clock how much an overflow has cost."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._due: float | None = None

    def lost(self, adc_time: float, samples: int, *, overflowed: bool) -> int:
        """Samples lost before a block of ``samples`` that began at ``adc_time`` seconds.

        The times jitter, so they count only where PortAudio reports an overflow.
        """
        due, self._due = self._due, adc_time + samples / self._rate
        if not overflowed or due is None:
            return 0
        return max(0, round((adc_time - due) * self._rate))


def stable_name(name: str) -> str:
    """The name to keep in the settings for a device that PortAudio calls ``name``.

    A raw device goes by the id of its card, because the number in its name changes from plug to plug.
    """
    raw = _RAW_DEVICE.match(name)
    if raw is None:
        return name
    try:
        card = (_CARDS / f"card{raw['card']}" / "id").read_text().strip()
    except OSError:
        return name
    return card if raw["device"] == "0" else f"{card},{raw['device']}"


def shapes(device: dict[str, Any]) -> Iterator[Shape]:
    """The shapes to try a device with, the best first.

    Two channels, because the only microphone of an I2S board may be in either, and asked for mono a sound
    server mixes it with the empty one. 32 bits, because what such a board hears is far down in them.
    """
    channels = min(2, device["maxInputChannels"])
    own_rate = int(device["defaultSampleRate"])
    yield Shape(_PREFERRED_RATE, channels, 32)
    yield Shape(own_rate, channels, 32)
    yield Shape(own_rate, channels, 16)


def mixer(device: dict[str, Any]) -> str:
    """The name by which ALSA's mixer knows the card of a device."""
    raw = _RAW_DEVICE.match(device["name"])
    return f"hw:{raw['card']}" if raw else str(device["name"])


def inputs(audio: Any) -> list[dict[str, Any]]:
    """What PortAudio knows of the devices that can hear."""
    devices = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return [device for device in devices if device["maxInputChannels"] > 0]


def find(audio: Any, name: str) -> dict[str, Any]:
    """The device of that name, or the default one where the name is empty."""
    if not name:
        try:
            return dict(audio.get_default_input_device_info())
        except OSError:
            raise Unavailable("No microphone is plugged in: plug one in.") from None
    for device in inputs(audio):
        if name.casefold() in (device["name"].casefold(), stable_name(device["name"]).casefold()):
            return device
    if (_CARDS / name.partition(",")[0] / "id").exists():  # PortAudio does not list what somebody else holds
        raise Unavailable(_busy(name))
    raise Unavailable(f"The microphone “{name}” is not plugged in: plug it in.")


def listing(audio: Any) -> list[dict[str, Any]]:
    """Every microphone, as the fields of `appliance.audio.Microphone`."""
    try:
        default = audio.get_default_input_device_info()["index"]
    except OSError:
        default = None
    return [
        {
            "name": stable_name(device["name"]),
            "description": raw["title"] if (raw := _RAW_DEVICE.match(device["name"])) else device["name"],
            "rate": int(device["defaultSampleRate"]),
            "channels": device["maxInputChannels"],
            "default": device["index"] == default,
        }
        for device in inputs(audio)
        if not _PLUMBING.fullmatch(device["name"])
    ]


def capture(audio: Any, device: dict[str, Any]) -> NoReturn:
    """Sends what the device hears, until this process is killed."""
    for shape in shapes(device):
        backlog = Backlog(shape.channels * shape.bits // 8)
        try:
            _open(audio, device, shape, backlog)
        except OSError as error:
            refusal = error
            continue
        _say({"shape": asdict(shape), "mixer": mixer(device)})
        _send(backlog)
    raise Unavailable(_why(device, refusal))


def _open(audio: Any, device: dict[str, Any], shape: Shape, backlog: Backlog) -> None:
    import pyaudio  # noqa: PLC0415 -- the box reads this file for its formats and does not need PortAudio

    clock = AdcClock(shape.rate)

    def heard(sound: bytes, samples: int, times: dict[str, float], status: int) -> tuple[None, int]:
        try:
            overflowed = bool(status & pyaudio.paInputOverflow)
            lost = clock.lost(times["input_buffer_adc_time"], samples, overflowed=overflowed)
            backlog.put(lost, sound)
        except BaseException:  # noqa: BLE001 -- PyAudio would raise it in an unrelated line of the main thread
            return None, pyaudio.paAbort  # the box hears nothing more and starts a new process
        return None, pyaudio.paContinue

    audio.open(
        input=True,
        input_device_index=device["index"],
        rate=shape.rate,
        channels=shape.channels,
        format=pyaudio.paInt16 if shape.bits == 16 else pyaudio.paInt32,
        frames_per_buffer=int(shape.rate * BLOCK_SECONDS),
        stream_callback=heard,
    )


def _why(device: dict[str, Any], refusal: OSError) -> str:
    import pyaudio  # noqa: PLC0415 -- as above

    name = stable_name(device["name"])
    if refusal.errno == pyaudio.paDeviceUnavailable:
        return _busy(name)
    return f"The microphone “{name}” cannot be opened ({refusal.strerror}): unplug it and plug it in again."


def _busy(name: str) -> str:
    return f"The microphone “{name}” is in use by another program: close that program."


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


def _send(backlog: Backlog) -> NoReturn:
    while True:
        lost, sound = backlog.get()
        sys.stdout.buffer.write(HEADER.pack(lost, len(sound)) + sound)
        sys.stdout.buffer.flush()


def _die_with(parent: int) -> None:
    """Ends this process when the box ends, however it ends, and at nobody else's wish."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they go to every process of the box; the box decides
        signal.signal(number, signal.SIG_IGN)
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(parent: int, task: str, name: str) -> NoReturn:
    """Does the task ``capture`` or ``list``, then waits to be killed: PortAudio may hang when it is closed."""
    _die_with(parent)
    try:
        import pyaudio  # noqa: PLC0415 -- as above

        audio = pyaudio.PyAudio()
        if task == "list":
            _say({"microphones": listing(audio)})
        else:
            capture(audio, find(audio, name))
    except Unavailable as trouble:
        _say({"trouble": str(trouble)})
    except ImportError:
        _say({"trouble": "PyAudio is missing: install captionbox again."})
    except OSError as error:
        _say({"trouble": f"The sound system fails ({error.strerror}): restart the box."})
    while True:
        signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
