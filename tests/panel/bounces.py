"""How contacts close and open: traces to be replayed.

Two are measured: the times of their bounces, to the microsecond, are those of the reports 6 and 12 of
github.com/adamfk/bouncy-button-data. The others are made after what is published of such measurements.
"""

from dataclasses import dataclass

from appliance.panel.gestures import ButtonName, Edge
from appliance.settings import Times


@dataclass(frozen=True)
class Trace:
    """What one pin saw.

    Attributes:
        name: what kind of contact, and what was done with it.
        microseconds: when the pin changed; the first is a press, each other the opposite of the one before.
        presses: how often a finger went down.
        debounce: what the settings must say for such a contact, in seconds.
    """

    name: str
    microseconds: tuple[int, ...]
    presses: int = 1
    debounce: float = Times().debounce

    def __str__(self) -> str:
        return self.name

    def edges(self, button: ButtonName) -> list[Edge]:
        """The trace on a button, beginning at second 1."""
        assert len(self.microseconds) % 2 == 0, "a trace ends with the button up"
        return [Edge(button, down=n % 2 == 0, at=1 + at / 1e6) for n, at in enumerate(self.microseconds)]


def _at(start: int, *offsets: int) -> tuple[int, ...]:
    return tuple(start + offset for offset in offsets)


TRACES = (
    Trace("measured: a push button that touches for less than a microsecond first", (0, 1, 70, 120_000)),
    Trace(
        "measured: an old toggle in the fourth millisecond of its bouncing",
        _at(0, 0, 54, 55, 85, 86, 121, 123, 227, 228, 344, 345, 387, 388, 418, 427, 451, 452, 459, 462)
        + _at(0, 475, 476, 512, 516, 524, 527, 567, 572, 636, 639, 120_000),
    ),
    Trace("a clean press", (0, 140_000)),
    Trace("a tactile switch that bounces once", (0, 95, 310, 118_000)),
    Trace(
        "26 edges within 5 ms, pressed and released",
        _at(0, 0, 12, 85, 140, 390, 420, 700, 910, 1100, 1480, 1950, 2600, 3900)
        + _at(130_000, 0, 15, 45, 110, 480, 530, 860, 1210, 1730, 2050, 2890, 3650, 4800),
    ),
    Trace(
        "a scraping contact: 120 bounces within 6 ms, each 3 µs long",
        (*(edge for bounce in range(0, 6_000, 50) for edge in (bounce, bounce + 3)), 6_000, 140_000),
    ),
    Trace("bounces only when it is released", (0, *_at(160_000, 0, 240, 700, 1900, 2400, 6200, 9100))),
    Trace("a tap of 10 ms", (0, 10_000)),
    Trace(
        "a tap of 10 ms that bounces both ways",
        _at(0, 0, 60, 190, 900, 2100) + _at(10_000, 0, 130, 800),
    ),
    Trace("a tap of 3 ms on a light leaf switch", (0, 3_000)),
    Trace(
        "a slow, oxidised contact",
        _at(0, 0, 700, 1_900, 2_400, 5_800, 6_300, 9_900, 12_400, 14_800, 15_200, 18_600)
        + _at(230_000, 0, 900, 3_000, 3_600, 8_200, 8_800, 13_900, 15_000, 17_700, 18_900, 19_500),
    ),
    Trace(
        "an arcade button that rattles for 35 ms, with a longer debounce",
        _at(0, 0, 4_000, 4_500, 12_000, 13_000, 27_000, 35_000) + _at(250_000, 0, 9_000, 9_400, 22_000, 31_000),
        debounce=0.04,
    ),
    Trace(
        "four quick presses, each bouncing",
        tuple(
            press + edge
            for press in range(0, 4_000_000, 1_000_000)
            for edge in (0, 80, 400, 1_300, 2_200, 90_000, 90_300, 91_000)
        )[: 4 * 8],
        presses=4,
    ),
)
