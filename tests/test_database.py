import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance import database as module
from appliance.database import FILE, Database, DatabaseDamaged, DatabaseFailure, open_database

NOTES = ["CREATE TABLE notes (who TEXT, number INTEGER, PRIMARY KEY (who, number)) STRICT"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path) as opened:
        await opened.migrate("notes", NOTES)
        yield opened


async def numbers(database: Database) -> list[int]:
    return [row["number"] for row in await database.execute("SELECT number FROM notes ORDER BY number")]


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    for number in range(3):
        async with open_database(tmp_path) as database:
            await database.migrate("notes", NOTES)
            await database.execute("INSERT INTO notes VALUES ('me', ?)", [number])
            assert await numbers(database) == list(range(number + 1))
            assert database.problem is None


async def test_a_power_cut_takes_nothing_that_was_acknowledged(database: Database) -> None:
    settings = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    for name, value in settings.items():
        assert (await database.execute(f"PRAGMA {name}"))[0][0] == value


async def test_an_update_brings_only_its_own_tables_up_to_date(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await database.migrate("notes", NOTES)
        await database.execute("INSERT INTO notes VALUES ('me', 1)")
    async with open_database(tmp_path) as database:
        await database.migrate("spend", ["CREATE TABLE spend (minutes REAL)"])
        await database.migrate("notes", [*NOTES, "ALTER TABLE notes ADD COLUMN colour TEXT DEFAULT 'red'"])
        assert [tuple(row) for row in await database.execute("SELECT * FROM notes")] == [("me", 1, "red")]


async def test_an_update_that_fails_half_way_leaves_the_tables_as_they_were(database: Database) -> None:
    with pytest.raises(DatabaseFailure, match="syntax error"):
        await database.migrate("notes", [*NOTES, "ALTER TABLE notes ADD COLUMN colour TEXT", "NONSENSE"])
    await database.execute("INSERT INTO notes VALUES ('me', 1)")
    assert await numbers(database) == [1]


async def test_an_interrupted_update_leaves_the_tables_as_they_were(database: Database) -> None:
    steps = [*NOTES, *[f"ALTER TABLE notes ADD COLUMN c{number} TEXT" for number in range(50)]]
    for turns in range(1, 60):
        task = asyncio.create_task(database.migrate("notes", steps))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        columns = len(await database.execute("PRAGMA table_info(notes)"))
        assert columns in (2, 52)
    await database.migrate("notes", steps)
    assert len(await database.execute("PRAGMA table_info(notes)")) == 52


async def test_an_older_version_does_not_touch_the_tables_of_a_newer_one(database: Database) -> None:
    with pytest.raises(DatabaseFailure, match="newer version of captionbox"):
        await database.migrate("notes", [])


async def test_only_its_owner_may_read_what_was_said(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        async with open_database(tmp_path / "state") as database:
            await database.migrate("notes", NOTES)
            modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    finally:
        os.umask(previous)
    assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    async with open_database(tmp_path):
        pass
    (tmp_path / FILE).chmod(0o644)
    async with open_database(tmp_path):
        assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def break_database(folder: Path, how: str) -> bytes:
    async with open_database(folder) as database:
        await database.migrate("notes", NOTES)
        for number in range(2000):
            await database.execute("INSERT INTO notes VALUES ('me', ?)", [number])
    path = folder / FILE
    whole = path.read_bytes()
    broken = {
        "nonsense": b"this is no database" * 100,
        "cut short": whole[: len(whole) // 2],
        "a page of zeros": whole[:8192] + bytes(4096) + whole[12288:],
    }[how]
    path.write_bytes(broken)
    return broken


@pytest.mark.parametrize("how", ["nonsense", "cut short", "a page of zeros"])
async def test_a_damaged_file_is_set_aside_and_the_box_goes_on(tmp_path: Path, how: str) -> None:
    broken = await break_database(tmp_path, how)
    async with open_database(tmp_path, mend=True) as database:
        await database.migrate("notes", NOTES)
        assert await numbers(database) == []
        problem = database.problem
    (aside,) = contents(tmp_path).keys() - {FILE}
    assert contents(tmp_path)[aside] == broken
    assert problem == f"{FILE} was damaged: it is kept as {aside}, and a new one was begun"
    async with open_database(tmp_path, mend=True) as database:
        assert database.problem is None


async def test_the_command_line_leaves_a_damaged_file_alone(tmp_path: Path) -> None:
    broken = await break_database(tmp_path, "nonsense")
    with pytest.raises(DatabaseDamaged, match=r"captionbox\.db is damaged"):
        async with open_database(tmp_path):
            pass
    assert contents(tmp_path) == {FILE: broken}


async def test_damage_found_while_working_is_told_in_one_sentence(tmp_path: Path) -> None:
    await break_database(tmp_path, "a page of zeros")
    async with open_database(tmp_path) as database:
        with pytest.raises(DatabaseDamaged, match="sets it aside and begins a new one when it starts again"):
            await database.migrate("notes", NOTES)


async def test_a_full_disk_is_told_in_one_sentence_and_what_is_there_stays(database: Database) -> None:
    await database.execute("PRAGMA max_page_count=20")
    await database.execute("INSERT INTO notes VALUES ('me', 1)")
    with pytest.raises(DatabaseFailure, match="the disk is full; make room on it"):
        await database.execute("INSERT INTO notes VALUES (?, 2)", ["x" * 1_000_000])
    assert await numbers(database) == [1]


async def test_a_program_that_never_stops_writing_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    async with open_database(tmp_path) as database:
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseFailure, match="another program is writing"):
            await database.migrate("notes", NOTES)
        other.close()
        await database.migrate("notes", NOTES)


async def test_a_folder_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(DatabaseFailure, match=r"^captionbox\.db cannot be used: Is a directory$"):
        async with open_database(tmp_path):
            pass


async def test_what_was_deleted_cannot_be_read_out_of_the_files(tmp_path: Path, database: Database) -> None:
    await database.execute("INSERT INTO notes VALUES ('canary', 1)")
    await database.execute("DELETE FROM notes")
    await database.scrub()
    assert all(b"canary" not in data for data in contents(tmp_path).values())


WRITER = """
import asyncio, sys
from pathlib import Path
from appliance.database import open_database

async def main():
    async with open_database(Path(sys.argv[1])) as database:
        await database.migrate("notes", [sys.argv[3]])
        for number in range(int(sys.argv[4])):
            await database.execute("INSERT INTO notes VALUES (?, ?)", [sys.argv[2], number])
            print(number, flush=True)

asyncio.run(main())
"""


def writer(folder: Path, who: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), who, NOTES[0], str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_several_programs_begin_and_write_the_same_file_at_once(tmp_path: Path) -> None:
    writers = [writer(tmp_path, who, 50) for who in ("daemon", "command line", "another")]
    for process in writers:
        await asyncio.to_thread(process.communicate, timeout=60)
    assert [process.returncode for process in writers] == [0, 0, 0]
    async with open_database(tmp_path, mend=True) as database:
        assert database.problem is None
        assert await numbers(database) == sorted([*range(50)] * 3)


async def test_a_killed_program_leaves_all_that_was_acknowledged(tmp_path: Path) -> None:
    process = writer(tmp_path, "daemon", 1_000_000)
    assert process.stdout is not None
    for _ in range(25):
        last = int(await asyncio.to_thread(process.stdout.readline))
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate, timeout=30)
    async with open_database(tmp_path, mend=True) as database:
        assert database.problem is None
        assert set(await numbers(database)) >= set(range(last + 1))
