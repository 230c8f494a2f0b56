"""Display chips as their data sheets describe them: what luma sends becomes the picture on a glass."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from PIL import Image

_PARALLEL_ON, _PARALLEL_OFF = 0x0C, 0x08
_REGISTER, _ENABLE = 0x01, 0x04
"""Pins of a PCF8574."""


class Chip:
    """A serial interface as luma uses it, with the memory of a chip behind it.

    Attributes:
        on: whether the glass is lit at all.
        contrast: how bright it is.
        sent: bytes of pixels that arrived.
        fail_after: pixels after which the bus fails with an OSError; None: never.
    """

    def __init__(self, size: tuple[int, int], *, columns: int, rows: int, first_column: int = 0) -> None:
        self.size = size
        self.memory = [bytearray(b"\x5a" * columns) for _ in range(rows)]  # a chip wakes with noise
        self.on = False
        self.contrast = -1
        self.sent = 0
        self.fail_after: int | None = None
        self.first = first_column
        self._pending: list[int] = []

    def command(self, *command: int) -> None:
        self._fail_if_due()
        for byte in command:
            self._pending.append(byte)
            if len(self._pending) > self.arguments(self._pending[0]):
                self.execute(*self._pending)
                self._pending.clear()

    def data(self, data: Iterable[int]) -> None:
        assert not self._pending, "data in the middle of a command"
        for byte in data:
            self._fail_if_due()
            self.store(byte)
            self.sent += 1

    def cleanup(self) -> None:
        pass

    def picture(self) -> Image.Image:
        """What a person sees on the glass."""
        image = Image.new("1", self.size)
        image.putdata([self.on and self.lit(x, y) for y in range(image.height) for x in range(image.width)])
        return image

    def lit(self, x: int, y: int) -> bool:
        raise NotImplementedError

    def arguments(self, opcode: int) -> int:
        raise NotImplementedError

    def execute(self, opcode: int, *arguments: int) -> None:
        if opcode in (0xAE, 0xAF):
            self.on = opcode == 0xAF
        elif opcode in (0x81, 0xC1):
            self.contrast = arguments[0]

    def store(self, byte: int) -> None:
        raise NotImplementedError

    def _fail_if_due(self) -> None:
        if self.fail_after is not None and self.sent >= self.fail_after:
            raise OSError(121, "Remote I/O error")


class Monochrome(Chip):
    """Eight rows of pixels share one byte a column; any row of the memory can be the first on the glass."""

    start = 0

    def execute(self, opcode: int, *arguments: int) -> None:
        super().execute(opcode, *arguments)
        if 0x40 <= opcode <= 0x7F:
            self.start = opcode & 0x3F

    def lit(self, x: int, y: int) -> bool:
        y = (y + self.start) % (8 * len(self.memory))
        return bool(self.memory[y // 8][self.first + x] >> (y % 8) & 1)


class Ssd1306(Monochrome):
    """Horizontal addressing within a window of columns and pages."""

    _ARGUMENTS: ClassVar = {0x21: 2, 0x22: 2} | dict.fromkeys(
        [0x20, 0x81, 0x8D, 0xA8, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB], 1
    )
    _BARE = frozenset([*range(0x40, 0x80), 0xA1, 0xA4, 0xA6, 0xAE, 0xAF, 0xC8, 0xE3])

    def __init__(self, width: int = 128, height: int = 64, *, first_column: int = 0) -> None:
        super().__init__((width, height), columns=132, rows=height // 8, first_column=first_column)
        self._columns = self._pages = (0, 0)
        self._column = self._page = 0

    def arguments(self, opcode: int) -> int:
        assert opcode in self._BARE or opcode in self._ARGUMENTS, f"no such command: {opcode:#x}"
        return self._ARGUMENTS.get(opcode, 0)

    def execute(self, opcode: int, *arguments: int) -> None:
        super().execute(opcode, *arguments)
        if opcode == 0x20:
            assert arguments == (0,), "horizontal addressing"
        elif opcode == 0x21:
            self._columns = arguments[0], arguments[1]
            self._column = arguments[0]
        elif opcode == 0x22:
            self._pages = arguments[0], arguments[1]
            self._page = arguments[0]

    def store(self, byte: int) -> None:
        self.memory[self._page][self._column] = byte
        self._column += 1
        if self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page = self._page + 1 if self._page < self._pages[1] else self._pages[0]


class Sh1106(Monochrome):
    """A page and a column that moves on by itself; of 132 columns the glass shows the middle 128."""

    def __init__(self, width: int = 128, height: int = 64, *, first_column: int = 2) -> None:
        super().__init__((width, height), columns=132, rows=height // 8, first_column=first_column)
        self._page = self._column = 0

    def arguments(self, opcode: int) -> int:
        return int(opcode in (0x81, 0x8D, 0xA8, 0xAD, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB))

    def execute(self, opcode: int, *arguments: int) -> None:
        super().execute(opcode, *arguments)
        if opcode <= 0x0F:
            self._column = self._column & 0xF0 | opcode
        elif opcode <= 0x1F:
            self._column = self._column & 0x0F | (opcode & 0x0F) << 4
        elif 0xB0 <= opcode <= 0xBF:
            self._page = opcode & 0x0F

    def store(self, byte: int) -> None:
        self.memory[self._page][self._column] = byte
        self._column += 1


class Windowed(Chip):
    """Grey and colour chips: pixels go row by row into a window of columns and rows.

    Args:
        size: of the glass.
        to_a_column: bytes behind one column address.
        level: of the pixel at a place in a row of memory, zero for dark.
        first_column: the address of the leftmost column.
    """

    _ARGUMENTS: ClassVar = {0x15: 2, 0x75: 2, 0xB8: 8}
    _BARE = frozenset([0x86, 0xA4, 0xA6, 0xAE, 0xAF, 0xB9, 0xE3])

    def __init__(
        self,
        size: tuple[int, int],
        to_a_column: int,
        level: Callable[[bytearray, int], int],
        *,
        first_column: int = 0,
    ) -> None:
        super().__init__(size, columns=512, rows=128, first_column=first_column * to_a_column)
        self._to_a_column = to_a_column
        self._level = level
        self._columns = self._rows = (0, 0)
        self._at = self._row = 0

    def lit(self, x: int, y: int) -> bool:
        return self._level(self.memory[y][self.first :], x) > 0

    def arguments(self, opcode: int) -> int:
        return 0 if opcode in self._BARE else self._ARGUMENTS.get(opcode, 1)

    def execute(self, opcode: int, *arguments: int) -> None:
        super().execute(opcode, *arguments)
        if opcode == 0x15:
            self._columns = arguments[0] * self._to_a_column, (arguments[1] + 1) * self._to_a_column
            self._at = self._columns[0]
        elif opcode == 0x75:
            self._rows = arguments[0], arguments[1]
            self._row = arguments[0]

    def store(self, byte: int) -> None:
        self.memory[self._row][self._at] = byte
        self._at += 1
        if self._at == self._columns[1]:
            self._at = self._columns[0]
            self._row = self._row + 1 if self._row < self._rows[1] else self._rows[0]


class ArgumentsAsData(Windowed):
    """Arguments come with the data line high; pixels only after the command that opens the memory."""

    _opcode = 0

    def command(self, *command: int) -> None:
        self._fail_if_due()
        for self._opcode in command:
            self.execute(self._opcode, *[0] * 4)

    def data(self, data: Iterable[int]) -> None:
        if self._opcode == 0x5C:
            super().data(data)
        else:
            self.execute(self._opcode, *data)


class Ws0010(Monochrome):
    """Half a byte at a time, as behind a PCF8574; in graphic mode."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__((width, height), columns=128, rows=2)
        self._page = self._column = 0
        self._half: int | None = None

    def arguments(self, _opcode: int) -> int:
        return 1

    def execute(self, opcode: int, *arguments: int) -> None:
        whole = opcode << 4 | arguments[0]
        if whole in (_PARALLEL_ON, _PARALLEL_OFF):
            self.on = whole == _PARALLEL_ON
        elif whole & 0x80:
            self._column = whole & 0x7F
        elif whole & 0x40:
            self._page = whole & 1

    def store(self, byte: int) -> None:
        if self._half is None:
            self._half = byte
            return
        self.memory[self._page][self._column] = self._half << 4 | byte
        self._half = None
        self._column += 1


def low_first(row: bytearray, x: int) -> int:
    """Two pixels a byte, the left one in the lower half."""
    return row[x // 2] >> (x % 2) * 4 & 0x0F


def high_first(row: bytearray, x: int) -> int:
    """Two pixels a byte, the left one in the upper half."""
    return row[x // 2] >> (1 - x % 2) * 4 & 0x0F


def pairs_swapped(row: bytearray, x: int) -> int:
    """Four pixels to a column address, the right two first."""
    return row[x // 2 ^ 1] >> (x % 2) * 4 & 0x0F


def byte_each(row: bytearray, x: int) -> int:
    """One pixel a byte: two segments side by side show the same."""
    return row[x]


def colour(row: bytearray, x: int) -> int:
    """Two bytes a pixel."""
    return row[2 * x] << 8 | row[2 * x + 1]


class I2cBus:
    """What luma takes for ``smbus2.SMBus``: its messages go to one chip at one address.

    Attributes:
        bits: clock cycles so far, with addresses, acknowledgements, starts and stops.
        fail_after: bytes after which the bus fails once, in the middle of a message; None: never.
    """

    def __init__(self, chip: Chip, address: int = 0x3C) -> None:
        self.chip = chip
        self.bits = 0
        self.fail_after: int | None = None
        self._address = address
        self._level = 0

    def __call__(self, _port: int) -> "I2cBus":
        return self

    def write_i2c_block_data(self, address: int, control: int, data: list[int]) -> None:
        assert len(data) <= 32, "more than the kernel takes in one block"
        self._message(address, control, data)

    def i2c_rdwr(self, message: Any) -> None:
        control, *data = list(message)
        self._message(message.addr, control, data)

    def write_byte(self, _address: int, pins: int) -> None:
        """Through a PCF8574: the chip takes half a byte when the enable line falls."""
        before, self._level = self._level, pins
        if before & _ENABLE and not pins & _ENABLE:
            half = [before >> 4]
            if before & _REGISTER:
                self.chip.data(half)
            else:
                self.chip.command(*half)

    def close(self) -> None:
        pass

    def _message(self, address: int, control: int, data: list[int]) -> None:
        if address != self._address:
            raise OSError(121, "Remote I/O error")
        self.bits += 9 * (2 + len(data)) + 2
        whole = data if self.fail_after is None else data[: self.fail_after]
        {0x00: lambda: self.chip.command(*whole), 0x40: lambda: self.chip.data(whole)}[control]()
        if self.fail_after is not None:
            self.fail_after -= len(data)
            if self.fail_after < 0:
                self.fail_after = None
                raise OSError(121, "Remote I/O error")


class SpiBus:
    """What luma takes for ``spidev.SpiDev``: whether bytes are commands or pixels is told by a pin."""

    def __init__(self, chip: Chip, is_data: Callable[[], bool]) -> None:
        self.chip = chip
        self._is_data = is_data

    def open(self, port: int, device: int) -> None:
        pass

    def writebytes(self, data: list[int]) -> None:
        assert len(data) <= 4096, "more than the kernel takes at once"
        if self._is_data():
            self.chip.data(data)
        else:
            self.chip.command(*data)

    def close(self) -> None:
        pass
