"""LEDs on SPI, modelled after their data sheets: the bits on the wire become colours again."""

from itertools import groupby

Colour = tuple[int, int, int]
"""Red, green and blue, each from 0 to 255."""


class RecordingPort:
    """An SPI port that remembers what went over it, a transfer an entry.

    Args:
        rate: its clock in hertz.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.transfers: list[bytes] = []
        self.closed = False
        self.broken = False

    def writebytes2(self, data: bytes) -> None:
        assert not self.closed
        if self.broken:
            raise OSError(5, "Input/output error")
        self.transfers.append(data)

    def close(self) -> None:
        self.closed = True

    @property
    def bits(self) -> str:
        """The last transfer, bit by bit."""
        return "".join(f"{byte:08b}" for byte in self.transfers[-1])


def apa102_colours(port: RecordingPort, count: int) -> list[Colour]:
    """What a chain of `count` APA102 shows: each takes the first frame it sees and hands on the rest."""
    assert port.rate <= 15_000_000
    bits = port.bits
    assert bits.startswith("0" * 32)
    colours: list[Colour] = []
    at = 32
    for number in range(count):
        frame = bits[at + 32 * number : at + 32 * (number + 1)]
        assert frame.startswith("111"), "no start of a colour"
        assert frame[3:8] == "11111", "not the full current"
        blue, green, red = (int(frame[first : first + 8], 2) for first in (8, 16, 24))
        colours.append((red, green, blue))
    rest = bits[at + 32 * count :]
    assert len(rest) - 32 >= count / 2, "the last LEDs get no clock"
    assert set(rest) == {"0"}, "an LED beyond the last one shines"
    return colours


def ws2812_colours(port: RecordingPort, count: int) -> list[Colour]:
    """What a chain of `count` WS2812 shows: pulses measured in nanoseconds, latched by a long silence."""
    nanoseconds = 1e9 / port.rate
    pulses = [(level, len(list(run)) * nanoseconds) for level, run in groupby(port.bits)]
    assert pulses[0][0] == pulses[-1][0] == "0"
    assert min(pulses[0][1], pulses[-1][1]) >= 280_000, "no latch"
    bits = ""
    for (high, lit), (low, dark) in zip(pulses[1::2], pulses[2::2], strict=True):
        assert (high, low) == ("1", "0")
        assert 200 <= lit <= 500 or 550 <= lit <= 1_000, "neither a short nor a long pulse"
        assert 300 <= dark <= 5_000 or dark >= 280_000
        bits += "1" if lit > 525 else "0"
    assert len(bits) == 24 * count
    colours: list[Colour] = []
    for at in range(0, len(bits), 24):
        green, red, blue = (int(bits[first : first + 8], 2) for first in (at, at + 8, at + 16))
        colours.append((red, green, blue))
    return colours
