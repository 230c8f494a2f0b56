from itertools import combinations, pairwise
from queue import Queue
from threading import Event, Thread

import pytest

from appliance.panel import lights
from appliance.panel.lights import (
    BLINKS,
    DARK,
    FAULTS,
    LOOKS,
    LOUD_DBFS,
    OFF,
    PRESSED,
    QUIET_DBFS,
    RED,
    RESETTING,
    SETTING_UP,
    WHITE,
    Lamp,
    Lights,
    Look,
    Speech,
    Step,
    look,
)
from appliance.state import Fault, Sign, State, Status

SHOWN = {
    **LOOKS,
    **{f"fault of {fault}": faulty for fault, faulty in FAULTS.items()},
    "set-up": SETTING_UP,
    "reset": RESETTING,
    "pressed": PRESSED,
}


EYES = {
    "no colours": Lights(0.21, 0.72, 0.07),
    "no red": Lights(0.10, 0.79, 0.11),
    "no green": Lights(0.27, 0.66, 0.07),
    "no blue": Lights(0.25, 0.72, 0.03),
}
"""How bright red, green and blue are to people who lack a kind of cones, or all."""

TICK = 0.05


def brightness(look: Look, eye: Lights, seconds: float) -> list[float]:
    """How bright a light is to an eye."""
    moments = (look.at(tick * TICK)[0] for tick in range(round(seconds / TICK)))
    return [sum(part * seen for part, seen in zip(colour, eye, strict=True)) for colour in moments]


def rhythm(look: Look, eye: Lights, seconds: float) -> list[float]:
    """How bright it is beside its brightest moment, for that is all an eye can compare."""
    seen = brightness(look, eye, seconds)
    return [level / max(seen) for level in seen]


def period(look: Look) -> float:
    return sum(step.seconds for step in look.steps)


def test_every_state_and_every_fault_has_a_light() -> None:
    assert set(LOOKS) == set(State)
    assert set(FAULTS) == set(Fault)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(("one", "other"), list(combinations(SHOWN, 2)))
def test_what_the_light_says_is_told_apart_without_seeing_colours(one: str, other: str, eye: str) -> None:
    a, b = SHOWN[one], SHOWN[other]
    if len(a.steps) == len(b.steps) == 1:
        dim, bright = sorted(brightness(look, EYES[eye], TICK)[0] for look in (a, b))
        assert bright > 2 * dim
        return
    seen, other_seen = rhythm(a, EYES[eye], 8), rhythm(b, EYES[eye], 8 + period(b))
    for later in range(round(period(b) / TICK)):  # nobody knows when the light began
        assert max(abs(x - y) for x, y in zip(seen, other_seen[later:], strict=False)) > 0.4


@pytest.mark.parametrize("name", SHOWN)
def test_a_light_is_always_a_colour_that_the_pins_can_show(name: str) -> None:
    for hundredth in range(1000):
        colour, lasts = SHOWN[name].at(hundredth / 100)
        assert all(0 <= part <= 1 for part in colour)
        assert lasts is None or lasts > 0


@pytest.mark.parametrize("state", [State.IDLE, State.LIVE])
def test_the_states_a_box_is_in_for_hours_cost_nothing(state: State) -> None:
    assert LOOKS[state].at(0)[1] is None


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_blinks_as_often_as_its_number_and_then_pauses(fault: Fault) -> None:
    shown = look(Status(state=State.FAULT, fault=fault))
    round_ = sum(step.seconds for step in shown.steps)
    lit = [shown.at(tick * round_ / 1000)[0] == RED for tick in range(1000)]
    assert sum(now and not before for before, now in pairwise([False, *lit])) == BLINKS[fault]
    assert shown.at(round_ - 1.4)[0] == shown.at(round_ - 0.1)[0] == DARK


def test_a_fault_of_no_known_kind_blinks_evenly() -> None:
    shown = look(Status(state=State.FAULT))
    assert [shown.at(moment)[0] for moment in (0, 0.4, 0.6, 1.1)] == [RED, RED, DARK, RED]


@pytest.mark.parametrize("state", [State.IDLE, State.FAULT])
def test_the_set_up_code_has_a_light_of_its_own(state: State) -> None:
    assert look(Status(state=state, sign=Sign.SETUP)) is SETTING_UP
    assert look(Status(state=state, sign=Sign.JOIN)) is not SETTING_UP


@pytest.mark.parametrize("state", [State.LIVE, State.MUTED])
def test_the_set_up_code_hides_not_whether_the_box_listens(state: State) -> None:
    assert look(Status(state=state, sign=Sign.SETUP)) is LOOKS[state]


def test_the_light_swells_with_speech_at_once_and_calms_down_slowly() -> None:
    speech, seen = Speech(), []
    for level in (-90.0, -20.0, -90.0, -90.0, *[-90.0] * 10, 0.0):
        speech.hear(level)
        seen.append(speech.look.at(0)[0].green)
    silent, loud, falling, lower, *_, calm, again = seen
    assert silent == calm == 0.5
    assert loud == again == 1.0
    assert loud > falling > lower > calm
    assert QUIET_DBFS < LOUD_DBFS


def test_the_same_loudness_costs_nothing() -> None:
    speech = Speech()
    speech.hear(-30.0)
    before = speech.look
    speech.hear(-30.2)
    assert speech.look is before


def test_a_fading_light_makes_no_jumps_but_at_its_end() -> None:
    look = Look((Step(DARK, 1, fades=True), Step(WHITE, 1, fades=True)))
    reds = [look.at(step / 20)[0].red for step in range(60)]
    assert max(abs(a - b) for a, b in pairwise(reds)) <= 0.06
    assert max(reds) == pytest.approx(1, abs=0.01)


class Eye:
    """An LED that tells what it showed, and fails when told to."""

    def __init__(self) -> None:
        self.seen: Queue[Lights] = Queue()
        self.broken = False

    def shine(self, colour: Lights) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")
        self.seen.put(colour)

    def trouble(self, fault: Exception) -> str:
        return f"The light does not work ({fault})."

    def close(self) -> None:
        """Nothing to give back."""


def test_the_light_shines_as_asked_and_goes_dark_at_the_end() -> None:
    eye = Eye()
    lamp = Lamp(eye, lambda: None)
    lamp.start()
    assert eye.seen.get(timeout=5) == OFF.at(0)[0]
    for wanted in (LOOKS[State.LIVE], PRESSED):
        lamp.show(wanted)
        assert eye.seen.get(timeout=5) == wanted.at(0)[0]
    lamp.show(PRESSED)  # nothing new: nothing is written
    lamp.stop()
    assert eye.seen.get(timeout=5) == DARK
    assert lamp.lights == DARK
    assert eye.seen.empty()


def test_a_light_whose_bus_hangs_holds_up_nobody_who_asks_it_for_something() -> None:
    hanging, free = Event(), Event()

    class Hanging(Eye):
        def shine(self, colour: Lights) -> None:
            hanging.set()
            assert free.wait(20)
            super().shine(colour)

    eye = Hanging()
    lamp = Lamp(eye, lambda: None)
    lamp.start()
    assert hanging.wait(5)
    asking = Thread(target=lamp.show, args=(PRESSED,), daemon=True)
    asking.start()
    asking.join(5)
    assert not asking.is_alive()
    free.set()
    while eye.seen.get(timeout=5) != WHITE:
        pass
    lamp.stop()


def test_a_light_that_fails_says_so_and_shines_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lights, "RETRY_SECONDS", 0.01)
    eye, changes = Eye(), Queue[str | None]()
    eye.broken = True
    lamp = Lamp(eye, lambda: changes.put(lamp.warning))
    lamp.start()
    lamp.show(PRESSED)
    assert "does not work" in str(changes.get(timeout=5))
    eye.broken = False
    while changes.get(timeout=5):
        pass
    while eye.seen.get(timeout=5) != WHITE:
        pass
    lamp.stop()
    assert lamp.warning is None
