from queue import Queue

import pytest

from appliance.panel.gestures import ButtonName, Edge
from appliance.panel.lights import Lights
from appliance.panel.pins import NotSimulated, Pins
from appliance.panel.simulated import SimulatedPins, mock_factory
from appliance.settings.models import Panel


@pytest.mark.parametrize("button", ButtonName)
def test_every_press_and_release_is_heard_bounces_included(button: ButtonName) -> None:
    heard: Queue[Edge] = Queue()
    pins = SimulatedPins(Panel())
    pins.listen(heard.put)
    for _ in range(3):
        pins.press(button)
        pins.release(button)
    told = [heard.get_nowait() for _ in range(6)]
    assert [(edge.button, edge.down) for edge in told] == [(button, True), (button, False)] * 3
    assert [edge.at for edge in told] == sorted(edge.at for edge in told)
    pins.close()
    assert heard.empty()


def test_a_button_that_is_down_is_known_though_nobody_heard_it_go_down() -> None:
    pins = SimulatedPins(Panel())
    pins.press(ButtonName.MUTE)
    assert pins.held == [ButtonName.MUTE]
    pins.release(ButtonName.MUTE)
    assert pins.held == []
    pins.close()


def test_a_finger_cannot_be_faked_on_real_buttons() -> None:
    pins = Pins(Panel(), mock_factory())
    with pytest.raises(NotSimulated, match="--simulate"):
        pins.press(ButtonName.CAPTION)
    with pytest.raises(NotSimulated, match="--simulate"):
        pins.release(ButtonName.CAPTION)
    pins.close()


def test_pins_are_given_back_for_a_panel_with_new_settings() -> None:
    factory = mock_factory()
    Pins(Panel(), factory).close()
    Pins(Panel(button=27, mute_button=17), factory).close()


def test_a_simulated_light_that_blinks_for_weeks_keeps_no_diary() -> None:
    pins = SimulatedPins(Panel())
    for step in range(1000):
        pins.led.shine(Lights(step % 2, 0, 0))
    assert len(pins.factory.pin(22).states) < 5
    pins.close()
