"""The pins of a real Raspberry Pi: found by the label of their chip, whose number moves between kernels."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from appliance.panel.pins import Pins
from appliance.panel.strips import spidev
from appliance.settings.models import Panel

DEVICES: Final = Path("/dev")

LABELS: Final = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""The chips that drive the 40-pin header: Pi 5, Pi 4, and all before."""


class NoPins(Exception):
    """The buttons and the light cannot be used: one plain sentence."""


class PinsBusy(NoPins):
    """Another program has them: one plain sentence."""


def open_pins(settings: Panel) -> Pins:
    """Claim the pins of the panel on the header.

    Raises:
        NoPins: there is no header here, or it cannot be used.
    """
    there = sorted(DEVICES.glob("gpiochip*"))
    if not there:
        raise NoPins(
            "This machine has no pins for buttons and light: use the pages, or set [panel] driver to “none”."
        )
    chips = [chip for chip in there if os.access(chip, os.R_OK | os.W_OK)]
    if not chips:
        raise NoPins("The box may not use its buttons and light: add its user to the group gpio.")
    try:
        lgpio = _lgpio()
        chip = header_chip({int(chip.name.removeprefix("gpiochip")): _label(lgpio, chip) for chip in chips})
        return Pins(settings, import_module("gpiozero.pins.lgpio").LGPIOFactory(chip=chip), spi=spidev)
    except ImportError:
        raise NoPins("Buttons and light do not work: install the package python3-lgpio.") from None
    except NoPins:
        raise
    except Exception as fault:  # lgpio's errors share no base but this
        if "busy" in str(fault).casefold():
            raise PinsBusy(
                f"Another program has the buttons or light ({fault}): stop it, or check the pins in [panel]."
            ) from fault
        raise NoPins(f"Buttons and light do not work ({fault}): check the pins in [panel].") from fault


def header_chip(labels: Mapping[int, str]) -> int:
    """The number of the chip that drives the header.

    Args:
        labels: the label of each chip by its number.

    Raises:
        NoPins: none does.
    """
    for number, label in labels.items():
        if label in LABELS:
            return number
    raise NoPins("This machine is not a Raspberry Pi: use the pages, or set [panel] driver to “none”.")


def _label(lgpio: Any, chip: Path) -> str:
    handle = lgpio.gpiochip_open(int(chip.name.removeprefix("gpiochip")))
    try:
        return str(lgpio.gpio_get_chip_info(handle)[3])
    finally:
        lgpio.gpiochip_close(handle)


def _lgpio() -> Any:
    """The library; at its import it makes a pipe in the working folder, which a service may not write to."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return import_module("lgpio")
