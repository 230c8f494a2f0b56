import random

import pytest
from gpiozero.pins.mock import MockFactory
from luma.core.error import DeviceNotFoundError
from luma.core.interface.serial import i2c, noop
from PIL import Image, ImageDraw

from appliance.panel.display import Display, NoSuchDisplay, Wire, changes, i2c_wire, spi_wire, trouble
from appliance.settings.models import Oled
from tests.panel.chips import Chip, Sh1106, Ssd1306


def scribble(size: tuple[int, int], seed: int) -> Image.Image:
    """A picture with a few strokes in it."""
    chance = random.Random(seed)
    image = Image.new("1", size)
    draw = ImageDraw.Draw(image)
    for _ in range(chance.randrange(6)):
        draw.line([(chance.randrange(size[0]), chance.randrange(size[1])) for _ in range(2)], fill=1)
    return image


@pytest.mark.parametrize(
    ("settings", "chip"),
    [
        (Oled(device="ssd1306"), Ssd1306()),
        (Oled(device="ssd1306", height=32), Ssd1306(height=32)),
        (Oled(device="ssd1306", width=64, height=48), Ssd1306(64, 48, first_column=32)),
        (Oled(device="ssd1309"), Ssd1306()),
        (Oled(device="ssd1305", height=32), Ssd1306(height=32, first_column=4)),
        (Oled(device="sh1106"), Sh1106()),
    ],
    ids=lambda value: f"{value.device} {value.width}x{value.height}" if isinstance(value, Oled) else "",
)
def test_the_glass_shows_pixel_for_pixel_what_was_drawn(settings: Oled, chip: Chip) -> None:
    display = Display(settings, Wire(lambda: chip))
    assert chip.picture().getbbox() is None, "the noise a chip wakes with is wiped away"
    for seed in range(60):
        picture = scribble((settings.width, settings.height), seed)
        display.show(picture)
        assert chip.picture() == picture
    display.close()
    assert chip.picture() == picture, "it stays when the box goes"


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


@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma's own, in its grey drivers
@pytest.mark.parametrize(
    ("device", "size"), [("ssd1322", (256, 64)), ("ssd1327", (128, 128)), ("ssd1331", (96, 64))]
)
def test_grey_and_colour_displays_send_little_too(device: str, size: tuple[int, int]) -> None:
    wire = Wire(noop)
    display = Display(Oled(device=device, width=size[0], height=size[1]), wire)
    picture = Image.new("1", size)
    sent = wire.bytes_sent
    picture.paste(1, (8, 8, 16, 16))
    display.show(picture)
    assert 0 < wire.bytes_sent - sent < size[0] * size[1] // 32


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Oled(device="ssd9999"), "ssd9999"),
        (Oled(device="ssd1306", width=256, height=64), "256x64"),
        (Oled(device="sh1106", width=96, height=16), "96x16"),
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


def test_an_spi_display_gets_its_two_extra_pins_from_the_same_library_as_the_buttons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class SpiBus:
        def __init__(self) -> None:
            self.written: list[tuple[bool, list[int]]] = []

        def open(self, port: int, device: int) -> None:
            pass

        def writebytes(self, data: list[int]) -> None:
            self.written.append((bool(factory.pin(25).state), data))

        def close(self) -> None:
            pass

    bus = SpiBus()
    factory = MockFactory()
    monkeypatch.setattr("luma.core.interface.serial.spi.__spidev__", lambda _: bus)
    wire = spi_wire(factory)
    for _ in range(2):
        Display(Oled(interface="spi"), wire).show(Image.new("1", (128, 64), 1))
    assert (True, [255] * 128) in bus.written, "pixels with the data pin high"
    assert any(not data_pin for data_pin, _ in bus.written), "commands with it low"
    assert factory.pin(26).state, "the display is not held in reset"
    factory.close()


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
