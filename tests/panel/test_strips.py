import errno
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from appliance.panel.lights import AMBER, DARK, LOOKS, WHITE, Lights
from appliance.panel.strips import Chain, Strip, apa102, nowhere, spidev, ws2812
from appliance.state import State
from tests.panel.rings import Colour, RecordingPort, apa102_colours, ws2812_colours

Decode = Callable[[RecordingPort, int], list[Colour]]
KINDS = [(apa102, apa102_colours), (ws2812, ws2812_colours)]


class Bus:
    """A bus that can be plugged out, and remembers the ports that were opened."""

    def __init__(self) -> None:
        self.ports: list[RecordingPort] = []

    def __call__(self, rate: int) -> RecordingPort:
        self.ports.append(RecordingPort(rate))
        return self.ports[-1]


@pytest.mark.parametrize(("kind", "decode"), KINDS)
@pytest.mark.parametrize("count", [1, 2, 3, 12, 16, 17, 33, 64])
def test_every_led_of_a_ring_shows_the_colour(kind: Callable[[int], Chain], decode: Decode, count: int) -> None:
    bus = Bus()
    strip = Strip(kind(count), bus, 1.0)
    for colour, seen in [
        (WHITE, (255, 255, 255)),
        (AMBER, (255, 102, 0)),
        (Lights(0, 0.5, 1), (0, 128, 255)),
        (DARK, (0, 0, 0)),
    ]:
        strip.shine(colour)
        assert decode(bus.ports[0], count) == [seen] * count
    strip.close()
    assert bus.ports[0].closed


@pytest.mark.parametrize(("kind", "decode"), KINDS)
def test_a_dazzling_ring_can_be_dimmed_and_still_shows_that_the_box_is_on(
    kind: Callable[[int], Chain], decode: Decode
) -> None:
    bus = Bus()
    Strip(kind(3), bus, 0.2).shine(WHITE)
    assert decode(bus.ports[-1], 3) == [(51, 51, 51)] * 3
    Strip(kind(3), bus, 0.01).shine(LOOKS[State.IDLE].at(0)[0])
    assert min(decode(bus.ports[-1], 3)[0]) > 0


def test_a_bus_that_failed_is_opened_anew() -> None:
    bus = Bus()
    strip = Strip(apa102(3), bus, 1.0)
    strip.shine(WHITE)
    bus.ports[0].broken = True
    with pytest.raises(OSError, match="Input/output"):
        strip.shine(AMBER)
    assert bus.ports[0].closed
    strip.shine(AMBER)
    assert apa102_colours(bus.ports[1], 3) == [(255, 102, 0)] * 3


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (ImportError("spidev"), "install the package python3-spidev"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "dtparam=spi=on"),
        (PermissionError(errno.EACCES, "Permission denied"), "group spi"),
        (OSError(errno.EIO, "Input/output error"), "check [panel.leds]"),
    ],
)
def test_a_ring_that_stays_dark_says_what_to_do(fault: Exception, remedy: str) -> None:
    assert remedy in Strip(apa102(3), nowhere, 1.0).trouble(fault)


def test_the_library_for_spi_is_loaded_only_for_leds_that_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("spidev")
    opened: list[tuple[int, int]] = []

    class SpiDev(RecordingPort):
        def __init__(self) -> None:
            super().__init__(0)
            self.max_speed_hz = 0

        def open(self, bus: int, device: int) -> None:
            opened.append((bus, device))

    library.SpiDev = SpiDev  # type: ignore[attr-defined] # a stand-in for the C library
    monkeypatch.setitem(sys.modules, "spidev", library)
    strip = Strip(ws2812(8), spidev, 1.0)
    assert not opened
    strip.shine(WHITE)
    assert opened == [(0, 1)]
    assert isinstance(strip._port, SpiDev)
    assert strip._port.max_speed_hz == 2_400_000


def test_a_simulated_ring_needs_no_library() -> None:
    strip = Strip(apa102(3), nowhere, 1.0)
    strip.shine(WHITE)
    strip.close()
