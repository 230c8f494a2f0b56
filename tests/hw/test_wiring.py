import importlib.util
import re
import sys
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from gpiozero.pins.pi import PiBoardInfo

from appliance.panel.display import SPI_DATA_PIN, SPI_RESET_PIN
from appliance.settings import Settings
from tests.hw.pages import FOLDER

PIS = {"3B": 0xA02082, "Zero 2 W": 0x902120, "4B": 0xC03111, "5B": 0xD04170}
BUS_PINS = {"SDA": "GPIO2", "SCL": "GPIO3", "SCK": "GPIO18", "WS": "GPIO19", "SD": "GPIO20"}


@pytest.fixture(scope="module")
def wiring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wiring", FOLDER / "wiring.py")
    assert spec
    assert spec.loader
    module = sys.modules["wiring"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn() -> dict[tuple[str, str], ET.Element]:
    """The wires in the drawing, by part and terminal."""
    svg = ET.parse(FOLDER / "wiring.svg")
    wires = svg.iterfind(".//{*}path[@class='wire']")
    return {(wire.attrib["data-part"], wire.attrib["data-terminal"]): wire for wire in wires}


def test_the_drawing_shows_the_pins_that_the_box_uses_unless_told_otherwise() -> None:
    panel = Settings().panel
    wires = {terminal: wire.attrib["data-signal"] for terminal, wire in drawn().items()}
    assert wires["Caption button", "one side"] == f"GPIO{panel.button}"
    assert wires["Mute button", "one side"] == f"GPIO{panel.mute_button}"
    for colour, pin in panel.leds.pins.items():
        assert wires["Light (RGB LED)", colour] == f"GPIO{pin}"
    assert {t: wires[part, t] for part, t in wires if t in BUS_PINS} == BUS_PINS


def test_the_drawing_was_drawn_again_after_the_last_change(wiring: ModuleType) -> None:
    assert (FOLDER / "wiring.svg").read_text("utf-8") == wiring.drawing(Settings())


@pytest.mark.parametrize("revision", PIS.values(), ids=PIS.keys())
def test_every_pin_is_where_the_header_of_the_pi_has_it(wiring: ModuleType, revision: int) -> None:
    header = PiBoardInfo.from_revision(revision).headers["J8"].pins
    assert [header[number].name for number in range(1, 41)] == list(wiring.HEADER)


def test_no_two_wires_go_to_the_same_pin() -> None:
    pins = [wire.attrib["data-pin"] for wire in drawn().values()]
    assert len(pins) == len(set(pins))


def test_the_table_of_wires_says_what_the_drawing_shows() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    table = page.split("| from | to | pin |")[1].split("\n\n")[0]
    rows = [tuple(cell.strip() for cell in line.split("|")[1:4]) for line in table.splitlines()[2:]]
    assert rows == [
        (f"{part}: {terminal}", wire.attrib["data-signal"], wire.attrib["data-pin"])
        for (part, terminal), wire in drawn().items()
    ]


def test_a_display_on_spi_is_wired_as_the_box_drives_it(wiring: ModuleType) -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    rows = re.findall(r"\| OLED (\w+).* \| GPIO(\d+) \| (\d+) \|", page)
    assert {name: int(gpio) for name, gpio, _ in rows} == {
        "SCK": 11,
        "MOSI": 10,
        "CS": 8,
        "DC": SPI_DATA_PIN,
        "RES": SPI_RESET_PIN,
    }
    assert all(wiring.pin_of(int(gpio)) == int(pin) for _, gpio, pin in rows)


def test_the_picture_of_the_wires_leads_them_to_the_same_pins() -> None:
    case = (FOLDER / "case.scad").read_text("utf-8")
    pins = re.findall(r'\[(\d+), "#|cord\(header\((\d+)\)', case)
    assert sorted(int(a or b) for a, b in pins) == sorted(int(w.attrib["data-pin"]) for w in drawn().values())


def test_another_pin_in_the_settings_is_drawn_where_it_is(wiring: ModuleType) -> None:
    settings = Settings.model_validate({"panel": {"button": 16}})
    assert 'data-terminal="one side" data-pin="36" data-signal="GPIO16"' in wiring.drawing(settings)
