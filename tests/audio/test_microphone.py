import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median
from textwrap import dedent
from typing import TypeVar

import numpy as np
import psutil
import pytest
import soundfile

from appliance.audio import Listener, SoundError, capture, listen, microphone, microphones
from appliance.audio.gain import set_gain
from appliance.audio.microphone import NO_SOUND, NOT_HEARD, OVERFLOW
from appliance.sound import Frame, Heard, Loss, Trouble
from tests.audio.sounds import Sound, joined, noise, tone, write
from tests.rigs.pulse import MICROPHONE, PulseRoom

LONG_ENOUGH = 30.0
Kind = TypeVar("Kind", Frame, Loss, Trouble)


@pytest.fixture
async def listener(pulse_room: PulseRoom) -> AsyncIterator[Listener]:  # noqa: ARG001 - it must be there first
    """Listening to the room's microphone, which is already heard."""
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}") as listener:
        await until(listener, Frame)
        yield listener


@pytest.fixture
def scripted_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a process of its own that writes what no virtual microphone does, and then nothing."""

    def script(writes: str) -> None:
        path = tmp_path / "capture.py"
        path.write_text(
            "import sys, time, struct\n"
            "HEADER, out = struct.Struct('<II'), sys.stdout.buffer\n"
            f"{dedent(writes)}\n"
            "out.flush()\n"
            "time.sleep(600)\n"
        )
        monkeypatch.setattr(capture, "__file__", str(path))

    return script


def captures(of: int | None = None) -> list[psutil.Process]:
    """The processes with which a box (this one, if none is given) captures."""
    children = psutil.Process(of).children(recursive=True)
    return [child for child in children if any("capture.py" in word for word in child.cmdline())]


async def until(listener: Listener, kind: type[Kind]) -> Kind:
    """The first of a kind that is heard from now on."""
    async for heard in listener:
        if isinstance(heard, kind):
            return heard
    raise AssertionError(f"no {kind.__name__} before the end")


async def heard_until_found(listener: Listener, sound: Sound) -> list[Heard]:
    """What is heard until the last samples of the sound were."""
    heard: list[Heard] = []
    async for one in listener:
        heard.append(one)
        if sound[-64:].tobytes() in joined(heard[-3:]).tobytes():
            return heard
    raise AssertionError("the sound was not heard")


async def test_what_is_said_in_the_room_arrives_bit_for_bit(
    pulse_room: PulseRoom, listener: Listener, tmp_path: Path
) -> None:
    sound = noise(8.0)
    playing = asyncio.create_task(pulse_room.play(write(tmp_path / "x.wav", sound)))
    heard = await heard_until_found(listener, sound)
    await playing
    assert all(isinstance(one, Frame) for one in heard)
    assert sound.tobytes() in joined(heard).tobytes()


@pytest.mark.usefixtures("pulse_room")
async def test_the_default_microphone_is_heard_where_none_is_named() -> None:
    async with asyncio.timeout(LONG_ENOUGH), listen("microphone") as listener:
        await until(listener, Frame)


async def test_captions_go_on_after_the_sound_server_was_killed_and_came_back(
    pulse_room: PulseRoom, listener: Listener, tmp_path: Path
) -> None:
    clock = asyncio.get_running_loop().time
    first = await until(listener, Frame)
    began = clock() - first.end
    await pulse_room.stop()
    await until(listener, Trouble)
    await pulse_room.start()
    loss = await until(listener, Loss)
    back = await until(listener, Frame)
    assert loss.reason == NOT_HEARD
    assert back.start == pytest.approx(loss.end)
    assert back.end == pytest.approx(clock() - began, abs=1.0)
    sound = noise(1.0)
    playing = asyncio.create_task(pulse_room.play(write(tmp_path / "x.wav", sound)))
    await heard_until_found(listener, sound)
    await playing


async def test_a_microphone_that_hangs_is_started_again(listener: Listener) -> None:
    (hanging,) = captures()
    hanging.send_signal(signal.SIGSTOP)
    trouble = await until(listener, Trouble)
    loss = await until(listener, Loss)
    assert trouble == Trouble(NO_SOUND)
    assert loss.end - loss.start > microphone.SILENT_SECONDS
    await until(listener, Frame)
    assert hanging not in captures()


async def test_a_microphone_that_crashes_is_started_again(listener: Listener) -> None:
    (crashing,) = captures()
    crashing.kill()
    trouble = await until(listener, Trouble)
    loss = await until(listener, Loss)
    assert (trouble, loss.reason) == (Trouble(NO_SOUND), NOT_HEARD)
    await until(listener, Frame)


async def test_a_missing_microphone_is_told_once_and_heard_when_it_is_plugged_in(
    pulse_room: PulseRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "RETRY_SECONDS", 0.05)
    pulse_room.unplug()
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}") as listener:
        trouble = await anext(listener)
        assert trouble == Trouble("The microphone “roommic” is not plugged in: plug it in.")
        with pytest.raises(TimeoutError):  # many more attempts happen meanwhile
            await asyncio.wait_for(anext(listener), 1.0)
        pulse_room.plug_in()
        loss, frame = await until(listener, Loss), await until(listener, Frame)
    assert loss.start == 0.0
    assert frame.start == pytest.approx(loss.end)


async def test_the_next_absence_is_told_again(pulse_room: PulseRoom, listener: Listener) -> None:
    for _ in range(2):
        pulse_room.unplug()
        captures()[0].kill()
        told = [await until(listener, Trouble) for _ in range(2)]
        assert told == [Trouble(NO_SOUND), Trouble("The microphone “roommic” is not plugged in: plug it in.")]
        pulse_room.plug_in()
        await until(listener, Loss)
        await until(listener, Frame)


async def test_sound_lost_to_a_busy_box_is_shown_as_lost(scripted_device: Callable[[str], None]) -> None:
    scripted_device(
        """
        out.write(b'{"shape": {"rate": 16000, "channels": 1, "bits": 16}, "mixer": ""}\\n')
        out.write(HEADER.pack(0, 2048) + bytes(2048))
        out.write(HEADER.pack(8000, 2048) + bytes(2048))
        """
    )
    async with asyncio.timeout(LONG_ENOUGH), listen("microphone") as listener:
        heard = [await anext(listener) for _ in range(5)]
    loss = heard[2]
    assert isinstance(loss, Loss)
    assert (loss.start, loss.end) == pytest.approx((0.064, 0.564))
    assert loss.reason == OVERFLOW
    assert [one.start for one in heard if isinstance(one, Frame)] == pytest.approx([0, 0.032, 0.564, 0.596])


async def test_stopping_lets_go_of_the_microphone(listener: Listener) -> None:
    (child,) = captures()
    await listener.close()
    assert not child.is_running()
    assert captures() == []


async def test_stopping_works_while_the_microphone_hangs(listener: Listener) -> None:
    (child,) = captures()
    child.send_signal(signal.SIGSTOP)
    await listener.close()
    assert captures() == []
    assert [one async for one in listener] == []


async def test_stopping_works_while_a_missing_microphone_is_waited_for(pulse_room: PulseRoom) -> None:
    pulse_room.unplug()
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}") as listener:
        await until(listener, Trouble)
    assert captures() == []


@pytest.mark.usefixtures("pulse_room")
@pytest.mark.parametrize("state", [signal.SIGCONT, signal.SIGSTOP], ids=["hearing", "hanging"])
async def test_a_killed_box_leaves_nobody_listening(state: signal.Signals) -> None:
    script = (
        "import asyncio\n"
        "from appliance.audio import listen\n"
        "async def main():\n"
        "    async for _ in listen('microphone'): print('heard', flush=True)\n"
        "asyncio.run(main())\n"
    )
    box = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert box.stdout
    async with asyncio.timeout(LONG_ENOUGH):
        await box.stdout.readline()
    (child,) = captures(of=box.pid)
    child.send_signal(state)
    box.kill()
    await box.communicate()
    await asyncio.to_thread(child.wait, LONG_ENOUGH)


@pytest.mark.parametrize("slot", [0, 1], ids=["left", "right"])
async def test_a_board_with_one_slot_and_an_offset_is_heard_at_its_level(
    i2s_board: PulseRoom, tmp_path: Path, slot: int
) -> None:
    slots = np.zeros((4 * 48_000, 2))
    slots[:, slot] = 0.04
    slots[48_000:, slot] += 0.02 * tone(3.0, hertz=700.0, rate=48_000)
    soundfile.write(tmp_path / "x.wav", slots, 48_000, "PCM_32")
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}") as listener:
        await until(listener, Frame)
        playing = asyncio.create_task(i2s_board.play(tmp_path / "x.wav"))
        spoken: list[float] = []
        while len(spoken) < 100:
            frame = await until(listener, Frame)
            spoken += [frame.level] if frame.level > -60 else []
    playing.cancel()
    assert median(spoken[-30:]) == pytest.approx(20 * np.log10(0.01 / np.sqrt(2)), abs=0.2)


async def test_the_gain_of_the_settings_is_set_again_whenever_a_microphone_comes_back(
    pulse_room: PulseRoom,
) -> None:
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}", gain=40) as listener:
        await until(listener, Frame)
        assert await pulse_room.gain() == 40
        await set_gain(MICROPHONE, 70)
        captures()[0].kill()
        await until(listener, Trouble)
        await until(listener, Frame)
        assert await pulse_room.gain() == 40
        assert listener.warning is None


async def test_a_microphone_without_gain_is_heard_all_the_same(
    pulse_room: PulseRoom, caplog: pytest.LogCaptureFixture
) -> None:
    pulse_room.plug_in(MICROPHONE, gain=False)
    async with asyncio.timeout(LONG_ENOUGH), listen(f"microphone:{MICROPHONE}", gain=40) as listener:
        await until(listener, Frame)
        captures()[0].kill()
        await until(listener, Trouble)
        await until(listener, Frame)
        assert listener.warning
        assert "no gain that the box can set" in listener.warning
    assert caplog.text.count("no gain") == 1


async def test_microphones_are_listed_as_they_are_now(pulse_room: PulseRoom) -> None:
    pulse_room.plug_in("Table", "Lectern")
    found = {m.name: m for m in await microphones()}
    assert set(found) == {"Table", "Lectern", "default"}
    assert [name for name, m in found.items() if m.default] == ["default"]
    pulse_room.plug_in("Table")
    assert {m.name for m in await microphones()} == {"Table", "default"}


async def test_the_chatter_of_the_sound_system_stays_out_of_the_log(
    pulse_room: PulseRoom, capfd: pytest.CaptureFixture[str]
) -> None:
    pulse_room.plug_in("Table")
    await microphones()
    async with asyncio.timeout(LONG_ENOUGH), listen("microphone:Table") as listener:
        await until(listener, Frame)
    assert capfd.readouterr() == ("", "")


async def test_a_sound_system_that_does_not_answer_is_said_so(
    scripted_device: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "OPENING_SECONDS", 0.1)
    scripted_device("")
    with pytest.raises(SoundError, match=r"^The sound system does not answer: restart the box\.$"):
        await microphones()
    assert captures() == []


async def test_a_refusal_of_the_sound_system_is_told_in_its_own_words(
    scripted_device: Callable[[str], None],
) -> None:
    scripted_device("""out.write(b'{"trouble": "The microphone is in use."}\\n')""")
    with pytest.raises(SoundError, match=r"^The microphone is in use\.$"):
        await microphones()
    async with asyncio.timeout(LONG_ENOUGH), listen("microphone") as listener:
        assert await anext(listener) == Trouble("The microphone is in use.")
