from pathlib import Path

import pytest

from appliance.audio import SoundError, gain
from appliance.audio.gain import set_gain
from tests.rigs.pulse import MICROPHONE, PulseRoom

USB = """\
Simple mixer control 'PCM',0
  Capabilities: pvolume pvolume-joined pswitch pswitch-joined
Simple mixer control 'Mic',0
  Capabilities: cvolume cvolume-joined cswitch cswitch-joined
"""
WM8960 = """\
Simple mixer control 'Headphone',0
  Capabilities: pvolume
Simple mixer control 'ADC PCM',0
  Capabilities: cvolume
Simple mixer control 'Capture',0
  Capabilities: cvolume cswitch
"""
SIDETONE = """\
Simple mixer control 'Mic',0
  Capabilities: pvolume pswitch
"""


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mixer that shows the controls of the file it returns and writes down what is asked of it."""
    amixer = tmp_path / "amixer"
    amixer.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n[ "$3" = scontents ] && cat {tmp_path}/controls\n'
    )
    amixer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


async def test_the_gain_of_a_microphone_is_set(pulse_room: PulseRoom) -> None:
    await set_gain(MICROPHONE, 40)
    assert await pulse_room.gain() == 40
    await set_gain(MICROPHONE, 90)
    assert await pulse_room.gain() == 90


@pytest.mark.parametrize(
    ("controls", "chosen"), [(USB, "'Mic',0"), (WM8960, "'Capture',0")], ids=["usb", "wm8960"]
)
async def test_the_gain_is_found_among_the_controls_of_a_card(card: Path, controls: str, chosen: str) -> None:
    (card / "controls").write_text(controls)
    await set_gain("hw:2", 60)
    assert (card / "asked").read_text().splitlines() == ["-D hw:2 scontents", f"-D hw:2 sset {chosen} 60% cap"]


async def test_the_loudness_of_a_headset_in_its_own_ear_is_left_alone(card: Path) -> None:
    (card / "controls").write_text(SIDETONE)
    with pytest.raises(SoundError, match=r"^This microphone has no gain that the box can set: take gain out"):
        await set_gain("hw:2", 60)


async def test_a_box_without_amixer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SoundError, match=r"install the package alsa-utils\.$"):
        await set_gain("default", 50)


async def test_a_mixer_that_hangs_does_not_hold_the_microphone_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "amixer").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "amixer").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(gain, "_PATIENCE", 0.1)
    with pytest.raises(SoundError, match="does not answer: restart the box"):
        await set_gain("default", 50)
