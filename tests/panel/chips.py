"""Display chips as their data sheets describe them: what luma sends becomes the picture on a glass."""

from PIL import Image

_SSD1306_ARGUMENTS = {
    0x20: 1,
    0x21: 2,
    0x22: 2,
    0x81: 1,
    0x8D: 1,
    0xA8: 1,
    0xD3: 1,
    0xD5: 1,
    0xD9: 1,
    0xDA: 1,
    0xDB: 1,
} | dict.fromkeys([0x40, 0xA1, 0xA4, 0xA6, 0xAE, 0xAF, 0xC8, 0xE3], 0)


class Chip:
    """A serial interface as luma uses it, with the memory of a chip behind it.

    Attributes:
        sent: bytes of pixels that arrived.
        fail_after: pixels after which the bus fails with an OSError; None: never.
    """

    def __init__(self, columns: int, pages: int, *, first_column: int = 0, width: int | None = None) -> None:
        self.memory = [bytearray(b"\x5a" * columns) for _ in range(pages)]  # a chip wakes with noise
        self.on = False
        self.sent = 0
        self.fail_after: int | None = None
        self._first = first_column
        self._width = width or columns
        self._pending: list[int] = []

    def command(self, *command: int) -> None:
        self._fail_if_due()
        for byte in command:
            self._pending.append(byte)
            if len(self._pending) > self.arguments(self._pending[0]):
                self.execute(*self._pending)
                self._pending.clear()

    def data(self, data: list[int]) -> None:
        assert not self._pending, "data in the middle of a command"
        for byte in data:
            self._fail_if_due()
            self.store(byte)
            self.sent += 1

    def cleanup(self) -> None:
        pass

    def picture(self) -> Image.Image:
        """What a person sees on the glass."""
        image = Image.new("1", (self._width, 8 * len(self.memory)))
        for y in range(image.height):
            for x in range(image.width):
                bit = self.memory[y // 8][self._first + x] >> (y % 8) & 1
                image.putpixel((x, y), bit if self.on else 0)
        return image

    def arguments(self, opcode: int) -> int:
        raise NotImplementedError

    def execute(self, opcode: int, *arguments: int) -> None:
        raise NotImplementedError

    def store(self, byte: int) -> None:
        raise NotImplementedError

    def _fail_if_due(self) -> None:
        if self.fail_after is not None and self.sent >= self.fail_after:
            raise OSError(121, "Remote I/O error")


class Ssd1306(Chip):
    """Horizontal addressing within a window of columns and pages."""

    def __init__(self, width: int = 128, height: int = 64, *, first_column: int = 0) -> None:
        super().__init__(132, height // 8, first_column=first_column, width=width)
        self._columns = self._pages = (0, 0)
        self._column = self._page = 0

    def arguments(self, opcode: int) -> int:
        return _SSD1306_ARGUMENTS[opcode]

    def execute(self, opcode: int, *arguments: int) -> None:
        if opcode == 0x20:
            assert arguments == (0,), "horizontal addressing"
        elif opcode == 0x21:
            self._columns = arguments[0], arguments[1]
            self._column = arguments[0]
        elif opcode == 0x22:
            self._pages = arguments[0], arguments[1]
            self._page = arguments[0]
        elif opcode in (0xAE, 0xAF):
            self.on = opcode == 0xAF

    def store(self, byte: int) -> None:
        self.memory[self._page][self._column] = byte
        self._column += 1
        if self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page = self._page + 1 if self._page < self._pages[1] else self._pages[0]


class Sh1106(Chip):
    """A page and a column that moves on by itself; 132 columns, of which the glass shows the middle 128."""

    def __init__(self) -> None:
        super().__init__(132, 8, first_column=2, width=128)
        self._page = self._column = 0

    def arguments(self, opcode: int) -> int:
        return int(opcode in (0x81, 0x8D, 0xA8, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB))

    def execute(self, opcode: int, *_: int) -> None:
        if opcode <= 0x0F:
            self._column = self._column & 0xF0 | opcode
        elif opcode <= 0x1F:
            self._column = self._column & 0x0F | (opcode & 0x0F) << 4
        elif 0xB0 <= opcode <= 0xB7:
            self._page = opcode & 0x0F
        elif opcode in (0xAE, 0xAF):
            self.on = opcode == 0xAF

    def store(self, byte: int) -> None:
        self.memory[self._page][self._column] = byte
        self._column += 1
