"""Whoever holds the box in their hands, has a foot on its machine, or listens through its microphone."""

import asyncio
import stat
from contextlib import aclosing
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.rigs.box import RunningBox, simple_settings

ROOT: Final = Path(__file__).parents[2]
UNIT: Final = ROOT / "systemd" / "captionbox.service"
SECRETS: Final = """
[accounts.mine]
api_key = "canary"
"""


@pytest.fixture
def service() -> dict[str, list[str]]:
    """What the unit says about the service."""
    settings: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").partition("[Service]")[2].partition("[Install]")[0].splitlines():
        key, _, value = line.partition("=")
        settings.setdefault(key, []).append(value)
    return settings


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("User", ["captionbox"]),
        ("NoNewPrivileges", ["yes"]),
        ("CapabilityBoundingSet", [""]),
        ("AmbientCapabilities", [""]),
        ("ProtectSystem", ["strict"]),
        ("ProtectHome", ["yes"]),
        ("PrivateTmp", ["yes"]),
        ("ProtectProc", ["invisible"]),
        ("DevicePolicy", ["closed"]),
        ("UMask", ["0077"]),
        ("StateDirectoryMode", ["0700"]),
        ("RuntimeDirectoryMode", ["0700"]),
        ("LimitCORE", ["0"]),
        ("RestrictSUIDSGID", ["yes"]),
        ("RestrictNamespaces", ["yes"]),
        ("SystemCallFilter", ["@system-service", "~@privileged"]),
    ],
)
def test_the_service_can_do_nothing_but_its_work(
    service: dict[str, list[str]], key: str, values: list[str]
) -> None:
    assert service[key] == values


def test_the_box_cannot_be_made_to_change_its_own_program(service: dict[str, list[str]]) -> None:
    """It has no update of its own to be deceived: only the machine's administrator replaces programs."""
    for key in (
        "ReadWritePaths",
        "BindPaths",
        "ExecStartPre",
        "ExecStartPost",
        "ExecStopPost",
        "EnvironmentFile",
    ):
        assert key not in service
    for source in (ROOT / "appliance").rglob("*.py"):
        text = source.read_text("utf-8")
        for word in ("pickle.load", "yaml.load(", "os.system(", "shell=True"):
            assert word not in text, source


def test_nothing_that_the_box_keeps_is_run() -> None:
    for source in (ROOT / "appliance").rglob("*.py"):
        for line in source.read_text("utf-8").splitlines():
            bare = line.strip()
            assert not bare.startswith(("exec(", "eval(")), source
            assert " eval(" not in bare, source


def open_to_others(folder: Path) -> set[str]:
    """The files in a folder that somebody else on the machine may read or write."""
    others = stat.S_IRWXG | stat.S_IRWXO
    return {path.name for path in folder.rglob("*") if path.stat().st_mode & others}


async def test_only_the_pages_listen_on_the_network_and_only_the_box_reads_its_files(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(SECRETS, "utf-8")
    secrets.chmod(0o644)
    settings = simple_settings("microphone", more='[accounts.mine]\nvendor = "palabra"\n')
    async with RunningBox.started(tmp_path, settings) as box:
        me = psutil.Process(box.process.pid)
        family = [me, *me.children(recursive=True)]
        listening = {
            (c.laddr.ip, c.laddr.port)
            for process in family
            for c in process.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN
        }
        assert listening == {("127.0.0.1", int(box.url.rpartition(":")[2]))}
        assert open_to_others(tmp_path) <= {"settings.toml"}
        assert secrets.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("pulse_room")
async def test_a_muted_box_has_closed_the_microphone(tmp_path: Path) -> None:
    """Not merely forgotten what it hears: nobody who takes the box over later finds it listening."""

    async def listeners() -> int:
        process = await asyncio.create_subprocess_exec(
            *("pactl", "list", "short", "source-outputs"), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return len(output.splitlines())

    async def until(state: str) -> None:
        async with asyncio.timeout(60), aclosing(box.events()) as events:
            async for event in events:
                if event.kind == "state" and event.data["state"] == state:
                    return

    async with RunningBox.started(tmp_path, simple_settings("microphone")) as box:
        assert await listeners() == 0
        await box.command("start")
        await until("live")
        assert await listeners() == 1
        await box.command("mute")
        await until("muted")
        assert await listeners() == 0
        await box.command("unmute")
        await until("live")
        await box.command("stop")
        await until("idle")
        assert await listeners() == 0


def test_the_documentation_says_what_no_program_can_do() -> None:
    text = (Path(__file__).parent / "README.md").read_text("utf-8")
    for word in ("SD card", "serial", "USB", "systemd-creds", "What leaves the box", "mute"):
        assert word in text
