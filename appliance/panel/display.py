"""One opened display: luma's driver on its wire, and only what changed goes over it."""

import errno
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import luma.core.error
import luma.oled.device as drivers
from gpiozero import DigitalOutputDevice
from luma.core.interface.serial import i2c, spi
from luma.oled.const import ssd1306
from PIL import Image

from appliance.settings.models import Oled

I2C_PORT: Final = 1
"""The I2C bus on GPIO2 and GPIO3."""

SPI_DATA_PIN: Final = 25
SPI_RESET_PIN: Final = 26

_NOP: Final = 0xE3
"""Does nothing on all these chips, but fails where none answers."""

_PAGE: Final = 8
"""Rows of pixels that share one byte a column."""

_WINDOW_COST: Final = 10
"""Bytes it takes to point the chip elsewhere: a smaller gap between changes is cheaper written again."""

Connect = Callable[[], Any]
"""Makes a luma serial interface."""


class NoSuchDisplay(Exception):
    """The settings name a display that cannot be: one plain sentence. Trying again does not help."""


class Wire:
    """The wire to a display, made anew at every opening; counts what goes over it.

    Args:
        connect: makes the serial interface.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._serial: Any = None
        self.bytes_sent = 0
        """Commands and data since the box started, without the addressing of the bus."""

    def open(self) -> None:
        """Make the serial interface anew."""
        self.cleanup()
        self._serial = self._connect()

    def command(self, *command: int) -> None:
        """Send a command (called by luma)."""
        self.bytes_sent += len(command)
        self._serial.command(*command)

    def data(self, data: bytes | list[int]) -> None:
        """Send pixels (called by luma)."""
        self.bytes_sent += len(data)
        self._serial.data(data)

    def cleanup(self) -> None:
        """Let go of the bus."""
        serial, self._serial = self._serial, None
        if serial:
            serial.cleanup()


class Display:
    """A display that answers.

    Args:
        settings: which one.
        wire: where it is.

    Raises:
        NoSuchDisplay: no display is as the settings say.
        OSError: it does not answer; also luma's own errors.
    """

    def __init__(self, settings: Oled, wire: Wire) -> None:
        driver = _driver(settings.device)
        wire.open()
        try:
            self._device = driver(wire, width=settings.width, height=settings.height, mode="1")
        except luma.core.error.DeviceDisplayModeError:
            size = f"{settings.width}x{settings.height}"
            raise NoSuchDisplay(f"No {settings.device} has {size} pixels: correct [panel.oled].") from None
        self._device.persist = True  # what is on the glass stays when the box goes

    def show(self, image: Image.Image) -> None:
        """Bring a picture of mode ``1`` on the glass."""
        self._device.display(image.convert(self._device.mode))

    def close(self) -> None:
        """Let go of the bus; the picture stays."""
        self._device.cleanup()
        vars(self._device).clear()  # luma holds on to every device it ever made, to clean it up at exit


class _ChangesOnly:
    """Mixed into luma's drivers that would send the whole picture every time."""

    command: Callable[..., None]
    data: Callable[[list[int]], None]
    _shown: Sequence[bytes | None] | None = None

    def display(self, image: Image.Image) -> None:
        strips = pages(image)
        for page, (old, new) in enumerate(zip(self._shown or [None] * len(strips), strips, strict=True)):
            for columns in changes(old, new):
                self.point(page, columns)
                self.data(list(new[columns.start : columns.stop]))
        self._shown = strips

    def point(self, page: int, columns: range) -> None:
        """Tell the chip where the next data belongs."""
        raise NotImplementedError


class _Windowed(_ChangesOnly):
    """Chips that are told a window of columns and pages."""

    _colstart: int

    def point(self, page: int, columns: range) -> None:
        first, last = self._colstart + columns.start, self._colstart + columns.stop - 1
        self.command(ssd1306.COLUMNADDR, first, last, ssd1306.PAGEADDR, page, page)


class _Paged(_ChangesOnly):
    """Chips that are told a page and a column, in halves."""

    _page_address_offset: int

    def point(self, page: int, columns: range) -> None:
        column = self._page_address_offset + columns.start
        self.command(0xB0 | page, column & 0x0F, 0x10 | column >> 4)


def _driver(name: str) -> Callable[..., Any]:
    if name not in drivers.__all__:
        known = ", ".join(drivers.__all__)
        raise NoSuchDisplay(f"No display is called “{name}” ([panel.oled] device); known: {known}.")
    driver = getattr(drivers, name)
    for family, frugal in ((drivers.ssd1306, _Windowed), (drivers.sh1106, _Paged)):
        if issubclass(driver, family):
            return type(name, (frugal, driver), {})
    return cast("Callable[..., Any]", driver)


def pages(image: Image.Image) -> list[bytes]:
    """A picture as the chips hold it: strips of eight rows, a byte a column, the lowest bit on top."""
    strips = image.height // _PAGE
    turned = image.transpose(Image.Transpose.ROTATE_270).tobytes()
    return [turned[strips - 1 - page :: strips] for page in range(strips)]


def changes(old: bytes | None, new: bytes) -> Iterator[range]:
    """The columns in which two strips differ, in as few stretches as is worth it; all if `old` is unknown."""
    if old is None:
        yield range(len(new))
        return
    if old == new:
        return
    columns = [column for column, (was, is_now) in enumerate(zip(old, new, strict=True)) if was != is_now]
    gaps = [at for at, (left, right) in enumerate(pairwise(columns), 1) if right - left > _WINDOW_COST]
    for first, beyond in pairwise([0, *gaps, len(columns)]):
        yield range(columns[first], columns[beyond - 1] + 1)


def i2c_wire(settings: Oled) -> Wire:
    """A wire over I2C."""

    def connect() -> Any:
        serial = i2c(port=I2C_PORT, address=settings.address)
        try:
            serial.command(_NOP)
        except Exception:
            serial.cleanup()
            raise
        return serial

    return Wire(connect)


def spi_wire(factory: Any) -> Wire:
    """A wire over SPI, with the two extra pins from gpiozero's `factory`."""
    control = _ControlPins(factory)
    return Wire(lambda: spi(gpio=control, gpio_DC=SPI_DATA_PIN, gpio_RST=SPI_RESET_PIN))


class _ControlPins:
    """What luma asks of RPi.GPIO, so that one library drives all pins."""

    OUT = HIGH = 1
    LOW = 0

    def __init__(self, factory: Any) -> None:
        self._factory = factory
        self._pins: dict[int, Any] = {}

    def setup(self, pin: int, _direction: int) -> None:
        if pin not in self._pins:
            self._pins[pin] = DigitalOutputDevice(pin, pin_factory=self._factory)

    def output(self, pin: int, level: int) -> None:
        self._pins[pin].value = level


def trouble(settings: Oled, fault: Exception) -> str:
    """Why the display does not work, and what to do: one plain sentence."""
    if isinstance(fault, NoSuchDisplay):
        return str(fault)
    if isinstance(fault, ImportError):
        return "The display does not work: install the package python3-spidev."
    if not isinstance(fault, (OSError, luma.core.error.Error)):
        return f"The display does not work ({fault}); captions go on without it."
    number = getattr(fault, "errno", None) or getattr(fault.__context__, "errno", None)
    where = f"I2C address {settings.address:#x}" if settings.interface == "i2c" else "SPI"
    bus, switch = settings.interface, {"i2c": "i2c_arm", "spi": "spi"}[settings.interface]
    if number == errno.ENOENT:
        return f"The display does not work: switch {bus.upper()} on with dtparam={switch}=on in config.txt."
    if number in (errno.EACCES, errno.EPERM):
        return f"The box may not use its display: add its user to the group {bus}."
    return f"No display answers at {where}: check its wires and [panel.oled]; captions go on without it."
