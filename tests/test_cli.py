import json
import os
import pty
import socket
import subprocess
import sys
import wave
from itertools import pairwise
from pathlib import Path

import pytest
import webvtt
from pocketsphinx import Decoder

from appliance.testing import word_error_rate
from tests.rigs.speech import speak

SENTENCES = [
    "The new road will be open before the end of the month.",
    "Please tell the driver that we are going to be late this evening.",
    "She bought three books and a small red bag in the city.",
    "The weather was so good that the children played outside all day.",
]


def captionbox(*arguments: str | Path, state: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", *map(str, arguments)]
    if state:
        command += ["--state", str(state)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def said(wav: Path, *options: str) -> str:
    ran = captionbox("transcribe", wav, *options)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def heard_directly(wav: Path) -> str:
    """What pocketsphinx makes of a file when it is simply given all of it."""
    decoder = Decoder(samprate=16_000, loglevel="FATAL")
    with wave.open(str(wav)) as file:
        decoder.start_utt()
        decoder.process_raw(file.readframes(file.getnframes()), full_utt=True)
        decoder.end_utt()
    hypothesis = decoder.hyp()
    return str(hypothesis.hypstr) if hypothesis else ""


@pytest.mark.parametrize("voice", ["slt", "rms", "awb"])
def test_a_file_is_captioned_as_well_as_the_engine_can(voice: str) -> None:
    wav = speak(*SENTENCES, voice=voice)
    lines = [json.loads(line) for line in said(wav, "--format", "jsonl").splitlines()]
    words = " ".join(line["text"] for line in lines if line["final"])
    ours = word_error_rate(" ".join(SENTENCES), words)
    directly = word_error_rate(" ".join(SENTENCES), heard_directly(wav))
    assert ours <= directly + 0.03


def test_every_revision_is_a_line_of_json_and_finals_come_last() -> None:
    lines = [json.loads(line) for line in said(speak(*SENTENCES), "--format", "jsonl").splitlines()]
    for segment in {line["segment"] for line in lines}:
        mine = [line for line in lines if line["segment"] == segment]
        assert [line["revision"] for line in mine] == list(range(1, len(mine) + 1))
        assert [line["final"] for line in mine] == [False] * (len(mine) - 1) + [True]
    assert set(lines[0]) == {
        *("segment", "revision", "language", "text", "final", "start", "end", "translated_from"),
    }


def test_a_stereo_file_of_44_100_hz_gives_the_same_words(tmp_path: Path) -> None:
    # Of the first sentence the engine is so unsure that the dither decides, which sox draws anew without -R.
    wav, stereo = speak(*SENTENCES[1:]), tmp_path / "stereo.wav"
    subprocess.run(["sox", "-R", wav, "-r", "44100", "-c", "2", "-b", "16", stereo, "dither", "-S"], check=True)
    assert said(stereo) == said(wav)


def test_subtitles_of_a_file_can_be_read_by_a_player(tmp_path: Path) -> None:
    wav = speak(*SENTENCES)
    for form in ("vtt", "srt"):
        path = tmp_path / f"captions.{form}"
        path.write_text(said(wav, "--format", form), "utf-8")
        cues = (webvtt.read(str(path)) if form == "vtt" else webvtt.from_srt(str(path))).captions
        assert " ".join(cue.text for cue in cues).split() == said(wav).split()
        assert all(before.end <= after.start for before, after in pairwise(cues))


@pytest.mark.parametrize("form", ["text", "jsonl", "srt"])
def test_a_reader_who_has_read_enough_of_the_captions_sees_no_error(form: str) -> None:
    command = [sys.executable, "-m", "appliance", "transcribe", str(speak(*SENTENCES)), "--format", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ran:
        assert ran.stdout
        assert ran.stderr
        ran.stdout.close()
        assert ran.stderr.read() == ""
        assert ran.wait(100) == 1


@pytest.mark.parametrize("content", [b"These are the minutes of the meeting.\n", b"", None])
def test_what_is_no_sound_gets_one_line_and_exit_code_2(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "minutes.wav"
    if content is not None:
        path.write_bytes(content)
    ran = captionbox("transcribe", path)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert "minutes.wav" in ran.stderr


def test_an_empty_wav_gets_one_line_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    ran = captionbox("transcribe", path)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["run", "--port", "x"], ["transcribe"], ["transcripts", "show", "x"], ["rooms", "--no"]],
)
def test_a_wrong_command_gets_one_line_and_exit_code_2(arguments: list[str]) -> None:
    ran = captionbox(*arguments)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ran = captionbox("run", "--simulate", "--host", "127.0.0.1", "--port", port, state=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith(f"captionbox: Port {port} is in use by another program")


@pytest.mark.parametrize("command", [["rooms"], ["transcribe", "/tmp/x.wav"]])
def test_a_mistake_in_the_settings_is_named_with_file_key_and_remedy(
    tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "settings.toml").write_text('[web]\nveiwers = "open"\n', "utf-8")
    ran = captionbox(*command, state=tmp_path)
    assert ran.returncode == 2
    [line] = ran.stderr.splitlines()
    assert "settings.toml" in line
    assert "web.veiwers" in line
    assert 'did you mean "viewers"' in line


def test_a_room_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    ran = captionbox("transcribe", speak("Hello."), "--room", "attic", state=tmp_path)
    assert ran.returncode == 2
    assert "meeting-room" in ran.stderr


def test_a_program_gets_json_and_a_person_a_table(tmp_path: Path) -> None:
    assert json.loads(captionbox("rooms", state=tmp_path).stdout)[0]["name"] == "meeting-room"
    assert "local" in [vendor["name"] for vendor in json.loads(captionbox("vendors").stdout)]
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        (tmp_path / "settings.toml").write_text('[rooms.hall]\ntitle = "[red]Hall"\n', "utf-8")
        command = [sys.executable, "-m", "appliance", "rooms", "--state", str(tmp_path)]
        subprocess.run(command, stdout=theirs, check=True, timeout=60)
        os.close(theirs)
        shown = terminal.read(10_000).decode()
    assert "[red]Hall" in shown
    assert "{" not in shown


def test_every_token_is_new_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    tokens = [captionbox("token", "monitoring", state=tmp_path).stdout.strip() for _ in range(2)]
    assert len(set(tokens)) == 2
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in kept for token in tokens)


def test_without_transcripts_the_list_is_empty_and_a_number_is_unknown(tmp_path: Path) -> None:
    assert json.loads(captionbox("transcripts", "list", state=tmp_path).stdout) == []
    for command in ("show", "export", "delete"):
        ran = captionbox("transcripts", command, "7", state=tmp_path)
        assert (ran.returncode, ran.stderr) == (2, "captionbox: There is no transcript 7.\n")


def test_a_state_folder_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert captionbox("transcripts", "list", state=missing).returncode == 2
    assert not missing.exists()


def test_the_doctor_says_what_a_box_still_needs(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[audio]\ninput = "microphone:nowhere"\n[panel]\ndriver = "none"\n', "utf-8"
    )
    ran = captionbox("doctor", state=tmp_path)
    assert ran.returncode == 1
    lines = {line.split()[1]: line for line in ran.stdout.splitlines()}
    assert {"settings:", "microphone:", "panel:", "on-device:", "network:", "disk:", "clock:"} <= lines.keys()
    assert lines["microphone:"].startswith("todo")
    assert "nowhere" in lines["microphone:"]
    assert lines["on-device:"].startswith("ok")


def test_microphones_that_cannot_be_asked_for_get_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyaudio.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ran = captionbox("microphones")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "captionbox: PyAudio is missing: install captionbox again.\n"


DYING_MICROPHONE = """
import os
paInt16 = paInt32 = 0
DEVICE = {"name": "Table", "index": 0, "maxInputChannels": 1, "defaultSampleRate": 48000.0}
class PyAudio:
    def get_default_input_device_info(self): return DEVICE
    def get_device_info_by_index(self, index): return DEVICE
    def get_device_count(self): return 1
    def open(self, **_): os._exit(1)
"""


def test_the_doctor_names_the_microphones_where_the_chosen_one_gives_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyaudio.py").write_text(DYING_MICROPHONE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "settings.toml").write_text('[panel]\ndriver = "none"\n', "utf-8")
    ran = captionbox("doctor", state=tmp_path)
    assert "todo microphone: “microphone” delivers no sound. Found: “Table”.\n" in ran.stdout


def test_the_doctor_says_everything_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[panel]\ndriver = "gpio"\n[audio]\ninput = "microphone:[bold]x"\n', "utf-8"
    )
    ran = captionbox("doctor", state=tmp_path)
    assert "[panel] driver" in ran.stdout
    assert "[bold]x" in ran.stdout


def test_the_doctor_is_content_with_a_box_in_order(tmp_path: Path) -> None:
    settings = f'[audio]\ninput = "file:{speak("Hello.")}"\n[panel]\ndriver = "none"\n'
    (tmp_path / "settings.toml").write_text(settings, "utf-8")
    ran = captionbox("doctor", state=tmp_path)
    assert ran.returncode == 0, ran.stdout
