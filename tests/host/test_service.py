import asyncio
import socket
import subprocess
from pathlib import Path

import pytest

from appliance.host.service import Nobody, service_manager

UNIT = Path(__file__).parents[2] / "systemd" / "captionbox.service"


async def test_systemd_hears_that_the_box_is_ready_and_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "20000")
        service = service_manager()
        service.tell("READY=1\nSTATUS=Ready")
        beating = asyncio.create_task(service.watch_over())
        loop = asyncio.get_running_loop()
        messages = [await asyncio.wait_for(loop.sock_recv(manager, 100), 5) for _ in range(4)]
        beating.cancel()
        await asyncio.wait([beating])
    assert messages == [b"READY=1\nSTATUS=Ready", *[b"WATCHDOG=1"] * 3]


async def test_started_by_hand_the_box_needs_no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    service = service_manager()
    assert isinstance(service, Nobody)
    service.tell("READY=1")
    await service.watch_over()


def test_systemd_finds_nothing_to_say_about_the_unit() -> None:
    verified = subprocess.run(
        ["systemd-analyze", "verify", UNIT], capture_output=True, text=True, check=True, timeout=60
    )
    assert verified.stderr == ""


def test_systemd_misses_nothing_in_the_unit_of_the_screen_but_what_is_not_installed() -> None:
    kiosk = UNIT.with_name("captionbox-kiosk.service")
    verified = subprocess.run(
        ["systemd-analyze", "verify", kiosk], capture_output=True, text=True, check=False, timeout=60
    )
    said = verified.stderr.splitlines()
    assert [line for line in said if "cage is not executable" not in line] == []


def test_the_unit_gives_the_box_no_more_rights_than_it_needs() -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", str(UNIT)]
    subprocess.run(command, capture_output=True, check=True, timeout=60)
