"""One opened display: luma's driver on its wire, and only what changed goes over it."""

import errno
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import luma.core.error
import luma.oled.device as drivers
from gpiozero import DigitalOutputDevice
from luma.core.framebuffer import diff_to_previous
from luma.core.interface.serial import i2c, pcf8574, spi
from luma.oled.const import ssd1306
from PIL import Image, ImageChops

from appliance.settings.models import Oled

I2C_PORT: Final = 1
"""The I2C bus on GPIO2 and GPIO3."""

SPI_DATA_PIN: Final = 25
SPI_RESET_PIN: Final = 26

_NOPS: Final = [0xE3] * 4
"""Do nothing on all these chips but end a command that was cut off, and fail where none answers."""

_MESSAGE: Final = 32
"""Bytes of commands that luma takes at once on I2C; it sets up some chips with more."""

_PAGE: Final = 8
"""Rows of pixels that share one byte a column."""

_WINDOW_COST: Final = 10
"""Bytes it takes to point the chip elsewhere: a smaller gap between changes is cheaper written again."""

_SEGMENTS: Final = 16
"""Parts of the picture in which luma looks for changes, each sent as one rectangle."""

_NHD_COLUMN: Final = 28
"""Column address of the leftmost pixels of a Newhaven glass with an SSD1322."""

_CELL: Final = 5, 8
"""Pixels of a character, in which luma counts the size of a character display."""

Connect = Callable[[], Any]
"""Makes a luma serial interface."""


class NoSuchDisplay(Exception):
    """The settings name a display that cannot be: one plain sentence. Trying again does not help."""


class Wire:
    """The wire to a display, made anew at every opening; counts what goes over it.

    Args:
        connect: makes the serial interface.
        answers: whether a write fails where there is no display, as on I2C; SPI has no way back.
    """

    def __init__(self, connect: Connect, *, answers: bool = True) -> None:
        self.answers = answers
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
        for first in range(0, len(command), _MESSAGE):
            self._serial.command(*command[first : first + _MESSAGE])

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
        self._settings = settings
        driver = _driver(settings.device)
        size = settings.width, settings.height
        if settings.interface == "spi" and _is_parallel(settings):
            raise NoSuchDisplay(
                f"luma drives a {settings.device} over I2C only, by a PCF8574: correct [panel.oled]."
            )
        wire.open()
        try:
            self._device = driver(wire, **_shape(settings.device, size), mode="1")
        except luma.core.error.DeviceDisplayModeError:
            raise _no_such_size(settings) from None
        self._device.persist = True  # what is on the glass stays when the box goes
        if self._device.size != size:
            raise _no_such_size(settings)

    def show(self, image: Image.Image) -> None:
        """Bring a picture of mode ``1`` on the glass."""
        self._device.display(image.convert(self._device.mode))

    def shine(self, level: int) -> None:
        """Set the brightness, from 0 to 255, where the chip has one; no level is quite dark."""
        if not _is_parallel(self._settings):
            self._device.contrast(level)

    def close(self) -> None:
        """Let go of the bus; the picture stays."""
        self._device.cleanup()
        vars(self._device).clear()  # luma holds on to every device it ever made, to clean it up at exit


class _ChangesOnly:
    """Mixed into luma's drivers that would send the whole picture every time."""

    command: Callable[..., None]
    data: Callable[[list[int]], None]
    _shown: Sequence[bytes | None] | None = None
    _glass: Image.Image | None = None
    _top = 0
    _rows_of_memory = 0
    """Where it is as high as the glass, any of its rows can stand at the top; 0: not known."""

    def display(self, image: Image.Image) -> None:
        if self._glass and image.height == self._rows_of_memory:
            self._turn(rolled(self._glass, image))
        self._glass = image.copy()
        strips = pages(ImageChops.offset(image, 0, self._top))
        for page, (old, new) in enumerate(zip(self._shown or [None] * len(strips), strips, strict=True)):
            for columns in changes(old, new):
                self.point(page, columns)
                self.data(list(new[columns.start : columns.stop]))
        self._shown = strips

    def _turn(self, rows: int) -> None:
        """Let the chip move the picture up, so that lines that only moved are not sent again."""
        if rows:
            self._top = (self._top + rows) % self._rows_of_memory
            self.command(ssd1306.SETSTARTLINE | self._top)

    def point(self, page: int, columns: range) -> None:
        """Tell the chip where the next data belongs."""
        raise NotImplementedError


class _Windowed(_ChangesOnly):
    """Chips that are told a window of columns and pages."""

    _colstart: int
    _rows_of_memory = 64

    def point(self, page: int, columns: range) -> None:
        first, last = self._colstart + columns.start, self._colstart + columns.stop - 1
        self.command(ssd1306.COLUMNADDR, first, last, ssd1306.PAGEADDR, page, page)


class _Paged(_ChangesOnly):
    """Chips that are told a page and a column, in halves."""

    _page_address_offset = 0

    def point(self, page: int, columns: range) -> None:
        column = self._page_address_offset + columns.start
        self.command(0xB0 | page, column & 0x0F, 0x10 | column >> 4)


class _PagedInTheMiddle(_Paged):
    """A glass of 128 columns on a chip with 132."""

    _page_address_offset = 2
    _rows_of_memory = 64


class _Narrowed:
    """Mixed into luma's driver for two segments a pixel, which would send whole rows."""

    command: Callable[..., None]
    data: Callable[[list[int]], None]
    framebuffer: diff_to_previous

    def display(self, image: Image.Image) -> None:
        for _, (left, top, right, bottom) in self.framebuffer.redraw(image):
            first, beyond = left // 2, (right + 1) // 2  # two pixels to a column address
            self.command(0x15, _NHD_COLUMN + first, _NHD_COLUMN + beyond - 1)
            self.command(0x75, top, bottom - 1)
            self.command(0x5C)
            self.data(list(image.crop((2 * first, top, 2 * beyond, bottom)).convert("L").tobytes()))


_FRUGAL: Final = {
    drivers.ssd1306: _Windowed,
    drivers.sh1106: _PagedInTheMiddle,
    drivers.sh1107: _Paged,
    drivers.ch1115: _PagedInTheMiddle,
    drivers.ssd1322_nhd: _Narrowed,
}
"""What spares these drivers, and those made from them, the whole picture; the others do that themselves."""


def _driver(name: str) -> Callable[..., Any]:
    if name not in drivers.__all__:
        known = ", ".join(drivers.__all__)
        raise NoSuchDisplay(f"No display is called “{name}” ([panel.oled] device); known: {known}.")
    driver = getattr(drivers, name)
    for family, frugal in _FRUGAL.items():
        if issubclass(driver, family):
            return type(name, (frugal, driver), {})
    return cast("Callable[..., Any]", driver)


def _shape(name: str, size: tuple[int, int]) -> dict[str, Any]:
    """How luma is told the size, and where it is to look for changes."""
    framebuffer = diff_to_previous(num_segments=_SEGMENTS)
    columns, rows = _CELL if name == "winstar_weh" else (1, 1)
    return {"width": size[0] // columns, "height": size[1] // rows, "framebuffer": framebuffer}


def _no_such_size(settings: Oled) -> NoSuchDisplay:
    size = f"{settings.width}x{settings.height}"
    return NoSuchDisplay(f"No {settings.device} has {size} pixels: correct [panel.oled].")


def pages(image: Image.Image) -> list[bytes]:
    """A picture as the chips hold it: strips of eight rows, a byte a column, the lowest bit on top."""
    strips = image.height // _PAGE
    turned = image.transpose(Image.Transpose.ROTATE_270).tobytes()
    return [turned[strips - 1 - page :: strips] for page in range(strips)]


def rolled(old: Image.Image, new: Image.Image) -> int:
    """The rows by which a picture moved up, as far as most of its lit rows tell; 0 where little changed."""
    before, after = rows(old), rows(new)
    dark = bytes(len(after[0]))
    lit = [row for row, pixels in enumerate(after) if pixels != dark]

    def stayed(up: int) -> int:
        return sum(after[row] == before[(row + up) % len(before)] for row in lit)

    if 2 * stayed(0) >= len(lit):
        return 0
    return max(range(len(before)), key=stayed)


def rows(image: Image.Image) -> list[bytes]:
    """A picture of mode ``1`` row by row."""
    size = (image.width + 7) // 8
    pixels = image.tobytes()
    return [pixels[first : first + size] for first in range(0, len(pixels), size)]


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
        if _is_parallel(settings):
            return pcf8574(port=I2C_PORT, address=settings.address)
        serial = i2c(port=I2C_PORT, address=settings.address)
        try:
            serial.command(*_NOPS)
        except Exception:
            serial.cleanup()
            raise
        return serial

    return Wire(connect)


def spi_wire(factory: Any) -> Wire:
    """A wire over SPI, with the two extra pins from gpiozero's `factory`."""
    control = _ControlPins(factory)
    return Wire(lambda: spi(gpio=control, gpio_DC=SPI_DATA_PIN, gpio_RST=SPI_RESET_PIN), answers=False)


def _is_parallel(settings: Oled) -> bool:
    """Whether the chip has parallel pins only and hangs on the bus by a PCF8574, as character displays do."""
    return issubclass(getattr(drivers, settings.device, object), drivers.ws0010)


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
