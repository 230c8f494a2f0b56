import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from appliance.panel import gpio
from appliance.panel.gpio import NoPins, PinsBusy, header_chip, open_pins
from appliance.panel.simulated import mock_factory
from appliance.settings.models import Panel


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gpio, "DEVICES", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("labels", "chip"),
    [
        ({0: "pinctrl-bcm2835", 1: "brcmvirt-gpio"}, 0),
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
    ],
)
def test_the_header_is_found_by_its_label_wherever_the_kernel_put_it(labels: dict[int, str], chip: int) -> None:
    assert header_chip(labels) == chip


def test_a_machine_with_other_chips_is_not_taken_for_a_raspberry_pi() -> None:
    with pytest.raises(NoPins, match="not a Raspberry Pi"):
        header_chip({0: "INT33FC:00"})


def test_a_machine_without_pins_says_what_to_use_instead(devices: Path) -> None:
    assert list(devices.iterdir()) == []
    with pytest.raises(NoPins, match="use the pages"):
        open_pins(Panel())


def test_a_missing_library_is_named_by_its_package(devices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (devices / "gpiochip0").touch()
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(NoPins, match="python3-lgpio"):
        open_pins(Panel())


@pytest.fixture
def pi(devices: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for a Raspberry Pi 5; what its pins do is said by the test."""
    (devices / "gpiochip0").touch()
    lgpio = ModuleType("lgpio")
    lgpio.gpiochip_open = lambda number: number  # type: ignore[attr-defined] # a stand-in for the C library
    lgpio.gpiochip_close = lambda _: 0  # type: ignore[attr-defined] # as above
    lgpio.gpio_get_chip_info = lambda _: [0, 54, "gpiochip0", "pinctrl-rp1"]  # type: ignore[attr-defined] # as above
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    library = ModuleType("gpiozero.pins.lgpio")
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", library)
    return library


@pytest.mark.parametrize("header", [0, 4])
def test_the_buttons_are_those_of_the_header_on_old_and_new_kernels(
    pi: ModuleType, devices: Path, monkeypatch: pytest.MonkeyPatch, header: int
) -> None:
    (devices / "gpiochip4").touch()
    labels = {header: "pinctrl-rp1", 4 - header: "gpio-brcmstb@107d508500"}
    monkeypatch.setattr(sys.modules["lgpio"], "gpio_get_chip_info", lambda chip: [0, 54, "", labels[chip]])
    chosen: list[int] = []

    def factory(*, chip: int) -> object:
        chosen.append(chip)
        return mock_factory()

    pi.LGPIOFactory = factory  # type: ignore[attr-defined] # as above
    open_pins(Panel()).close()
    assert chosen == [header]


def test_pins_that_another_program_uses_are_explained(pi: ModuleType) -> None:
    def factory(*, chip: int) -> None:
        raise RuntimeError(f"GPIO busy on chip {chip}")

    pi.LGPIOFactory = factory  # type: ignore[attr-defined] # as above
    with pytest.raises(PinsBusy, match=r"Another program .* \(GPIO busy on chip 0\): stop it"):
        open_pins(Panel())


def test_pins_that_fail_otherwise_are_explained(pi: ModuleType) -> None:
    def factory(*, chip: int) -> None:
        raise RuntimeError(f"unknown board on chip {chip}")

    pi.LGPIOFactory = factory  # type: ignore[attr-defined] # as above
    with pytest.raises(NoPins, match=r"unknown board on chip 0\): check the pins") as caught:
        open_pins(Panel())
    assert not isinstance(caught.value, PinsBusy)


def test_a_box_that_may_use_only_some_chips_does_not_touch_the_others(
    pi: ModuleType, devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (devices / "gpiochip7").touch()
    opened: list[int] = []
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("7"))
    monkeypatch.setattr(sys.modules["lgpio"], "gpiochip_open", opened.append)
    pi.LGPIOFactory = lambda **_: mock_factory()  # type: ignore[attr-defined] # as above
    open_pins(Panel()).close()
    assert opened == [0]
