import asyncio
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.audio import SoundError, listen
from appliance.audio.wavefile import PAUSE_SECONDS
from appliance.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, SILENCE_DBFS, Frame, Heard
from tests.audio.sounds import joined, noise, tone, write


async def all_of(path: Path) -> list[Heard]:
    async with listen(f"file:{path}", paced=False) as listener:
        return [heard async for heard in listener]


async def test_a_recording_in_the_box_s_own_format_arrives_bit_for_bit(tmp_path: Path) -> None:
    sound = noise(3.0)
    arrived = joined(await all_of(write(tmp_path / "x.wav", sound)))
    np.testing.assert_array_equal(arrived[: len(sound)], sound)


async def test_the_last_words_of_a_recording_are_filled_up_to_a_frame(tmp_path: Path) -> None:
    frames = await all_of(write(tmp_path / "x.wav", noise(0.1)))
    assert len(frames) == 4
    arrived = joined(frames)
    assert arrived[:1600].any()
    assert not arrived[1600:].any()


async def test_frames_say_when_they_were_heard(tmp_path: Path) -> None:
    frames = await all_of(write(tmp_path / "x.wav", noise(2.0)))
    starts = [frame.start for frame in frames if isinstance(frame, Frame)]
    assert starts == pytest.approx([n * FRAME_SECONDS for n in range(63)])


@pytest.mark.parametrize("encoding", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW"])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
async def test_a_recording_of_any_kind_sounds_the_same(
    tmp_path: Path, encoding: str, rate: int, channels: int
) -> None:
    sound = np.repeat(tone(1.0, rate=rate)[:, None], channels, axis=1)
    soundfile.write(tmp_path / "x.wav", sound, rate, encoding)
    arrived = joined(await all_of(tmp_path / "x.wav")) / 2.0**15
    middle = slice(SAMPLE_RATE // 4, SAMPLE_RATE * 3 // 4)
    np.testing.assert_allclose(arrived[middle], tone(1.0)[middle], atol=0.02)
    assert len(arrived) == 32 * FRAME_SAMPLES


async def test_a_recorder_with_one_dead_channel_is_heard_at_full_level(tmp_path: Path) -> None:
    sound = noise(1.0)
    arrived = joined(await all_of(write(tmp_path / "x.wav", np.stack([np.zeros_like(sound), sound], axis=1))))
    np.testing.assert_array_equal(arrived[: len(sound)], sound)


async def test_the_meter_shows_the_level_of_the_sound(tmp_path: Path) -> None:
    sound = np.concatenate([noise(1.024, level=-30.0), np.zeros(SAMPLE_RATE, np.int16)])
    levels = [f.level for f in await all_of(write(tmp_path / "x.wav", sound)) if isinstance(f, Frame)]
    assert levels[:32] == pytest.approx([-30.0] * 32, abs=1.0)
    assert levels[32:] == pytest.approx([SILENCE_DBFS] * 32, abs=0.1)


async def test_the_progress_bar_knows_how_long_a_recording_is(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", noise(1.5))
    assert listen(f"file:{path}").duration == 1.5
    assert listen(f"file:{path}?loop").duration is None
    assert listen("microphone").duration is None


async def test_a_recording_played_over_and_over_pauses_between_the_passes(tmp_path: Path) -> None:
    sound = noise(0.5)
    one_pass = len(sound) + round(PAUSE_SECONDS * SAMPLE_RATE)
    heard: list[Heard] = []
    async with listen(f"file:{write(tmp_path / 'x.wav', sound)}?loop", paced=False) as listener:
        async for frame in listener:
            heard.append(frame)
            if len(heard) * FRAME_SAMPLES > 2 * one_pass:
                break
    arrived = joined(heard)
    np.testing.assert_array_equal(arrived[: len(sound)], sound)
    assert not arrived[len(sound) : one_pass].any()
    np.testing.assert_array_equal(arrived[one_pass : one_pass + len(sound)], sound)


async def test_a_recording_is_heard_no_sooner_than_it_would_be_spoken(tmp_path: Path) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    async with listen(f"file:{write(tmp_path / 'x.wav', noise(0.5))}") as listener:
        async for heard in listener:
            assert isinstance(heard, Frame)
            assert clock() - began >= min(heard.end, 0.5) - 0.001


def test_a_missing_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"^There is no file .*x\.wav: check its name\.$"):
        listen(f"file:{tmp_path}/x.wav")


def test_a_folder_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"^\S+ cannot be read \(Is a directory\)\.$"):
        listen(f"file:{tmp_path}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "x.wav is empty: record it again."),
        (b"Good morning everyone and welcome.", "x.wav is not a WAV file: convert it to WAV first."),
        (b"RIFF", "x.wav is not a WAV file: convert it to WAV first."),
        (
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 0x1234, 1, 16_000, 32_000, 2, 16),
            "x.wav is a WAV file of a kind that cannot be read: save it as 16-bit PCM.",
        ),
    ],
    ids=["no content", "text", "a torn header", "unknown encoding"],
)
def test_a_file_that_is_no_recording_is_said_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(SoundError) as refusal:
        listen(f"file:{path}")
    assert str(refusal.value) == f"{tmp_path}/{sentence}"


def test_other_sound_than_wav_is_not_taken(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", noise(0.1), SAMPLE_RATE, format="FLAC")
    with pytest.raises(SoundError, match="is not a WAV file"):
        listen(f"file:{tmp_path}/x.wav")


def test_a_recording_without_sound_is_said_in_one_sentence(tmp_path: Path) -> None:
    write(tmp_path / "x.wav", noise(0.0))
    with pytest.raises(SoundError, match="holds no sound: record it again"):
        listen(f"file:{tmp_path}/x.wav")


@pytest.mark.parametrize("source", ["", "mikrophone", "file:", "alsa:hw:0"])
def test_a_source_that_does_not_exist_is_said_in_one_sentence(source: str) -> None:
    with pytest.raises(SoundError, match="is nothing to listen to: use"):
        listen(source)
