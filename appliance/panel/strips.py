"""Rows and rings of APA102 or WS2812 LEDs on SPI, which all show the same colour."""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from math import ceil
from typing import Any, Final, Protocol

from appliance.panel.lights import Lights

_BUS: Final = 0
_DEVICE: Final = 1
"""Any would do, for these LEDs have no chip select; this one leaves the other to a device that has."""

_WS2812_BITS: Final = {"0": "100", "1": "110"}
"""A bit of colour is a pulse on the wire, of one or two bits of SPI, 417 ns each."""

_WS2812_RATE: Final = 2_400_000
_WS2812_RESET: Final = bytes(_WS2812_RATE // 8 * 300 // 1_000_000)
"""300 µs of silence: what came before is shown, and the next LED to be told is the first."""

_APA102_RATE: Final = 4_000_000
_APA102_FULL: Final = 0xFF
"""Leads each colour: three marker bits and the current of the LED, at its most."""


class Port(Protocol):
    """An open SPI port, as the library spidev has it."""

    def writebytes2(self, data: bytes) -> None:
        """Send bytes, however many."""

    def close(self) -> None:
        """Let go of the bus."""


Spi = Callable[[int], Port]
"""Opens the port at a clock rate in hertz."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How a chain of LEDs is told its colour.

    Attributes:
        rate: clock of the SPI bus in hertz.
        encode: makes the bytes for one colour, each part from 0 to 255, on all LEDs.
    """

    rate: int
    encode: Callable[[int, int, int], bytes]


def apa102(count: int) -> Chain:
    """APA102 and its likeness SK9822, with a wire for the clock."""
    # A LED passes the data on half a clock late, and an SK9822 shows it only at the next 32 zeros.
    head, tail = bytes(4), bytes(4 + (count + 15) // 16)
    return Chain(
        _APA102_RATE,
        lambda red, green, blue: head + bytes((_APA102_FULL, blue, green, red)) * count + tail,
    )


def ws2812(count: int) -> Chain:
    """WS2812 and SK6812, one wire for all, here the data of SPI."""

    def encode(red: int, green: int, blue: int) -> bytes:
        bits = "".join(_WS2812_BITS[bit] for bit in f"{green:08b}{red:08b}{blue:08b}")
        return _WS2812_RESET + int(bits, 2).to_bytes(9) * count + _WS2812_RESET

    return Chain(_WS2812_RATE, encode)


class Strip:
    """LEDs on SPI; the port is opened at the first colour, and anew after a failure.

    Args:
        chain: how they are told.
        spi: opens the bus.
        brightness: of full white, from 0 to 1.
    """

    def __init__(self, chain: Chain, spi: Spi, brightness: float) -> None:
        self._chain = chain
        self._spi = spi
        self._brightness = brightness
        self._port: Port | None = None

    def shine(self, colour: Lights) -> None:
        """Show a colour on all LEDs."""
        levels = (ceil(255 * self._brightness * part) for part in colour)
        self._port = self._port or self._spi(self._chain.rate)
        try:
            self._port.writebytes2(self._chain.encode(*levels))
        except Exception:
            self.close()
            raise

    def trouble(self, fault: Exception) -> str:
        """Why they do not shine."""
        if isinstance(fault, ImportError):
            return "The light does not work: install the package python3-spidev."
        number = fault.errno if isinstance(fault, OSError) else None
        if number == errno.ENOENT:
            return "The light does not work: switch SPI on with dtparam=spi=on in config.txt."
        if number in (errno.EACCES, errno.EPERM):
            return "The box may not use its light: add its user to the group spi."
        return f"The light does not work ({fault}): check [panel.leds]; captions go on without it."

    def close(self) -> None:
        """Let go of the bus."""
        port, self._port = self._port, None
        if port:
            port.close()


def spidev(rate: int) -> Port:
    """The SPI bus of a Raspberry Pi."""
    port: Any = import_module("spidev").SpiDev()
    port.open(_BUS, _DEVICE)
    port.max_speed_hz = rate
    return port  # type: ignore[no-any-return] # spidev is untyped


class _Nowhere:
    """A port that leads nowhere."""

    def writebytes2(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def nowhere(_rate: int) -> Port:
    """The SPI bus where there is none."""
    return _Nowhere()
