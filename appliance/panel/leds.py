"""What shines: an LED on pins, a row of them on SPI, or none, all behind one interface."""

from contextlib import ExitStack
from typing import Any, Final

from gpiozero import PWMLED

from appliance.panel.lights import Led, Lights
from appliance.panel.strips import Spi, Strip, apa102, ws2812
from appliance.settings.models import Leds

_COLOURS: Final = Lights._fields

_DIMMEST: Final = 0.01
"""lgpio modulates in whole percents: less would be dark, and a dimmed box at rest would look switched off."""


def make_led(settings: Leds, factory: Any, spi: Spi) -> Led:
    """The LED of the settings.

    Args:
        settings: which kind, and where.
        factory: a gpiozero pin factory.
        spi: opens the SPI bus.
    """
    match settings.kind:
        case "rgb":
            return PinLed(settings, factory)
        case "apa102":
            return Strip(apa102(settings.count), spi, settings.brightness)
        case "ws2812":
            return Strip(ws2812(settings.count), spi, settings.brightness)
        case "none":
            return NoLed()


class PinLed:
    """LEDs by pulse-width modulation, one pin a colour; a colour may be without one."""

    def __init__(self, settings: Leds, factory: Any) -> None:
        self._brightness = settings.brightness
        with ExitStack() as claimed:
            self._leds = {
                colour: claimed.enter_context(
                    PWMLED(pin, active_high=settings.common == "cathode", pin_factory=factory)
                )
                for colour, pin in settings.pins.items()
            }
            self._claimed = claimed.pop_all()

    def shine(self, colour: Lights) -> None:
        """Show a colour as well as the LED can."""
        parts = shown_by(colour.dimmed(self._brightness), list(self._leds))
        for led, part in zip(self._leds.values(), parts, strict=True):
            led.value = max(part, _DIMMEST) if part else 0.0

    def trouble(self, fault: Exception) -> str:
        """Why it does not shine."""
        return f"The light does not work ({fault}): check the pins in [panel.leds]; captions go on without it."

    def close(self) -> None:
        """Go dark and give the pins back."""
        self._claimed.close()


class NoLed:
    """A box without a light; the same interface."""

    def shine(self, colour: Lights) -> None:
        """Nothing shines."""

    def trouble(self, fault: Exception) -> str:
        """Nothing can fail."""
        return str(fault)

    def close(self) -> None:
        """Nothing to give back."""


def shown_by(colour: Lights, there: list[str]) -> list[float]:
    """How bright each colour that is there must be, so that the brightness of the whole is right.

    With a red LED alone, green is shown in red: what blinks, breathes or is dim still does.

    Args:
        colour: what was meant.
        there: some of ``red``, ``green`` and ``blue``.
    """
    meant = max(colour)
    parts = [colour[_COLOURS.index(name)] for name in there]
    brightest = max(parts, default=0)
    return [part * meant / brightest for part in parts] if brightest else [meant] * len(parts)
