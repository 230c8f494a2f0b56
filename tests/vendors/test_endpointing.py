import pytest

from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.vendors.endpointing import GRID, PRE_ROLL, Begin, End, Endpointer, Sound

Step = Begin | Sound | End


def heard(
    pattern: list[tuple[float, bool]], *, pause: float = 0.5, longest: float = 10
) -> tuple[list[Step], float]:
    """What the endpointer makes of stretches of (seconds, speech)."""
    endpointer = Endpointer(pause=pause, longest=longest)
    steps: list[Step] = []
    at = 0.0
    for seconds, speech in pattern:
        for _ in range(round(seconds / FRAME_SECONDS)):
            steps += endpointer.feed(Frame(at, bytes(FRAME_BYTES), speech=speech))
            at += FRAME_SECONDS
    steps += endpointer.finish()
    return steps, at


def test_silence_costs_the_engine_nothing() -> None:
    assert heard([(60, False)])[0] == []


def test_the_soft_beginning_of_a_word_is_heard_too() -> None:
    steps, _ = heard([(2, False), (1, True)])
    begin = steps[0]
    assert isinstance(begin, Begin)
    assert 2 - (PRE_ROLL + GRID) * FRAME_SECONDS <= begin.start <= 2 - (PRE_ROLL - 1) * FRAME_SECONDS


@pytest.mark.parametrize("frames_before", range(40))
def test_speech_may_begin_at_any_moment(frames_before: int) -> None:
    steps, _ = heard([(frames_before * FRAME_SECONDS, False), (1, True)])
    assert sum(isinstance(s, Sound) for s in steps) >= round(1 / FRAME_SECONDS) + min(
        frames_before, PRE_ROLL - 1
    )


def test_a_detector_that_wakes_a_frame_later_changes_nothing_for_the_recogniser() -> None:
    begins = {heard([(3 + late * FRAME_SECONDS, False), (1, True)])[0][0] for late in range(GRID)}
    assert len(begins) <= 2


def test_a_pause_ends_a_segment_and_a_breath_does_not() -> None:
    steps, _ = heard([(2, True), (0.3, False), (2, True), (0.6, False), (2, True)])
    assert sum(isinstance(s, Begin) for s in steps) == 2
    assert sum(isinstance(s, End) for s in steps) == 2


def test_no_sound_of_a_segment_is_left_out() -> None:
    steps, _ = heard([(1, True), (0.3, False), (1, True)])
    assert sum(isinstance(s, Sound) for s in steps) == sum(round(x / FRAME_SECONDS) for x in (1, 0.3, 1))


def test_the_longer_somebody_talks_the_shorter_a_pause_will_do() -> None:
    steps, _ = heard([(9.5, True), (0.2, False), (3, True)])
    assert sum(isinstance(s, Begin) for s in steps) == 2


def test_somebody_who_never_pauses_gets_a_final_all_the_same() -> None:
    steps, _ = heard([(45, True)])
    assert sum(isinstance(s, End) for s in steps) == 3
