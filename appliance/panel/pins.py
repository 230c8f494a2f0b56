"""The buttons and the light on their pins, real or simulated: the same code above them."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from time import monotonic
from typing import Any

from gpiozero import DigitalInputDevice

from appliance.panel.gestures import ButtonName, Edge
from appliance.panel.leds import make_led
from appliance.panel.strips import Spi, nowhere
from appliance.settings.models import Panel


class NotSimulated(RuntimeError):
    """A program tried to press a button that only a finger can press."""


class Pins:
    """Claims the pins of the panel.

    Args:
        settings: which pins.
        factory: a gpiozero pin factory, closed with the pins.
        spi: opens the SPI bus, for LEDs that are there.

    Attributes:
        numbers: the pin of each button, by its BCM number.
        led: what shines.
    """

    def __init__(self, settings: Panel, factory: Any, *, spi: Spi = nowhere) -> None:
        self.numbers = {ButtonName.CAPTION: settings.button, ButtonName.MUTE: settings.mute_button}
        self.factory = factory
        with ExitStack() as claimed:
            claimed.callback(factory.close)
            self._buttons = {
                name: claimed.enter_context(DigitalInputDevice(pin, pull_up=True, pin_factory=factory))
                for name, pin in self.numbers.items()
            }
            self.led = make_led(settings.leds, factory, spi)
            claimed.callback(self.led.close)
            self._claimed = claimed.pop_all()

    def listen(self, heard: Callable[[Edge], None]) -> None:
        """Have every edge told to `heard`, in a thread of the pins."""
        for name, button in self._buttons.items():
            button.when_activated = partial(self._tell, heard, name, True)  # noqa: FBT003 - down
            button.when_deactivated = partial(self._tell, heard, name, False)  # noqa: FBT003 - down

    @property
    def held(self) -> list[ButtonName]:
        """The buttons that are down now."""
        return [name for name, button in self._buttons.items() if button.is_active]

    def close(self) -> None:
        """Give the pins back."""
        self._claimed.close()

    def press(self, button: ButtonName) -> None:
        """Put a finger on a simulated button.

        Raises:
            NotSimulated: this one is real.
        """
        raise NotSimulated(
            f"Only a finger can press {button}: start the box with --simulate to press it from here."
        )

    def release(self, button: ButtonName) -> None:
        """Take the finger off; as `press`."""
        self.press(button)

    @staticmethod
    def _tell(heard: Callable[[Edge], None], name: ButtonName, down: bool) -> None:  # noqa: FBT001 - Edge.down
        heard(Edge(name, down, monotonic()))
