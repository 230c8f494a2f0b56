import asyncio
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.audio import SoundError, listen
from appliance.audio.trial import judged
from appliance.microphone_check import RECORDED, meter, played
from appliance.sound import FRAME_BYTES, FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Frame
from appliance.testing import word_error_rate
from appliance.vendors.local.recognition import recognised
from tests.audio.sounds import noise
from tests.rigs.pulse import MICROPHONE, PulseRoom
from tests.rigs.speech import speak

SAID = "The work will begin in the middle of March."


def frames(seconds: float, *, level: float, speech: bool, clipped: bool = False) -> list[Frame]:
    return [Frame(0.0, bytes(FRAME_BYTES), level, speech, clipped)] * round(seconds / 0.032)


async def captionbox(*words: str, state: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance", "microphones", *words, "--state", str(state)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), (err or b"").decode()


@pytest.mark.parametrize("slot", [0, 1], ids=["left", "right"])
async def test_a_board_with_one_slot_and_an_offset_is_tried_and_understood(
    i2s_board: PulseRoom, tmp_path: Path, slot: int
) -> None:
    spoken, rate = soundfile.read(speak(SAID), start=SAMPLE_RATE // 2)
    slots = np.zeros((len(spoken), 2))
    slots[:, slot] = 0.03 + spoken / 10  # as quiet as such boards are
    soundfile.write(tmp_path / "board.wav", slots, rate, "PCM_32")
    test = await captionbox("test", MICROPHONE, state=tmp_path)
    assert test.stdout
    await test.stdout.readline()
    await i2s_board.play(tmp_path / "board.wav")
    while b"sentence" not in await test.stdout.readline():
        pass
    await i2s_board.play(tmp_path / "board.wav")
    code, out, err = await said(test)
    (heard,) = [line for line in out.splitlines() if line.startswith("I heard: “")]
    assert word_error_rate(SAID, heard.removeprefix("I heard: ")) < 0.3
    assert "The microphone is good: speech arrives at -3" in out
    assert (code, err) == (0, "")


async def test_a_microphone_that_is_switched_off_fails_the_test(pulse_room: PulseRoom, tmp_path: Path) -> None:
    assert await pulse_room.listeners() == 0
    code, out, _ = await said(await captionbox("test", state=tmp_path))
    assert code == 1
    assert "-96 dBFS  silence" in out
    assert "I heard no words." in out
    assert "is it switched off or muted at the microphone itself?" in out


@pytest.mark.usefixtures("pulse_room")
async def test_microphones_are_listed_where_no_test_is_asked_for() -> None:
    command = (sys.executable, "-m", "appliance", "microphones", "--format", "json")
    code, out, _ = await said(await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE))
    assert code == 0
    assert [found["name"] for found in json.loads(out)] == [MICROPHONE, "default"]


@pytest.mark.usefixtures("pulse_room")
async def test_a_microphone_that_is_not_there_is_said_so_at_once(tmp_path: Path) -> None:
    code, out, err = await said(await captionbox("test", "Lectern", state=tmp_path))
    assert (code, out) == (1, "")
    assert err == "captionbox: The microphone “Lectern” is not plugged in: plug it in.\n"


async def test_a_microphone_that_is_pulled_out_in_the_middle_is_said_so(
    pulse_room: PulseRoom, tmp_path: Path
) -> None:
    test = await captionbox("test", MICROPHONE, state=tmp_path)
    assert test.stdout
    await test.stdout.readline()
    await pulse_room.stop()
    code, _, err = await said(test)
    assert code == 1
    assert err == (
        "captionbox: The microphone delivers no sound: unplug it, plug it in again and repeat the test.\n"
    )


async def test_the_gain_is_set_and_the_recording_played_back_when_asked_for(
    pulse_room: PulseRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = tmp_path / "paplay"
    player.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/played.wav\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    await said(await captionbox("test", MICROPHONE, "--gain", "40", "--play", state=tmp_path))
    assert await pulse_room.gain() == 40
    assert soundfile.info(tmp_path / "played.wav").duration == pytest.approx(RECORDED, abs=FRAME_SECONDS)


async def test_a_gain_that_cannot_be_set_is_said_and_the_microphone_tried_all_the_same(
    pulse_room: PulseRoom, tmp_path: Path
) -> None:
    pulse_room.plug_in(MICROPHONE, gain=False)
    _, out, _ = await said(await captionbox("test", MICROPHONE, "--gain", "50", state=tmp_path))
    assert "This microphone has no gain that the box can set" in out
    assert "switched off" in out


@pytest.mark.usefixtures("pulse_room")
async def test_what_was_recorded_is_played_back() -> None:
    recording = [Frame(0.0, pcm.tobytes()) for pcm in noise(62 * FRAME_SECONDS).reshape(-1, FRAME_SAMPLES)]
    async with asyncio.timeout(30), listen(f"microphone:{MICROPHONE}") as listener:
        await anext(listener)
        playing = asyncio.create_task(played(recording))
        async for heard in listener:
            if isinstance(heard, Frame) and heard.level > -30:
                break
        await playing


async def test_a_box_without_a_loudspeaker_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SoundError, match=r"^The recording cannot be played: plug in a loudspeaker"):
        await played(frames(0.1, level=-20, speech=True))


@pytest.mark.parametrize(
    ("heard", "usable", "sentence"),
    [
        (frames(3, level=-28, speech=True), True, "is good: speech arrives at -28 dBFS"),
        (frames(8, level=-60, speech=False), False, "Nobody was heard speaking"),
        (frames(3, level=-58, speech=True), False, "very quietly"),
        (frames(3, level=-3, speech=True, clipped=True), False, "too loud and distorts"),
        (frames(8, level=-96, speech=False), False, "nothing but silence"),
    ],
)
def test_what_is_said_of_a_microphone_tells_what_to_do(
    heard: list[Frame],
    usable: bool,  # noqa: FBT001 -- a row of a table
    sentence: str,
) -> None:
    verdict = judged(heard)
    assert verdict.usable is usable
    assert sentence in verdict.sentence


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (frames(0.1, level=-20, speech=True), "█████████████████████████·········· -20 dBFS speech"),
        (frames(0.1, level=-70, speech=False), "··································· -70 dBFS noise"),
        (frames(0.1, level=-96, speech=False), "··································· -96 dBFS silence"),
        (
            frames(0.1, level=0, speech=True, clipped=True),
            "███████████████████████████████████ 0 dBFS too loud",
        ),
    ],
)
def test_the_meter_can_be_read_without_seeing_colours(heard: list[Frame], said: str) -> None:
    assert " ".join(meter(heard).plain.split()) == said


async def test_no_words_are_made_of_silence() -> None:
    assert await recognised(frames(3, level=-96, speech=False)) == ""
