from itertools import combinations
from typing import Literal

import pytest
from gpiozero.pins.mock import MockFactory

from appliance.panel.leds import NoLed, PinLed, make_led, shown_by
from appliance.panel.lights import AMBER, BLUE, DARK, GREEN, LOOKS, RED, WHITE, Lights
from appliance.panel.simulated import mock_factory
from appliance.panel.strips import Strip, nowhere
from appliance.settings import Leds
from appliance.state import State

COLOURS = ("red", "green", "blue")
SOME = [list(there) for count in (1, 2, 3) for there in combinations(COLOURS, count)]


@pytest.fixture
def factory() -> MockFactory:
    return mock_factory()


def levels(factory: MockFactory) -> list[float]:
    return [float(factory.pin(pin).state) for pin in (22, 23, 24)]


@pytest.mark.parametrize("colour", [RED, GREEN, BLUE, WHITE, AMBER, DARK])
def test_an_rgb_led_shows_the_colour(factory: MockFactory, colour: Lights) -> None:
    led = PinLed(Leds(), factory)
    led.shine(colour)
    assert levels(factory) == pytest.approx(colour)
    led.close()


@pytest.mark.parametrize("colour", [RED, AMBER, DARK])
def test_an_led_with_a_common_anode_shows_the_colour_and_not_its_opposite(
    factory: MockFactory, colour: Lights
) -> None:
    led = PinLed(Leds(common="anode"), factory)
    assert levels(factory) == [1, 1, 1]  # dark: the pins are high
    led.shine(colour)
    assert levels(factory) == pytest.approx([1 - part for part in colour])
    led.close()


def test_an_led_can_be_dimmed(factory: MockFactory) -> None:
    led = PinLed(Leds(brightness=0.5), factory)
    led.shine(AMBER)
    assert levels(factory) == pytest.approx([0.5, 0.2, 0])
    led.close()


@pytest.mark.parametrize("common", ["cathode", "anode"])
def test_an_led_dimmed_to_the_least_still_shows_that_the_box_is_on(
    factory: MockFactory, common: Literal["cathode", "anode"]
) -> None:
    led = PinLed(Leds(brightness=0.01, common=common), factory)
    led.shine(LOOKS[State.IDLE].at(0)[0])
    percent = [int(100 * level) for level in levels(factory)]  # as lgpio takes them
    assert percent == [1 if common == "cathode" else 99] * 3
    led.close()


@pytest.mark.parametrize("there", SOME, ids="-".join)
@pytest.mark.parametrize("state", State)
def test_with_fewer_colours_every_rhythm_is_still_seen(state: State, there: list[str]) -> None:
    for tenth in range(80):
        colour = LOOKS[state].at(tenth / 10)[0]
        assert max(shown_by(colour, there)) == pytest.approx(max(colour))


def test_a_red_and_green_led_still_shows_its_colours() -> None:
    assert shown_by(AMBER, ["red", "green"]) == [1, 0.4]
    assert shown_by(RED, ["red", "green"]) == [1, 0]
    assert shown_by(BLUE, ["red", "green"]) == [1, 1]


def test_a_single_led_takes_one_pin_only(factory: MockFactory) -> None:
    led = make_led(Leds(red="none", blue="none"), factory, nowhere)
    led.shine(RED)
    assert len(factory.pins) == 1
    assert factory.pin(23).state == 1
    led.close()


def test_the_settings_choose_what_shines(factory: MockFactory) -> None:
    assert isinstance(make_led(Leds(kind="none"), factory, nowhere), NoLed)
    assert isinstance(make_led(Leds(kind="apa102"), factory, nowhere), Strip)
    assert isinstance(make_led(Leds(kind="ws2812"), factory, nowhere), Strip)
    assert not factory.pins


def test_no_light_is_no_trouble(factory: MockFactory) -> None:
    led = make_led(Leds(kind="none"), factory, nowhere)
    led.shine(RED)
    led.close()
