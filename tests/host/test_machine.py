from pathlib import Path

import pytest

from appliance.host.machine import Throttling, look_at_machine, throttling_of

WELL = Throttling(power=False, heat=False, power_before=False, heat_before=False)


async def test_a_machine_tells_what_it_is_and_how_much_room_it_has(tmp_path: Path) -> None:
    machine = await look_at_machine(tmp_path / "not" / "there" / "yet")
    assert machine.kernel
    assert machine.python.startswith("3.")
    assert 0 < machine.disk_free <= machine.disk
    assert machine.memory
    assert machine.memory_free
    assert 0 < machine.memory_free <= machine.memory
    assert machine.uptime


@pytest.mark.parametrize(
    ("bits", "throttling"),
    [
        (0x0, WELL),
        (0x50000, Throttling(power=False, heat=False, power_before=True, heat_before=True)),
        (0x50005, Throttling(power=True, heat=True, power_before=True, heat_before=True)),
        (0x80008, Throttling(power=False, heat=True, power_before=False, heat_before=True)),
    ],
)
def test_a_pi_says_what_slows_it_down(bits: int, throttling: Throttling) -> None:
    assert throttling_of(bits) == throttling


@pytest.mark.parametrize(
    ("script", "expected"),
    [("echo throttled=0x0", WELL), ("echo error=1; exit 1", None), ("echo what", None)],
)
async def test_the_firmware_is_asked_and_may_say_nonsense(
    script: str, expected: Throttling | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "vcgencmd"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    machine = await look_at_machine(tmp_path)
    assert machine.throttling == expected
