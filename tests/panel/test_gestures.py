from collections.abc import Callable
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.panel.gestures import ButtonName, Edge, Gestures, HandsOnly, Order
from appliance.settings import Times
from appliance.state import Command
from tests.panel.bounces import TRACES, Trace

C, M = ButtonName.CAPTION, ButtonName.MUTE

Milliseconds = int

Touch = tuple[ButtonName, float, float]
"""A button, when it goes down and when it comes up again."""


def edges_of(touches: list[Touch]) -> list[Edge]:
    down = [Edge(button, down=True, at=start) for button, start, _ in touches]
    up = [Edge(button, down=False, at=end) for button, _, end in touches]
    return sorted(down + up, key=lambda edge: edge.at)


def play(
    edges: list[Edge],
    *,
    resting: bool = True,
    muted: bool = False,
    times: Times | None = None,
    held: tuple[ButtonName, ...] = (),
) -> list[tuple[float, Order]]:
    """What the machine says and when, on a clock that wakes it just when it asked, beside a box that obeys."""
    gestures = Gestures(times or Times())
    gestures.resting, gestures.muted = resting, muted
    gestures.begin(held)
    said: list[tuple[float, Order]] = []

    def say(at: float, orders: list[Order]) -> None:
        for order in orders:
            said.append((round(at, 6), order))
            match order:
                case Command.TOGGLE:
                    gestures.resting, gestures.muted = not gestures.resting, False
                case Command.STOP:
                    gestures.resting, gestures.muted = True, False
                case Command.MUTE | Command.UNMUTE if not gestures.resting:
                    gestures.muted = order is Command.MUTE

    for edge, following in pairwise([*edges, Edge(C, down=False, at=edges[-1].at + 60)]):
        say(edge.at, gestures.edge(edge))
        while (due := gestures.due) is not None and due <= following.at:
            say(due, gestures.tick(due))
    assert not gestures.active
    return said


def test_a_start_does_not_wait_for_a_second_press() -> None:
    assert play(edges_of([(C, 1.0, 1.1)])) == [(1.1, Command.TOGGLE)]


def test_a_stop_waits_until_it_cannot_be_a_double_press() -> None:
    assert play(edges_of([(C, 1.0, 1.1)]), resting=False) == [(1.5, Command.TOGGLE)]


def test_a_double_press_while_captioning_shows_the_join_code_and_stops_nothing() -> None:
    assert play(edges_of([(C, 1.0, 1.1), (C, 1.3, 1.4)]), resting=False) == [(1.3, Command.SHOW_JOIN)]


def test_a_double_press_at_rest_shows_the_join_code_and_leaves_the_box_at_rest() -> None:
    assert play(edges_of([(C, 1.0, 1.1), (C, 1.3, 1.4)])) == [
        (1.1, Command.TOGGLE),
        (1.3, Command.STOP),
        (1.3, Command.SHOW_JOIN),
    ]


def test_two_slow_presses_are_two_presses() -> None:
    assert play(edges_of([(C, 1.0, 1.1), (C, 1.6, 1.7)]), resting=False) == [
        (1.5, Command.TOGGLE),
        (1.7, Command.TOGGLE),
    ]


def test_a_long_press_changes_the_room_while_the_finger_is_still_down() -> None:
    assert play(edges_of([(C, 1.0, 4.0)])) == [(2.0, Command.NEXT_ROOM)]


def test_a_press_just_short_of_long_is_a_short_one() -> None:
    assert play(edges_of([(C, 1.0, 1.99)])) == [(1.99, Command.TOGGLE)]


@pytest.mark.parametrize(("muted", "command"), [(False, Command.MUTE), (True, Command.UNMUTE)])
def test_mute_acts_at_the_press_and_once(muted: bool, command: Command) -> None:  # noqa: FBT001 - parameter
    assert play(edges_of([(M, 1.0, 9.0)]), muted=muted) == [(1.0, command)]


@pytest.mark.parametrize("resting", [True, False])
def test_both_buttons_held_show_the_set_up_code_and_do_nothing_else(resting: bool) -> None:  # noqa: FBT001 - parameter
    assert play(edges_of([(C, 1.0, 7.0), (M, 1.1, 7.1)]), resting=resting) == [(6.1, Command.SHOW_SETUP)]


@given(later=st.integers(1, 990), resting=st.booleans(), muted=st.booleans())
def test_two_fingers_need_not_meet_the_buttons_at_once(
    later: Milliseconds,
    resting: bool,  # noqa: FBT001 - hypothesis fills it in
    muted: bool,  # noqa: FBT001 - as above
) -> None:
    second = 1 + later / 1000
    setup = (round(second + 5, 6), Command.SHOW_SETUP)
    assert play(edges_of([(C, 1.0, 8.0), (M, second, 8.1)]), resting=resting, muted=muted) == [setup]
    orders = play(edges_of([(M, 1.0, 8.0), (C, second, 8.1)]), resting=resting, muted=muted)
    assert orders[2:] == [setup]
    done, undone = (order for _, order in orders[:2])
    assert {done, undone} == {Command.MUTE, Command.UNMUTE}
    assert undone is (Command.MUTE if muted else Command.UNMUTE)


def test_a_mute_that_becomes_both_buttons_is_taken_back() -> None:
    assert play(edges_of([(M, 1.0, 7.0), (C, 1.1, 7.1)])) == [
        (1.0, Command.MUTE),
        (1.1, Command.UNMUTE),
        (6.1, Command.SHOW_SETUP),
    ]


def test_both_buttons_let_go_early_do_nothing() -> None:
    assert play(edges_of([(C, 1.0, 4.0), (M, 1.1, 3.0)])) == []


def test_a_button_pressed_again_before_the_other_is_up_means_nothing_new() -> None:
    assert play(edges_of([(M, 1.0, 4.0), (C, 1.1, 2.0), (C, 2.2, 2.3)])) == [
        (1.0, Command.MUTE),
        (1.1, Command.UNMUTE),
    ]


def test_the_panel_works_as_ever_after_both_buttons() -> None:
    assert play(edges_of([(C, 1.0, 2.0), (M, 1.1, 2.1), (C, 3.0, 3.1)])) == [(3.1, Command.TOGGLE)]


def test_a_tap_shorter_than_the_bouncing_is_not_lost() -> None:
    assert play(edges_of([(C, 1.0, 1.005)])) == [(1.02, Command.TOGGLE)]


@pytest.mark.parametrize("button", ButtonName)
def test_a_button_held_while_the_box_starts_is_no_press_however_it_bounces_when_let_go(
    button: ButtonName,
) -> None:
    bouncing_up = [Edge(button, down=n % 2 == 1, at=1 + n / 1000) for n in range(7)]
    pressed_later = edges_of([(button, 2.0, 2.1)])
    assert play(bouncing_up, held=(button,)) == []
    assert [at for at, _ in play(bouncing_up + pressed_later, held=(button,))] == [2.1 if button is C else 2.0]


def test_both_buttons_held_across_a_restart_of_the_box_reset_nothing() -> None:
    assert play(edges_of([(C, 0.0, 60.0), (M, 0.0, 60.0)])[2:], held=(C, M)) == []


@pytest.mark.parametrize("held", [(), (C,)])
def test_mute_works_though_something_leans_on_the_caption_button(held: tuple[ButtonName, ...]) -> None:
    leaning = [(C, 1.0, 50.0), (M, 30.0, 30.1), (M, 31.0, 31.1), (C, 51.0, 51.1)]
    orders = play(edges_of(leaning)[len(held) :], resting=False, held=held)
    assert orders == [
        *([] if held else [(2.0, Command.NEXT_ROOM)]),
        (30.0, Command.MUTE),
        (31.0, Command.UNMUTE),
        (51.5, Command.TOGGLE),
    ]


def test_the_light_says_again_how_the_box_is_when_no_hand_can_be_on_the_button() -> None:
    gestures = Gestures(Times())
    gestures.edge(Edge(C, down=True, at=1.0))
    gestures.tick(25.9)
    assert (gestures.active, gestures.jammed) == (True, [])
    assert gestures.tick(26.0) == []
    assert (gestures.active, gestures.jammed) == (False, [C])
    gestures.edge(Edge(C, down=False, at=40.0))
    gestures.tick(41.0)
    assert (gestures.active, gestures.jammed) == (False, [])


@pytest.mark.parametrize("muted", [False, True])
def test_a_second_press_of_mute_is_not_lost_on_a_box_that_is_slow_to_obey(muted: bool) -> None:  # noqa: FBT001 - parameter
    gestures = Gestures(Times())
    gestures.resting, gestures.muted = False, muted
    orders = [order for edge in edges_of([(M, 1.0, 1.05), (M, 1.1, 1.15)]) for order in gestures.edge(edge)]
    assert orders == ([Command.UNMUTE, Command.MUTE] if muted else [Command.MUTE, Command.UNMUTE])


def test_the_light_answers_from_the_press_until_it_is_clear_what_was_meant() -> None:
    gestures = Gestures(Times())
    gestures.resting = False
    gestures.edge(Edge(C, down=True, at=1.0))
    assert gestures.active
    gestures.edge(Edge(C, down=False, at=1.1))
    assert gestures.active
    gestures.tick(1.5)
    assert not gestures.active


def test_both_buttons_held_on_and_on_reset_the_access_and_let_go_in_time_do_not() -> None:
    assert play(edges_of([(C, 1.0, 20.0), (M, 1.1, 20.0)])) == [
        (6.1, Command.SHOW_SETUP),
        (16.1, HandsOnly.RESET_ACCESS),
    ]
    assert play(edges_of([(C, 1.0, 16.0), (M, 1.1, 20.0)])) == [(6.1, Command.SHOW_SETUP)]


def test_a_reset_is_seen_coming_and_a_button_let_go_calls_it_off() -> None:
    gestures = Gestures(Times())
    for button in (C, M):
        gestures.edge(Edge(button, down=True, at=1.0))
    seen = [(at, gestures.tick(at), gestures.resetting) for at in (10.9, 11.0, 15.9)]
    assert seen == [(10.9, [Command.SHOW_SETUP], False), (11.0, [], True), (15.9, [], True)]
    assert gestures.edge(Edge(M, down=False, at=15.95)) == []
    assert not gestures.resetting
    assert gestures.tick(60) == []


def test_after_a_reset_the_warning_is_over() -> None:
    gestures = Gestures(Times())
    for button in (C, M):
        gestures.edge(Edge(button, down=True, at=1.0))
    gestures.tick(11.0)
    assert gestures.tick(16.0) == [HandsOnly.RESET_ACCESS]
    assert not gestures.resetting


def test_slower_hands_get_longer_times() -> None:
    slow = Times(double=1.0, long=3.0, setup=10.0, reset=30.0)
    assert play(edges_of([(C, 1.0, 1.5), (C, 2.4, 2.8)]), resting=False, times=slow) == [
        (2.4, Command.SHOW_JOIN)
    ]
    assert play(edges_of([(C, 1.0, 3.9)]), times=slow) == [(3.9, Command.TOGGLE)]
    assert play(edges_of([(C, 1.0, 4.1)]), times=slow) == [(4.0, Command.NEXT_ROOM)]
    assert play(edges_of([(C, 1.0, 40.0), (M, 1.0, 40.0)]), times=slow) == [
        (11.0, Command.SHOW_SETUP),
        (31.0, HandsOnly.RESET_ACCESS),
    ]


@pytest.mark.parametrize("trace", TRACES, ids=str)
@pytest.mark.parametrize("button", ButtonName)
def test_a_bouncing_contact_is_felt_exactly_as_often_as_it_was_pressed(
    trace: Trace, button: ButtonName
) -> None:
    orders = [order for _, order in play(trace.edges(button), times=Times(debounce=trace.debounce))]
    felt = {
        C: [Command.TOGGLE] * trace.presses,
        M: [Command.MUTE] * trace.presses,
    }
    assert orders == felt[button]


DEBOUNCE: Milliseconds = round(1000 * Times().debounce)

CLEAN = st.one_of(st.integers(DEBOUNCE + 1, 5 * DEBOUNCE), st.integers(DEBOUNCE + 1, 40_000))
"""How long a contact stays as it is, from as short as a person can to as long as one might."""

BOUNCES = st.lists(st.integers(1, 1000 * DEBOUNCE - 1), max_size=26, unique=True).map(sorted)
"""When a contact bounces after an edge, in microseconds."""

Press = tuple[Milliseconds, Milliseconds, list[int], list[int]]
"""The pause before it, how long it lasts, and its bounces when it goes down and comes up."""

PRESSES = st.lists(st.tuples(CLEAN, CLEAN, BOUNCES, BOUNCES), max_size=8)


def clean(button: ButtonName, presses: list[Press]) -> list[Edge]:
    moments = accumulate(milliseconds for press in presses for milliseconds in press[:2])
    return [Edge(button, down=n % 2 == 0, at=1 + moment / 1000) for n, moment in enumerate(moments)]


def bouncing(button: ButtonName, presses: list[Press]) -> list[Edge]:
    edges: list[Edge] = []
    trains = [train for press in presses for train in press[2:]]
    for edge, train in zip(clean(button, presses), trains, strict=True):
        edges.append(edge)
        for number, shake in enumerate(train[: len(train) // 2 * 2]):
            edges.append(Edge(button, down=edge.down ^ (number % 2 == 0), at=edge.at + shake / 1e6))
    return edges


@settings(max_examples=200)
@given(caption=PRESSES, mute=PRESSES, resting=st.booleans(), muted=st.booleans())
def test_a_bouncing_panel_means_what_a_clean_one_means(
    caption: list[Press],
    mute: list[Press],
    resting: bool,  # noqa: FBT001 - hypothesis fills it in
    muted: bool,  # noqa: FBT001 - as above
) -> None:
    def both(edges_of_one: Callable[[ButtonName, list[Press]], list[Edge]]) -> list[Edge]:
        return sorted(edges_of_one(C, caption) + edges_of_one(M, mute), key=lambda edge: edge.at)

    if caption or mute:
        said = play(both(bouncing), resting=resting, muted=muted)
        assert said == play(both(clean), resting=resting, muted=muted)


@settings(max_examples=200)
@given(PRESSES)
def test_every_press_of_a_bouncing_mute_button_counts_once(presses: list[Press]) -> None:
    if presses:
        orders = [order for _, order in play(bouncing(M, presses), resting=False)]
        assert orders == [(Command.UNMUTE if n % 2 else Command.MUTE) for n in range(len(presses))]
