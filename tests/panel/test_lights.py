from itertools import combinations, pairwise
from queue import Queue

import pytest
from gpiozero import RGBLED

from appliance.panel.lights import DARK, LOOKS, OFF, PRESSED, RED, WHITE, Lamp, Look, Step
from appliance.panel.simulated import mock_factory
from appliance.state import State


def brightness(look: Look) -> list[float]:
    """What a person who sees no colours sees over eight seconds."""
    return [max(look.at(tenth / 10)[0]) for tenth in range(80)]


def test_every_state_has_a_light() -> None:
    assert set(LOOKS) == set(State)


@pytest.mark.parametrize(("one", "other"), list(combinations(State, 2)))
def test_states_are_told_apart_without_seeing_colours(one: State, other: State) -> None:
    pairs = zip(brightness(LOOKS[one]), brightness(LOOKS[other]), strict=True)
    assert max(abs(a - b) for a, b in pairs) > 0.3


@pytest.mark.parametrize("state", State)
def test_a_light_is_always_a_colour_that_the_pins_can_show(state: State) -> None:
    for hundredth in range(1000):
        colour, lasts = LOOKS[state].at(hundredth / 100)
        assert all(0 <= part <= 1 for part in colour)
        assert lasts is None or lasts > 0


@pytest.mark.parametrize("state", [State.IDLE, State.LIVE])
def test_the_states_a_box_is_in_for_hours_cost_nothing(state: State) -> None:
    assert LOOKS[state].at(0)[1] is None


def test_a_fault_blinks() -> None:
    look = LOOKS[State.FAULT]
    assert [look.at(moment)[0] for moment in (0, 0.4, 0.6, 1.1)] == [RED, RED, DARK, RED]


def test_a_fading_light_makes_no_jumps_but_at_its_end() -> None:
    look = Look((Step(DARK, 1, fades=True), Step(WHITE, 1, fades=True)))
    reds = [look.at(step / 20)[0].red for step in range(60)]
    assert max(abs(a - b) for a, b in pairwise(reds)) <= 0.06
    assert max(reds) == pytest.approx(1, abs=0.01)


def test_the_pins_shine_as_asked_and_go_dark_at_the_end() -> None:
    seen: Queue[tuple[float, float, float]] = Queue()
    led = RGBLED(22, 23, 24, pin_factory=mock_factory())
    lamp = Lamp(led, lambda: seen.put(led.value))
    lamp.start()
    assert seen.get(timeout=5) == OFF.at(0)[0]
    for look in (LOOKS[State.LIVE], PRESSED):
        lamp.show(look)
        assert seen.get(timeout=5) == look.at(0)[0]
        assert lamp.lights == look.at(0)[0]
    lamp.show(PRESSED)  # nothing new: nothing is written
    lamp.stop()
    assert seen.get(timeout=5) == DARK
    assert lamp.lights == DARK
    assert seen.empty()
    led.close()
