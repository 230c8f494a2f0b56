import pytest

from appliance.captioning.timeline import BREATH, Timeline
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss


def send(timeline: Timeline, seconds: float, *, speech: bool = False) -> None:
    """Send so much sound, from where the timeline is."""
    for _ in range(round(seconds / FRAME_SECONDS)):
        timeline.sent(Frame(timeline.end, bytes(FRAME_BYTES), speech=speech))


def test_times_count_from_the_beginning_of_the_captioning_though_sound_was_lost() -> None:
    timeline = Timeline(100.0)
    send(timeline, 3.2)
    timeline.sent(Frame(110.0, bytes(FRAME_BYTES)))
    send(timeline, 3.168)
    assert timeline.at(1.0) == pytest.approx(101.0)
    assert timeline.at(4.2) == pytest.approx(111.0)
    assert timeline.at(1000) == pytest.approx(113.2)


def test_a_replay_begins_in_the_pause_after_the_last_final() -> None:
    timeline = Timeline()
    send(timeline, 3.2, speech=True)
    send(timeline, 0.8)
    timeline.understood(end=3.0)
    send(timeline, 1.6, speech=True)
    assert timeline.covered == pytest.approx(3.2 + BREATH)
    assert not timeline.overlaps


def test_of_two_pauses_the_one_next_to_the_end_of_the_words_is_taken() -> None:
    timeline = Timeline()
    for _ in range(2):
        send(timeline, 0.64, speech=True)
        send(timeline, 0.32)
    timeline.understood(end=1.5)
    assert timeline.covered == pytest.approx(1.6 + BREATH)


def test_without_times_of_the_vendor_the_pause_that_brought_the_final_is_taken() -> None:
    timeline = Timeline()
    send(timeline, 3.2, speech=True)
    send(timeline, 0.8)
    timeline.understood(end=None)
    assert timeline.covered == pytest.approx(3.2 + BREATH)
    assert not timeline.overlaps


def test_a_late_final_without_times_does_not_cover_the_words_said_since() -> None:
    timeline = Timeline()
    send(timeline, 3.2, speech=True)
    send(timeline, 0.64)
    send(timeline, 0.64, speech=True)
    timeline.understood(end=None)
    assert timeline.covered == pytest.approx(3.2 + BREATH)
    assert timeline.overlaps, "who knows whether the vendor meant the words since"


def test_a_final_in_the_middle_of_speech_lets_a_replay_begin_a_little_earlier() -> None:
    timeline = Timeline()
    send(timeline, 9.6, speech=True)
    timeline.understood(end=9.0)
    assert timeline.covered == pytest.approx(7.0)
    assert timeline.overlaps


def test_a_stream_that_made_no_final_is_replayed_from_its_beginning() -> None:
    timeline = Timeline(42.0)
    send(timeline, 3.2, speech=True)
    assert timeline.covered == 42.0


def test_a_gap_that_was_told_is_not_told_again_when_the_next_stream_breaks_too() -> None:
    timeline = Timeline(6.7)
    timeline.missed(Loss(6.7, 12.5, "The network was away."))
    assert timeline.covered == 12.5


def test_words_under_way_before_a_gap_are_still_replayed() -> None:
    timeline = Timeline()
    send(timeline, 3.2, speech=True)
    timeline.missed(Loss(3.2, 5.0, "The microphone was away."))
    assert timeline.covered == 0.0
