#!/usr/bin/env python3
"""Draws ``wiring.svg`` beside this file: every wire, with the pins of the default settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from appliance.settings import Settings

DRAWING: Final = Path(__file__).with_name("wiring.svg")

# fmt: off
HEADER: Final = (
    "3V3", "5V", "GPIO2", "5V", "GPIO3", "GND", "GPIO4", "GPIO14", "GND", "GPIO15",
    "GPIO17", "GPIO18", "GPIO27", "GND", "GPIO22", "GPIO23", "3V3", "GPIO24", "GPIO10", "GND",
    "GPIO9", "GPIO25", "GPIO11", "GPIO8", "GND", "GPIO7", "GPIO0", "GPIO1", "GPIO5", "GND",
    "GPIO6", "GPIO12", "GPIO13", "GND", "GPIO19", "GPIO16", "GPIO26", "GPIO20", "GND", "GPIO21",
)
# fmt: on
"""What each pin of the header is, from pin 1 on."""

WIDTH: Final = 1240
HEIGHT: Final = 800
TOP: Final = 150
PITCH: Final = 29
ODD: Final = 602
EVEN: Final = 638
PILL: Final = 78
FONT: Final = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="13"'
GROUND: Final = "#333333"
POWER: Final = "#d02f2f"


@dataclass(frozen=True)
class Wire:
    """One wire from the header to a terminal of a part.

    Attributes:
        terminal: what is printed at the terminal.
        pin: place on the header, from 1.
        colour: of the wire.
        through: the resistor in it, if any.
    """

    terminal: str
    pin: int
    colour: str
    through: str = ""

    @property
    def signal(self) -> str:
        """What the pin is: ``GPIO17``, ``3V3``, ``GND``."""
        return HEADER[self.pin - 1]


@dataclass(frozen=True)
class Part:
    """A part, beside the header.

    Attributes:
        name: as in the list of parts.
        remark: what to mind.
        left: on which side of the header it is drawn.
        top: y of its box.
        wires: in the order of its terminals, from the top.
        lanes: for each wire, at which of the vertical tracks it turns, counted from the header.
    """

    name: str
    remark: str
    left: bool
    top: int
    wires: tuple[Wire, ...]
    lanes: tuple[int, ...]

    @property
    def height(self) -> int:
        """Of its box."""
        return 56 + 26 * max(2, len(self.wires))

    def terminal(self, number: int) -> tuple[int, int]:
        """Where a wire ends."""
        return (330 if self.left else WIDTH - 330), self.top + 58 + 26 * number


def pin_of(gpio: int) -> int:
    """The place on the header of a GPIO."""
    return HEADER.index(f"GPIO{gpio}") + 1


def parts(settings: Settings) -> tuple[Part, ...]:
    """Everything that is wired to a box with these settings."""
    panel, leds = settings.panel, settings.panel.leds.pins
    return (
        Part(
            name="Display (OLED, I2C)",
            remark="3.3 V, not 5 V",
            left=True,
            top=92,
            wires=(
                Wire("VCC", 1, POWER),
                Wire("SDA", pin_of(2), "#2d6cdf"),
                Wire("SCL", pin_of(3), "#c08a00"),
                Wire("GND", 9, GROUND),
            ),
            lanes=(1, 2, 3, 4),
        ),
        Part(
            name="Caption button",
            remark="large, normally open",
            left=True,
            top=310,
            wires=(Wire("one side", pin_of(panel.button), "#1f8a4c"), Wire("other side", 25, GROUND)),
            lanes=(4, 3),
        ),
        Part(
            name="Mute button",
            remark="small, normally open",
            left=True,
            top=480,
            wires=(Wire("one side", pin_of(panel.mute_button), "#8a3fc0"), Wire("other side", 39, GROUND)),
            lanes=(2, 1),
        ),
        Part(
            name="Light (RGB LED)",
            remark="common cathode",
            left=False,
            top=90,
            wires=(
                Wire("red", pin_of(leds["red"]), "#e03131", "330 Ω"),
                Wire("green", pin_of(leds["green"]), "#2f9e44", "100 Ω"),
                Wire("blue", pin_of(leds["blue"]), "#1c6dd0", "100 Ω"),
                Wire("cathode", 20, GROUND),
            ),
            lanes=(1, 2, 3, 4),
        ),
        Part(
            name="I2S microphone",
            remark="optional",
            left=False,
            top=430,
            wires=(
                Wire("SCK", pin_of(18), "#c08a00"),
                Wire("VDD", 17, POWER),
                Wire("GND", 30, GROUND),
                Wire("L/R", 34, GROUND),
                Wire("WS", pin_of(19), "#2d6cdf"),
                Wire("SD", pin_of(20), "#1f8a4c"),
            ),
            lanes=(6, 5, 4, 3, 2, 1),
        ),
    )


def drawing(settings: Settings) -> str:
    """The picture as SVG."""
    drawn = parts(settings)
    used = {wire.pin: wire for part in drawn for wire in part.wires}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        "<title>The wires of a captioning box</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_board(),
        *(line for part in drawn for line in _box(part)),
        *(line for pin in range(1, 41) for line in _pin(pin, used.get(pin))),
        *(line for part in drawn for line in _wires(part)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{escape(words)}</text>'


def _board() -> Iterator[str]:
    left, top, height = ODD - 118, TOP - 100, 20 * PITCH + 118
    yield f'<rect x="{left}" y="{top}" width="264" height="{height}" rx="14" fill="#e3f1e6" stroke="#8fb89a"/>'
    middle = (ODD + EVEN) / 2
    yield _text(middle, top + 30, "Raspberry Pi", 'text-anchor="middle" font-weight="bold" font-size="17"')
    yield _text(middle, top + 50, "header, seen from above;", 'text-anchor="middle" fill="#555"')
    yield _text(middle, top + 67, "pin 1 is at the memory card", 'text-anchor="middle" fill="#555"')
    yield (
        f'<rect x="{ODD - 16}" y="{TOP - 16}" width="{EVEN - ODD + 32}" height="{19 * PITCH + 32}" rx="4" '
        f'fill="#2b2b2b"/>'
    )


def _place(pin: int) -> tuple[int, int]:
    return (ODD if pin % 2 else EVEN), TOP + (pin - 1) // 2 * PITCH


def _pin(pin: int, wire: Wire | None) -> Iterator[str]:
    x, y = _place(pin)
    fill = wire.colour if wire else "#8a8a8a"
    edge = x - 22 - PILL if pin % 2 else x + 22
    if wire:
        yield f'<rect x="{edge}" y="{y - 10}" width="{PILL}" height="20" rx="10" fill="{fill}"/>'
    colour = "#ffffff" if wire else "#8a9a8e"
    yield _text(
        edge + PILL / 2, y + 4.5, HEADER[pin - 1], f'text-anchor="middle" fill="{colour}" font-size="12"'
    )
    shape = "rect" if pin == 1 else "circle"
    place = (
        f'x="{x - 11}" y="{y - 11}" width="22" height="22"' if shape == "rect" else f'cx="{x}" cy="{y}" r="11"'
    )
    yield f'<{shape} {place} fill="#f5d77a" stroke="{fill}" stroke-width="2"/>'
    yield _text(x, y + 4, str(pin), 'text-anchor="middle" font-size="11" fill="#222"')


def _wires(part: Part) -> Iterator[str]:
    for number, (wire, lane) in enumerate(zip(part.wires, part.lanes, strict=True)):
        end_x, end_y = part.terminal(number)
        x, y = _place(wire.pin)
        outwards = -1 if part.left else 1
        edge = (ODD - 22 - PILL) if part.left else (EVEN + 22 + PILL)
        crosses = part.left != bool(wire.pin % 2)
        turn = edge + outwards * (14 + 15 * lane)
        track = y + PITCH / 2 if crosses else y
        start = f"M{x} {y + 11} V{track:g}" if crosses else f"M{edge} {y}"
        path = f"H{turn} V{end_y} H{end_x}"
        line = 'fill="none" stroke-linejoin="round"'
        yield f'<path d="M{edge} {track:g} {path}" {line} stroke="#ffffff" stroke-width="6"/>'
        yield (
            f'<path class="wire" data-part="{escape(part.name)}" data-terminal="{wire.terminal}" '
            f'data-pin="{wire.pin}" data-signal="{wire.signal}" d="{start} {path}" {line} '
            f'stroke="{wire.colour}" stroke-width="2.6"/>'
        )
        yield f'<circle cx="{end_x}" cy="{end_y}" r="4.5" fill="{wire.colour}"/>'
        if wire.through:
            middle = (turn + end_x) / 2
            yield (
                f'<rect x="{middle - 27:g}" y="{end_y - 9}" width="54" height="18" rx="3" fill="#f3e3c3" '
                f'stroke="{wire.colour}" stroke-width="1.5"/>'
            )
            yield _text(middle, end_y + 4, wire.through, 'text-anchor="middle" font-size="11"')


def _box(part: Part) -> Iterator[str]:
    end_x, _ = part.terminal(0)
    x = end_x - 290 if part.left else end_x
    place = f'x="{x}" y="{part.top}" width="290" height="{part.height}"'
    yield f'<rect {place} rx="12" fill="#f6f7f9" stroke="#9aa3ad"/>'
    yield _text(x + 16, part.top + 26, part.name, 'font-weight="bold" font-size="15"')
    remark_x = x + 274
    yield _text(remark_x, part.top + 26, part.remark, 'text-anchor="end" fill="#666" font-size="12"')
    for number, wire in enumerate(part.wires):
        _, y = part.terminal(number)
        label_x, anchor = (end_x - 14, "end") if part.left else (end_x + 14, "start")
        yield _text(label_x, y + 4.5, wire.terminal, f'text-anchor="{anchor}"')
    yield from _picture(part, x + (95 if part.left else 195), part.top + 45 + (part.height - 55) / 2)


def _picture(part: Part, x: float, y: float) -> Sequence[str]:
    """What the part looks like, around a point."""
    if "OLED" in part.name:
        return (
            f'<rect x="{x - 66}" y="{y - 44}" width="132" height="88" rx="5" fill="#1e4f8a"/>',
            f'<rect x="{x - 56}" y="{y - 28}" width="112" height="58" fill="#0a0a0a"/>',
            _text(x - 50, y - 9, "Good morning", 'fill="#d7ecff" font-size="13"'),
            _text(x - 50, y + 9, "everyone, and", 'fill="#d7ecff" font-size="13"'),
            _text(x - 50, y + 26, "welcome", 'fill="#d7ecff" font-size="13"'),
        )
    if "button" in part.name:
        radius, colour = (26, "#1f8a4c") if "Caption" in part.name else (18, "#8a3fc0")
        return (
            f'<circle cx="{x}" cy="{y}" r="{radius + 6}" fill="#c9ced4" stroke="#8b939b"/>',
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>',
        )
    if "LED" in part.name:
        return (
            f'<path d="M{x - 24} {y + 22} V{y - 8} a24 24 0 0 1 48 0 v30 Z" fill="#eef3f7" stroke="#8b939b"/>',
            f'<rect x="{x - 30}" y="{y + 22}" width="60" height="9" rx="2" fill="#dfe6ec" stroke="#8b939b"/>',
            *(
                f'<circle cx="{x + dx}" cy="{y + dy}" r="8" fill="{colour}" opacity="0.85"/>'
                for dx, dy, colour in ((-7, 4, "#e03131"), (7, 4, "#2f9e44"), (0, -8, "#1c6dd0"))
            ),
            _text(x, y + 50, "longest leg: cathode", 'text-anchor="middle" font-size="11" fill="#666"'),
        )
    return (
        f'<circle cx="{x}" cy="{y}" r="46" fill="#6a3f9a"/>',
        f'<rect x="{x - 14}" y="{y - 18}" width="28" height="36" rx="3" fill="#d9d9d9" stroke="#777"/>',
        f'<circle cx="{x}" cy="{y + 8}" r="3.5" fill="#222"/>',
        _text(x, y + 66, "L/R at GND: left slot", 'text-anchor="middle" font-size="11" fill="#666"'),
    )


if __name__ == "__main__":
    DRAWING.write_text(drawing(Settings()), "utf-8")
