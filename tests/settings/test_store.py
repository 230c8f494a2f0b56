import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from appliance.settings import Problem, Settings, SettingsError, SettingsStore, load

BY_HAND = """\
# our box
[box]
name = "Boardroom"  # on the door

# sound
[audio]
input = "microphone"

[accounts.main]
vendor = "reverie"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_a_new_box_starts_without_any_file(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    assert load(folder) == SettingsStore(folder).load() == Settings()
    assert not folder.exists()


def test_a_saved_change_is_there_after_a_restart_and_the_remarks_too(tmp_path: Path) -> None:
    path = write(tmp_path, BY_HAND)
    saved = SettingsStore(tmp_path).save({"box": {"name": "Attic", "start": "boot"}})
    assert saved == load(tmp_path)
    assert saved.box.name == "Attic"
    assert path.read_text() == BY_HAND.replace(
        'name = "Boardroom"  # on the door\n', 'name = "Attic"  # on the door\nstart = "boot"\n'
    )


def test_the_first_save_of_a_new_box_begins_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    changes = {"accounts": {"main": {"vendor": "reverie", "app_id": "x", "api_key": SecretStr("canary")}}}
    SettingsStore(folder).save({**changes, "rooms": {"attic": {"account": "main"}}})
    assert load(folder).room.account == "main"
    assert load(folder).accounts["main"].secrets == {"api_key": SecretStr("canary")}
    assert stat.S_IMODE((folder / "secrets.toml").stat().st_mode) == 0o600
    assert tomllib.loads((folder / "secrets.toml").read_text()) == {"accounts": {"main": {"api_key": "canary"}}}


def test_an_account_that_is_taken_away_takes_its_key_along(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save({"accounts": {name: {"vendor": "x", "key": SecretStr("canary")} for name in ("a", "b", "c")}})
    store.save({"accounts": {"a": None, "b": {"key": None}}})
    assert tomllib.loads((tmp_path / "secrets.toml").read_text())["accounts"] == {
        "b": {},
        "c": {"key": "canary"},
    }
    store.save({"accounts": None})
    assert all("canary" not in path.read_text() for path in tmp_path.iterdir())


def test_a_key_that_stood_in_the_open_file_moves_to_the_secrets(tmp_path: Path) -> None:
    path = write(tmp_path, BY_HAND + 'api_key = "canary"\n')
    SettingsStore(tmp_path).save({"accounts": {"main": {"api_key": SecretStr("canary")}}})
    assert path.read_text() == BY_HAND
    assert load(tmp_path).accounts["main"].secrets == {"api_key": SecretStr("canary")}


def test_who_decides_on_a_change_sees_what_is_in_the_files_and_may_refuse(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save({"box": {"name": "Cellar"}})
    store.save(lambda now: {"box": {"name": f"{now.box.name} 2"}})

    def refuse(now: Settings) -> dict[str, object]:
        raise LookupError(now.box.name)

    with pytest.raises(LookupError, match="Cellar 2"):
        store.save(refuse)
    assert load(tmp_path).box.name == "Cellar 2"


@pytest.mark.parametrize(
    "changes",
    [
        {"web": {"port": 70000}},
        {"web": {"prot": 80}},
        {"accounts": {"main": None}, "rooms": {"a": {"account": "main"}}},
        {"accounts": 3},
        {"accounts": {"main": "x"}},
        {"box": "x"},
        {"web": {"port": 1, "host": "x"}, "transcripts": {"keep": "for ever"}},
    ],
)
def test_a_wrong_change_leaves_all_as_it_was(tmp_path: Path, changes: dict[str, object]) -> None:
    write(tmp_path, BY_HAND)
    store = SettingsStore(tmp_path)
    store.load()
    before = contents(tmp_path)
    with pytest.raises(SettingsError):
        store.save(changes)
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("broken", ["[web]\nport = \n", "[web]\nprot = 80\n", "\0", "[web]\nport = 0.5\n"])
def test_a_broken_file_leaves_the_box_with_the_last_good_settings(tmp_path: Path, broken: str) -> None:
    write(tmp_path, BY_HAND)
    SettingsStore(tmp_path).load()
    path = write(tmp_path, broken)
    store = SettingsStore(tmp_path)
    assert store.load().box.name == "Boardroom"
    assert store.problem is not None
    assert store.problem.startswith("settings.toml: ")
    assert store.problem.endswith(" (the last good settings are in use)")
    assert "\n" not in store.problem
    assert path.read_text() == broken


def test_once_mended_the_file_is_in_use_again(tmp_path: Path) -> None:
    write(tmp_path, "broken")
    store = SettingsStore(tmp_path)
    assert store.load() == Settings()
    assert store.problem is not None
    assert store.problem.endswith(" (the default settings are in use)")
    write(tmp_path, BY_HAND)
    assert store.load().box.name == "Boardroom"
    assert store.problem is None


def test_a_broken_file_of_secrets_leaves_the_box_with_its_keys(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path)
    store.save({"accounts": {"main": {"vendor": "x", "key": SecretStr("canary")}}})
    (tmp_path / "secrets.toml").write_text("[accounts.main\n")
    assert store.load().accounts["main"].secrets == {"key": SecretStr("canary")}
    assert store.problem is not None
    assert "secrets.toml: line 1" in store.problem


def test_a_broken_file_is_not_saved_over(tmp_path: Path) -> None:
    path = write(tmp_path, BY_HAND + "what was I writing\n")
    with pytest.raises(SettingsError, match="line 11"):
        SettingsStore(tmp_path).save({"box": {"name": "Attic"}})
    assert path.read_text() == BY_HAND + "what was I writing\n"


def test_a_change_that_mends_the_file_is_saved(tmp_path: Path) -> None:
    write(tmp_path, BY_HAND + "[web]\nport = 99999\n")
    store = SettingsStore(tmp_path)
    store.load()
    assert store.save({"web": {"port": 80}}).web.port == 80
    assert store.problem is None


def test_what_only_the_vendor_finds_wrong_is_neither_used_nor_saved(tmp_path: Path) -> None:
    def check(settings: Settings) -> None:
        if settings.room.options:
            raise SettingsError([Problem("settings.toml", "rooms.a.options", "no")])

    store = SettingsStore(tmp_path, check=check)
    store.save({"rooms": {"a": {"title": "A"}}})
    with pytest.raises(SettingsError, match="no"):
        store.save({"rooms": {"a": {"options": {"x": 1}}}})
    with (tmp_path / "settings.toml").open("a") as file:
        file.write("[rooms.a.options]\nx = 1\n")
    assert store.load().room.options == {}
    assert store.problem == "settings.toml: rooms.a.options: no (the last good settings are in use)"


def test_the_copy_is_only_written_when_something_changed(tmp_path: Path) -> None:
    write(tmp_path, BY_HAND)
    store = SettingsStore(tmp_path)
    store.load()
    copy = tmp_path / "settings.last-good.toml"
    before = copy.stat()
    store.load()
    assert (copy.stat().st_ino, copy.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_disk_that_cannot_be_written_still_lets_the_box_start(tmp_path: Path) -> None:
    write(tmp_path, BY_HAND)
    for name in ("settings", "settings.last-good"):
        (tmp_path / f".{name}.toml.new").mkdir()
    store = SettingsStore(tmp_path)
    assert store.load().box.name == "Boardroom"
    with pytest.raises(SettingsError, match="cannot be saved: Is a directory; nothing was changed"):
        store.save({"box": {"name": "Attic"}})
    assert load(tmp_path).box.name == "Boardroom"


def test_two_who_save_at_once_both_get_what_they_saved(tmp_path: Path) -> None:
    write(tmp_path, BY_HAND)

    def save(number: int) -> None:
        for step in range(10):
            SettingsStore(tmp_path).save({"rooms": {f"room{number}-{step}": {"title": f"{number}"}}})

    threads = [threading.Thread(target=save, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load(tmp_path).rooms) == 30
    assert "# on the door" in (tmp_path / "settings.toml").read_text()


KILLED_AT_EVERY_LINE = """
import os, sys
from pathlib import Path
from pydantic import SecretStr
from appliance.settings import SettingsStore, load

folder = Path(sys.argv[1])


def save(word):
    account = {"vendor": "x", "key": SecretStr(word)}
    SettingsStore(folder).save({"box": {"name": word}, "accounts": {"main": account}})


def state():
    settings = load(folder)
    return settings.box.name, settings.accounts["main"].secrets["key"].get_secret_value()


def save_until(line):
    def trace(frame, event, _):
        nonlocal line
        if "appliance/settings" not in frame.f_code.co_filename:
            return None
        line -= event == "line"
        if not line:
            os._exit(9)
        return trace

    sys.settrace(trace)
    save("new")
    os._exit(0)


lines, seen, killed = 0, set(), True
while killed:
    lines += 1
    save("old")
    child = os.fork()
    if not child:
        save_until(lines)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    seen.add(state())
    store = SettingsStore(folder)
    store.load()
    assert store.problem is None, store.problem
    assert all(not p.stat().st_mode & 0o077 for p in folder.glob("*secrets*"))
save("last")
print(lines > 100, sorted(seen), sorted(path.name for path in folder.iterdir()))
"""


def test_a_power_cut_at_any_moment_of_a_save_leaves_files_that_can_be_used(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_AT_EVERY_LINE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    files = ["secrets.last-good.toml", "secrets.toml", "settings.last-good.toml", "settings.toml"]
    seen = [("new", "new"), ("old", "new"), ("old", "old")]
    assert done.stdout.strip() == f"True {seen} {files}", done.stderr
