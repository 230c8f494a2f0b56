"""A panel without hardware: gpiozero's mock pins, and the real display driver on a wire that leads nowhere."""

from typing import Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

from appliance.panel.gestures import ButtonName
from appliance.panel.pins import Pins
from appliance.settings.models import Panel


class _Pin(MockPWMPin):  # type: ignore[misc] # gpiozero is untyped
    """A mock pin that keeps no diary of its states: it lives for weeks here, not for one test."""

    def _change_state(self, value: float) -> bool:
        changed = bool(super()._change_state(value))
        self.clear_states()
        return changed


def mock_factory() -> Any:
    """Pins that exist only here."""
    return MockFactory(pin_class=_Pin)


class SimulatedPins(Pins):
    """Pins that a program can drive as a finger would."""

    def __init__(self, settings: Panel) -> None:
        super().__init__(settings, mock_factory())

    def press(self, button: ButtonName) -> None:
        """Put a finger on a button."""
        self._buttons[button].pin.drive_low()

    def release(self, button: ButtonName) -> None:
        """Take the finger off."""
        self._buttons[button].pin.drive_high()
