import random
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from itertools import count

import luma.oled.device as drivers
import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some
from luma.core.error import DeviceNotFoundError
from luma.core.error import Error as LumaError
from luma.core.interface.serial import i2c, noop
from PIL import Image, ImageDraw

from appliance.panel.display import Display, NoSuchDisplay, Wire, changes, i2c_wire, spi_wire, trouble
from appliance.panel.fonts import Fonts
from appliance.panel.oled import shifted
from appliance.panel.rollup import Passage, Roll
from appliance.panel.screens import Scene, Screens
from appliance.panel.typesetting import Typesetter
from appliance.settings.models import Oled
from appliance.state import State, Status
from tests.panel.chips import (
    ArgumentsAsData,
    Chip,
    I2cBus,
    Sh1106,
    SpiBus,
    Ssd1306,
    Windowed,
    Ws0010,
    byte_each,
    colour,
    high_first,
    low_first,
    pairs_swapped,
)

luma_is_behind = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")


def scribble(size: tuple[int, int], seed: int) -> Image.Image:
    """A picture with a few strokes in it."""
    chance = random.Random(seed)
    image = Image.new("1", size)
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randrange(6)):
        draw.line([(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(2)], fill=1)
    return image


CHIPS: dict[tuple[str, int, int], Callable[[], Chip]] = {
    ("ssd1305", 128, 64): Ssd1306,
    ("ssd1305", 128, 32): lambda: Ssd1306(128, 32, first_column=4),
    ("ssd1306", 128, 64): Ssd1306,
    ("ssd1306", 128, 32): lambda: Ssd1306(128, 32),
    ("ssd1306", 96, 16): lambda: Ssd1306(96, 16),
    ("ssd1306", 64, 48): lambda: Ssd1306(64, 48, first_column=32),
    ("ssd1306", 64, 32): lambda: Ssd1306(64, 32, first_column=32),
    ("ssd1309", 128, 64): Ssd1306,
    ("ssd1315", 128, 64): Ssd1306,
    ("ssd1316", 128, 32): lambda: Ssd1306(128, 32),
    ("sh1106", 128, 64): Sh1106,
    ("sh1106", 128, 32): lambda: Sh1106(128, 32),
    ("sh1106", 128, 128): lambda: Sh1106(128, 128),
    ("sh1107", 64, 128): lambda: Sh1106(64, 128, first_column=0),
    ("sh1107", 80, 128): lambda: Sh1106(80, 128, first_column=0),
    ("sh1107", 128, 128): lambda: Sh1106(128, 128, first_column=0),
    ("ch1115", 128, 64): Sh1106,
    ("ssd1322", 256, 64): lambda: ArgumentsAsData((256, 64), 2, high_first, first_column=28),
    ("ssd1322", 128, 64): lambda: ArgumentsAsData((128, 64), 2, high_first, first_column=44),
    ("ssd1322_nhd", 128, 64): lambda: ArgumentsAsData((128, 64), 2, byte_each, first_column=28),
    ("ssd1325", 128, 64): lambda: Windowed((128, 64), 1, low_first),
    ("ssd1327", 128, 128): lambda: Windowed((128, 128), 1, low_first),
    ("ssd1331", 96, 64): lambda: Windowed((96, 64), 2, colour),
    ("ssd1351", 128, 128): lambda: ArgumentsAsData((128, 128), 2, colour),
    ("ssd1351", 128, 96): lambda: ArgumentsAsData((128, 96), 2, colour),
    ("ssd1351", 96, 96): lambda: ArgumentsAsData((96, 96), 2, colour),
    ("ssd1362", 256, 64): lambda: Windowed((256, 64), 1, low_first),
    ("ssd1363", 256, 128): lambda: ArgumentsAsData((256, 128), 2, pairs_swapped, first_column=8),
    ("ws0010", 100, 16): lambda: Ws0010(100, 16),
    ("winstar_weh", 80, 16): lambda: Ws0010(80, 16),
}
"""Every device that luma.oled drives, in the sizes that it takes."""

FRAMES = {"ssd1322_nhd": 8, "ssd1331": 16, "ssd1351": 16, "ws0010": 2, "winstar_weh": 2} | dict.fromkeys(
    ["ssd1322", "ssd1325", "ssd1327", "ssd1362", "ssd1363"], 4
)
"""Bits a pixel that the whole picture takes; one, where it is not said."""

every_display = pytest.mark.parametrize(
    ("settings", "chip"),
    [
        pytest.param(Oled(device=device, width=width, height=height), chip, id=f"{device} {width}x{height}")
        for (device, width, height), chip in CHIPS.items()
    ],
)


def test_every_display_that_luma_drives_is_tried() -> None:
    assert {device for device, _, _ in CHIPS} == set(drivers.__all__)


@luma_is_behind
@every_display
def test_the_glass_shows_pixel_for_pixel_what_was_drawn(settings: Oled, chip: Callable[[], Chip]) -> None:
    glass = chip()
    display = Display(settings, Wire(lambda: glass))
    assert glass.picture().getbbox() is None, "the noise a chip wakes with is wiped away"
    for seed in range(25):
        picture = scribble((settings.width, settings.height), seed)
        display.show(picture)
        assert glass.picture() == picture
    display.close()
    assert glass.picture() == picture, "it stays when the box goes"


FRUGAL = [(device, width, height) for device, width, height in CHIPS if width >= 96 and height >= 64]
"""On a smaller or narrower glass a new line comes with nearly every word, and moves nearly all there is."""


@luma_is_behind
@pytest.mark.parametrize("key", FRUGAL, ids=str)
def test_a_caption_change_costs_a_quarter_of_the_picture_at_most(key: tuple[str, int, int]) -> None:
    device, width, height = key
    glass = CHIPS[key]()
    wire = Wire(lambda: glass)
    display = Display(Oled(device=device, width=width, height=height), wire)
    screens = Screens(Typesetter(Fonts()), (width, height), roll=Roll(count(0.0, 0.4).__next__))
    words = (files("appliance") / "samples" / "meeting.txt").read_text("utf-8").split()[:60]
    opened = wire.bytes_sent
    for number in range(len(words)):
        texts = tuple(
            Passage(" ".join(words[at : min(at + 12, number + 1)]), at, at) for at in range(0, number + 1, 12)
        )
        scene = Scene(status=Status(state=State.LIVE), texts=texts, beat=number // 3)
        picture = shifted(screens.draw(scene), number // 30)
        display.show(picture)
        assert glass.picture() == picture
    whole = width * height * FRAMES.get(device, 1) / 8
    assert (wire.bytes_sent - opened) / len(words) <= whole / 4


@pytest.mark.parametrize(
    ("device", "chip"), [("ssd1306", Ssd1306), ("sh1106", Sh1106), ("sh1107", lambda: Sh1106(first_column=0))]
)
@effort(max_examples=40)
@given(
    faults=some.lists(some.one_of(some.none(), some.integers(0, 1200)), min_size=1, max_size=8),
    data=some.data(),
)
def test_the_glass_is_right_after_every_change_though_the_bus_fails_in_the_middle_of_one(
    device: str, chip: Callable[[], Chip], faults: list[int | None], data: some.DataObject
) -> None:
    """The chip keeps what it had, even half a command, as it does on a loose wire."""
    size = (128, 128) if device == "sh1107" else (128, 64)
    glass = Sh1106(*size, first_column=0) if device == "sh1107" else chip()
    bus = I2cBus(glass)
    settings = Oled(device=device, width=size[0], height=size[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smbus2.SMBus", bus)
        wire = i2c_wire(settings)
        display = Display(settings, wire)
        for fault in faults:
            picture = scribble(size, data.draw(some.integers(0, 10_000)))
            bus.fail_after = fault
            try:
                display.show(picture)
            except (OSError, LumaError):
                display = reopened(settings, wire)
                display.show(picture)
            assert glass.picture() == picture
            bus.fail_after = None


def reopened(settings: Oled, wire: Wire) -> Display:
    """The writer's retry: it may take several attempts."""
    for _ in range(5):
        with suppress(OSError, LumaError):
            return Display(settings, wire)
    raise AssertionError


@luma_is_behind
@every_display
def test_a_display_is_dimmed_and_lit_again(settings: Oled, chip: Callable[[], Chip]) -> None:
    glass = chip()
    display = Display(settings, Wire(lambda: glass))
    for level in (0x10, 0xCF):
        display.shine(level)
        assert glass.contrast == (-1 if isinstance(glass, Ws0010) else level)


@pytest.mark.parametrize(("device", "chip"), [("ssd1306", Ssd1306()), ("sh1106", Sh1106())])
def test_only_what_changed_goes_over_the_wire(device: str, chip: Chip) -> None:
    wire = Wire(lambda: chip)
    display = Display(Oled(device=device), wire)
    picture = Image.new("1", (128, 64))
    sent = wire.bytes_sent
    display.show(picture)
    assert wire.bytes_sent == sent
    picture.putpixel((3, 20), 1)
    picture.putpixel((125, 20), 1)
    display.show(picture)
    assert wire.bytes_sent - sent <= 2 * (6 + 1)


def test_near_changes_go_in_one_stretch_and_far_ones_in_two() -> None:
    old = bytes(128)
    new = bytearray(128)
    new[10] = new[15] = new[90] = 1
    assert list(changes(old, bytes(new))) == [range(10, 16), range(90, 91)]


@luma_is_behind
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Oled(device="ssd9999"), "ssd9999"),
        (Oled(device="ssd1306", width=256, height=64), "256x64"),
        (Oled(device="sh1106", width=96, height=16), "96x16"),
        (Oled(device="ssd1322_nhd", width=256, height=64), "256x64"),
        (Oled(device="winstar_weh", width=82, height=16), "82x16"),
        (Oled(device="ws0010", width=100, height=16, interface="spi"), "PCF8574"),
    ],
)
def test_a_display_that_cannot_be_is_named(settings: Oled, told: str) -> None:
    with pytest.raises(NoSuchDisplay, match=told):
        Display(settings, Wire(noop))


def test_a_missing_display_is_asked_again_and_again_without_piling_up_open_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Bus:
        closed = 0

        def __init__(self, _port: int) -> None:
            pass

        def write_i2c_block_data(self, *_: object) -> None:
            raise OSError(121, "Remote I/O error")

        def close(self) -> None:
            Bus.closed += 1

    monkeypatch.setattr("smbus2.SMBus", Bus)
    wire = i2c_wire(Oled())
    for attempt in range(1, 4):
        with pytest.raises(DeviceNotFoundError):
            Display(Oled(), wire)
        assert Bus.closed == attempt


@luma_is_behind
@every_display
def test_every_display_works_on_an_i2c_bus(
    settings: Oled, chip: Callable[[], Chip], monkeypatch: pytest.MonkeyPatch
) -> None:
    glass = chip()
    monkeypatch.setattr("smbus2.SMBus", I2cBus(glass))
    draws_right(Display(settings, i2c_wire(settings)), glass)


@luma_is_behind
@every_display
def test_every_display_works_on_spi(
    settings: Oled, chip: Callable[[], Chip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its two extra pins come from the same library as the buttons."""
    settings = settings.model_copy(update={"interface": "spi"})
    glass = chip()
    factory = MockFactory()
    bus = SpiBus(glass, lambda: bool(factory.pin(25).state))
    monkeypatch.setattr("luma.core.interface.serial.spi.__spidev__", lambda _: bus)
    wire = spi_wire(factory)
    if isinstance(glass, Ws0010):
        with pytest.raises(NoSuchDisplay, match="over I2C only"):
            Display(settings, wire)
        return
    for _ in range(2):
        draws_right(Display(settings, wire), glass)
    assert factory.pin(26).state, "the display is not held in reset"
    factory.close()


def draws_right(display: Display, glass: Chip) -> None:
    for seed in range(5):
        picture = scribble(glass.size, seed)
        display.show(picture)
        assert glass.picture() == picture
    display.close()


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        (OSError(121, "Remote I/O error"), "No display answers at I2C address 0x3c"),
        (ImportError("spidev"), "python3-spidev"),
        (NoSuchDisplay("No such thing."), "No such thing."),
        (ValueError("odd"), "(odd)"),
    ],
)
def test_what_is_wrong_with_a_display_is_one_sentence_with_advice(fault: Exception, advice: str) -> None:
    sentence = trouble(Oled(), fault)
    assert advice in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("number", "advice"), [(2, "dtparam=i2c_arm=on"), (13, "group i2c"), (5, "No display answers")]
)
def test_a_bus_that_cannot_be_opened_is_explained(
    number: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_port: int) -> None:
        raise OSError(number, "refused", "/dev/i2c-1")

    monkeypatch.setattr("smbus2.SMBus", refuse)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - luma's error or the system's own
        i2c(port=1, address=0x3C)
    assert advice in trouble(Oled(), caught.value)
