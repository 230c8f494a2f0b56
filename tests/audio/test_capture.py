import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from appliance.audio import capture
from appliance.audio.capture import (
    AdcClock,
    Backlog,
    Shape,
    Unavailable,
    find,
    listing,
    mixer,
    shapes,
    stable_name,
)


@pytest.fixture
def usb_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A USB microphone that became card 2 with the last plug."""
    (tmp_path / "card2").mkdir()
    (tmp_path / "card2" / "id").write_text("USB\n")
    (tmp_path / "USB").symlink_to("card2")
    monkeypatch.setattr(capture, "_CARDS", tmp_path)


class Devices:
    """PortAudio as it describes its devices; the real one knows only those of this machine."""

    def __init__(self, *names: str, default: int | None = 0, refusal: tuple[int, str] = (0, "")) -> None:
        self._refusal = refusal
        self._devices = [device(name, index=index) for index, name in enumerate(names)]
        self._default = default

    def get_device_count(self) -> int:
        return len(self._devices)

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        return self._devices[index]

    def get_default_input_device_info(self) -> dict[str, Any]:
        if self._default is None:
            raise OSError("No Default Input Device Available")
        return self._devices[self._default]

    def open(self, **_: object) -> None:
        raise OSError(*self._refusal)


def device(name: str, *, channels: int = 2, rate: float = 48_000.0, index: int = 0) -> dict[str, Any]:
    return {"name": name, "index": index, "maxInputChannels": channels, "defaultSampleRate": rate}


def test_sound_that_nobody_fetches_in_time_is_counted() -> None:
    backlog = Backlog(2, limit=3)
    for number in range(5):
        backlog.put(0, bytes([number]) * 20)
    assert [backlog.get() for _ in range(3)] == [(20, b"\2" * 20), (0, b"\3" * 20), (0, b"\4" * 20)]


def test_losses_of_the_device_and_of_the_backlog_add_up() -> None:
    backlog = Backlog(4, limit=2)
    for number in range(4):
        backlog.put(number, bytes(40))
    assert [backlog.get()[0] for _ in range(2)] == [0 + 10 + 1 + 10 + 2, 3]


def test_an_overflow_costs_what_the_clock_of_the_device_says() -> None:
    clock = AdcClock(48_000)
    assert clock.lost(10.0, 4800, overflowed=False) == 0
    assert clock.lost(10.103, 4800, overflowed=False) == 0
    assert clock.lost(11.203, 4800, overflowed=True) == 48_000
    assert clock.lost(11.303, 4800, overflowed=False) == 0


def test_an_overflow_at_the_very_start_costs_nothing() -> None:
    assert AdcClock(48_000).lost(10.0, 4800, overflowed=True) == 0


@pytest.mark.usefixtures("usb_card")
def test_a_usb_microphone_keeps_its_name_from_plug_to_plug() -> None:
    assert stable_name("Jabra SPEAK 510 USB: Audio (hw:2,0)") == "USB"
    assert stable_name("Jabra SPEAK 510 USB: Audio #1 (hw:2,1)") == "USB,1"
    assert stable_name("pulse") == "pulse"


@pytest.mark.usefixtures("usb_card")
@pytest.mark.parametrize("name", ["USB", "usb", "Jabra: Audio (hw:2,0)", "jabra: audio (HW:2,0)"])
def test_a_microphone_is_found_by_its_name_whatever_the_case(name: str) -> None:
    assert find(Devices("pulse", "Jabra: Audio (hw:2,0)"), name)["index"] == 1


def test_a_microphone_that_is_not_there_is_said_so() -> None:
    with pytest.raises(Unavailable, match=r"^The microphone “Snowball” is not plugged in: plug it in\.$"):
        find(Devices("pulse"), "Snowball")


def test_no_microphone_at_all_is_said_so() -> None:
    with pytest.raises(Unavailable, match=r"^No microphone is plugged in: plug one in\.$"):
        find(Devices(default=None), "")


@pytest.mark.usefixtures("usb_card")
def test_a_microphone_that_another_program_holds_is_said_so() -> None:
    with pytest.raises(Unavailable, match=r"“USB” is in use by another program: close that program\.$"):
        find(Devices("pulse"), "USB")


@pytest.mark.usefixtures("usb_card")
def test_microphones_are_listed_by_names_for_people_and_for_the_settings() -> None:
    first, second = listing(Devices("Jabra SPEAK 510 USB: Audio (hw:2,0)", "pulse", default=1))
    assert (first["name"], first["description"]) == ("USB", "Jabra SPEAK 510 USB: Audio")
    assert (second["name"], second["description"]) == ("pulse", "pulse")
    assert [first["default"], second["default"]] == [False, True]


@pytest.mark.usefixtures("usb_card")
def test_where_there_is_no_sound_server_the_converters_of_alsa_are_not_taken_for_microphones() -> None:
    plumbing = ["sysdefault", "surround21", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix"]
    devices = Devices("Jabra: Audio (hw:2,0)", *plumbing, "captionmic", "default")
    assert [found["name"] for found in listing(devices)] == ["USB", "captionmic", "default"]
    assert find(devices, "upmix")["name"] == "upmix"


def test_loudspeakers_are_not_listed() -> None:
    devices = Devices("speaker", "microphone", default=1)
    devices.get_device_info_by_index(0)["maxInputChannels"] = 0
    assert [found["name"] for found in listing(devices)] == ["microphone"]


def test_a_board_whose_only_microphone_is_the_right_channel_is_heard() -> None:
    board = device("snd_rpi_googlevoicehat: HiFi (hw:0,0)")
    assert list(shapes(board)) == [Shape(16_000, 2, 32), Shape(48_000, 2, 32), Shape(48_000, 2, 16)]


def test_a_sound_server_does_not_mix_the_empty_slot_of_a_board_in() -> None:
    assert next(shapes(device("default", channels=32, rate=44_100.0))) == Shape(16_000, 2, 32)


def test_a_microphone_with_a_single_channel_is_asked_for_one() -> None:
    assert next(shapes(device("USB: Audio (hw:1,0)", channels=1))) == Shape(16_000, 1, 32)


def test_the_gain_is_that_of_the_card_of_the_microphone() -> None:
    assert mixer(device("Jabra SPEAK 510 USB: Audio (hw:2,0)")) == "hw:2"
    assert mixer(device("captionmic")) == "captionmic"


def test_a_device_that_another_program_holds_is_said_so() -> None:
    devices = Devices("roommic", refusal=(-9985, "Device unavailable"))
    with pytest.raises(Unavailable, match=r"^The microphone “roommic” is in use by another program: close"):
        capture.capture(devices, find(devices, "roommic"))


def test_a_device_that_takes_no_shape_is_said_so() -> None:
    devices = Devices("roommic", refusal=(-9997, "Invalid sample rate"))
    with pytest.raises(Unavailable, match=r"cannot be opened \(Invalid sample rate\): unplug it and plug it"):
        capture.capture(devices, find(devices, "roommic"))


async def test_an_installation_without_pyaudio_is_said_so() -> None:
    without_packages = (sys.executable, "-S", capture.__file__)
    process = await asyncio.create_subprocess_exec(*without_packages, str(os.getpid()), "list", "", stdout=PIPE)
    assert process.stdout
    said = json.loads(await process.stdout.readline())
    process.kill()
    await process.communicate()
    assert said == {"trouble": "PyAudio is missing: install captionbox again."}


async def test_a_capture_that_comes_after_the_end_of_its_box_does_not_listen() -> None:
    somebody_else = str(os.getppid())
    process = await asyncio.create_subprocess_exec(sys.executable, capture.__file__, somebody_else, "list", "")
    assert await process.wait() == 1
