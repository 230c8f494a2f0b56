import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from appliance.settings import SettingsError
from appliance.settings.files import NewText, locked, parse, read, replace


def test_a_file_from_notepad_is_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b'\xef\xbb\xbf[box]\r\nname = "B\xc3\xbcro"\r\n')
    assert parse(read(path), "settings.toml") == {"box": {"name": "Büro"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[web]\nport = x\n", "line 2, column 8: this is no value"),
        ("[web\n", "line 1, column 5: Expected"),
        ("[box]\nname\n", "line 2, column 5: expected a line such as key = value"),
        ('[box]\nname = "x\n', "line 2, column 10: the text is not closed"),
        ("[box]\n[box]\n", "line 2, column 5: this section is there twice"),
        ("[web]\nport = 1\nport = 2\n", "this key is there twice"),
    ],
)
def test_a_slip_of_the_editor_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "settings.toml")
    assert told in str(caught.value)


def test_a_slip_in_the_file_of_secrets_tells_none_of_it() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("[accounts.x]\ncanary = canary\n", "secrets.toml")
    assert str(caught.value).startswith("secrets.toml: line 2, column 10: expected lines such as")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b'[box]\nname = "B\xfcro"\n')
    with pytest.raises(SettingsError, match=r"settings\.toml: line 2: is not UTF-8 text"):
        read(path)


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(SettingsError, match=r"settings\.toml: cannot be read: Is a directory"):
        read(tmp_path / "settings.toml")


def test_a_saved_file_keeps_its_permissions_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one\r\n")
    path.chmod(0o640)
    replace(NewText(path, "two\nthree\n"))
    assert path.read_bytes() == b"two\r\nthree\r\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.toml"
    real.write_text("one\n")
    (tmp_path / "a").symlink_to(real)
    replace(NewText(tmp_path / "a", "two\n"))
    assert (tmp_path / "a").is_symlink()
    assert real.read_text() == "two\n"


def test_a_secret_is_never_readable_by_others_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []

    def fsync(handle: int) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())
        os.fdatasync(handle)

    previous = os.umask(0)
    try:
        monkeypatch.setattr(os, "fsync", fsync)
        replace(NewText(tmp_path / "secrets.toml", "x\n", 0o600))
    finally:
        os.umask(previous)
    assert set(modes) == {0o600}


def test_a_full_disk_leaves_both_files_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = 2

    def fsync(handle: int) -> None:
        nonlocal full
        full -= 1
        if not full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fdatasync(handle)

    for name in ("a", "b"):
        (tmp_path / name).write_text("old\n")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        replace(NewText(tmp_path / "a", "new\n"), NewText(tmp_path / "b", "new\n"))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old\n", "b": "old\n"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_what_a_full_disk_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def to_full_disk(path: Path, flags: int, mode: int = 0o777) -> int:
        return real_open("/dev/full", os.O_WRONLY) if flags & os.O_CREAT else real_open(path, flags, mode)

    monkeypatch.setattr(os, "open", to_full_disk)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    with pytest.raises(OSError, match="No space left"):
        replace(NewText(tmp_path / "a", "new\n"))
    assert list(tmp_path.iterdir()) == []


def test_two_savers_wait_for_each_other(tmp_path: Path) -> None:
    inside, most, guard = 0, 0, threading.Lock()

    def save() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locked(tmp_path):
                with guard:
                    inside += 1
                    most = max(most, inside)
                os.sched_yield()
                with guard:
                    inside -= 1

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_another_program_waits_too(tmp_path: Path) -> None:
    probe = (
        "import fcntl, os, sys\nfcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    command = [sys.executable, "-c", probe, str(tmp_path)]
    with locked(tmp_path):
        refused = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert "BlockingIOError" in refused.stderr
    subprocess.run(command, check=True)
