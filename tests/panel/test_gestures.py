import random
from itertools import pairwise

import pytest

from appliance.panel.gestures import ButtonName, Edge, Gestures
from appliance.state import Command

C, M = ButtonName.CAPTION, ButtonName.MUTE

Touch = tuple[ButtonName, float, float]
"""A button, when it goes down and when it comes up again."""


def edges_of(touches: list[Touch]) -> list[Edge]:
    down = [Edge(button, down=True, at=start) for button, start, _ in touches]
    up = [Edge(button, down=False, at=end) for button, _, end in touches]
    return sorted(down + up, key=lambda edge: edge.at)


def play(edges: list[Edge], *, resting: bool = True, muted: bool = False) -> list[tuple[float, Command]]:
    """What the machine says and when, on a clock that wakes it just when it asked for."""
    gestures = Gestures()
    gestures.resting, gestures.muted = resting, muted
    said: list[tuple[float, Command]] = []
    for edge, following in pairwise([*edges, Edge(C, down=False, at=edges[-1].at + 60)]):
        said += [(edge.at, command) for command in gestures.edge(edge)]
        while (due := gestures.due) is not None and due <= following.at:
            said += [(due, command) for command in gestures.tick(due)]
    assert not gestures.active
    return [(round(at, 6), command) for at, command in said]


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
        (2.1, Command.TOGGLE),
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


def test_a_button_held_while_the_box_starts_is_no_press() -> None:
    assert play([Edge(C, down=False, at=1.0)]) == []


def test_the_light_answers_from_the_press_until_it_is_clear_what_was_meant() -> None:
    gestures = Gestures()
    gestures.resting = False
    gestures.edge(Edge(C, down=True, at=1.0))
    assert gestures.active
    gestures.edge(Edge(C, down=False, at=1.1))
    assert gestures.active
    gestures.tick(1.5)
    assert not gestures.active


@pytest.mark.parametrize("seed", range(50))
def test_a_bouncing_button_means_what_a_clean_one_means(seed: int) -> None:
    chance = random.Random(seed)
    touches: list[Touch] = []
    at = 1.0
    for _ in range(20):
        held = chance.choice([0.05, 0.15, 0.6, 1.2])
        touches.append((chance.choice([C, M]), at, at + held))
        at += held + chance.choice([0.1, 0.2, 0.8])
    clean = edges_of(touches)
    bouncing: list[Edge] = []
    for edge in clean:
        shakes = sorted(chance.uniform(0.0005, 0.018) for _ in range(2 * chance.randrange(8)))
        states = [not edge.down if number % 2 == 0 else edge.down for number in range(len(shakes))]
        bouncing.append(edge)
        bouncing += [
            Edge(edge.button, down=down, at=edge.at + shake) for down, shake in zip(states, shakes, strict=True)
        ]
    resting = chance.random() < 0.5
    assert play(bouncing, resting=resting) == play(clean, resting=resting)
