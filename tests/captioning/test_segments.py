from itertools import count

import pytest

from appliance.captioning.calm import Erasure
from appliance.captioning.segments import REMEMBERED, Segments
from appliance.captioning.timeline import Timeline
from appliance.captions import Caption
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame, Loss
from appliance.vendors.contract import Words


def made() -> Segments:
    return Segments(numbers=count(1), language="en-US", hold_back=0, erasure=Erasure())


def frames(timeline: Timeline, start: float, seconds: float) -> None:
    for n in range(round(seconds / FRAME_SECONDS)):
        timeline.sent(Frame(start + n * FRAME_SECONDS, bytes(FRAME_BYTES)))


def said(
    segments: Segments, name: str, text: str, *, final: bool = False, language: str | None = None
) -> list[Caption]:
    return list(segments.take(Words(segment=name, text=text, final=final, language=language)))


def test_a_final_never_changes_even_if_the_vendor_goes_on_about_it() -> None:
    segments = made()
    assert said(segments, "a", "good morning", final=True)[0].final
    assert said(segments, "a", "bad morning") == []
    assert said(segments, "a", "bad morning", final=True) == []


def test_revisions_count_up_within_a_segment() -> None:
    segments = made()
    captions = [
        *said(segments, "a", "good"),
        *said(segments, "a", "good morning"),
        *said(segments, "a", "done", final=True),
    ]
    assert [(c.segment, c.revision, c.final) for c in captions] == [(1, 1, False), (1, 2, False), (1, 3, True)]


def test_a_translation_shares_the_segment_of_its_original() -> None:
    segments = made()
    [original] = said(segments, "a", "good morning", final=True)
    [translation] = list(
        segments.take(
            Words(segment="a", text="goedemorgen", final=True, language="nl", translated_from="en-US")
        )
    )
    assert (translation.segment, translation.language, translation.translated_from) == (
        original.segment,
        "nl",
        "en-US",
    )


def test_words_that_were_read_stay_when_the_vendor_is_lost() -> None:
    segments = made()
    said(segments, "a", "half a sent")
    said(segments, "b", "more", language="nl")
    assert [(c.text, c.final) for c in segments.abandon()] == [("half a sent", True), ("more", True)]
    assert list(segments.abandon()) == []


def test_noise_that_was_no_words_leaves_no_caption() -> None:
    segments = made()
    assert said(segments, "a", "", final=True) == []


def test_words_that_turn_out_to_be_noise_are_taken_from_the_screen() -> None:
    segments = made()
    said(segments, "a", "uh")
    assert [(c.text, c.final) for c in said(segments, "a", "", final=True)] == [("", True)]


def test_a_vendor_that_opens_segments_without_end_finishes_the_oldest() -> None:
    segments = made()
    captions = [c for n in range(REMEMBERED + 5) for c in said(segments, str(n), "word")]
    assert [c.segment for c in captions if c.final] == [1, 2, 3, 4, 5]


def test_times_count_from_the_beginning_of_the_captioning_though_sound_was_lost() -> None:
    timeline = Timeline()
    frames(timeline, start=100.0, seconds=3.2)
    frames(timeline, start=110.0, seconds=3.2)
    assert timeline.at(1.0) == pytest.approx(101.0)
    assert timeline.at(4.2) == pytest.approx(111.0)
    assert timeline.at(1000) == pytest.approx(113.2)


def test_without_times_of_the_vendor_a_caption_has_those_of_the_sound() -> None:
    segments = made()
    frames(segments.timeline, start=5.0, seconds=0.96)
    [first] = said(segments, "a", "good")
    frames(segments.timeline, start=5.96, seconds=0.96)
    [last] = said(segments, "a", "good morning", final=True)
    assert first.start == pytest.approx(5.96)
    assert last.start == pytest.approx(5.96)
    assert last.end == pytest.approx(6.92)


def inherited(segments: Segments) -> Segments:
    """The segments of the stream after the one that broke."""
    return Segments(
        numbers=count(10), language="en-US", hold_back=0, erasure=Erasure(), estate=segments.bequeath()
    )


def test_a_sentence_that_a_lost_connection_cut_goes_on_in_the_same_caption() -> None:
    broken = made()
    said(broken, "a", "good morning and")
    after = inherited(broken)
    assert said(after, "x", "good") == [], "what was read is not taken back"
    [final] = said(after, "x", "good morning and welcome", final=True)
    assert (final.segment, final.revision, final.text) == (1, 2, "good morning and welcome")
    assert list(after.abandon()) == []


def test_a_translation_that_a_lost_connection_cut_stays_with_its_original() -> None:
    broken = made()
    said(broken, "a", "good morning")
    said(broken, "a", "goedemorgen", language="nl")
    after = inherited(broken)
    said(after, "x", "good morning", final=True)
    [translation] = said(after, "x", "goedemorgen", final=True, language="nl")
    assert (translation.segment, translation.revision) == (1, 2)


def test_words_that_the_next_vendor_puts_into_one_caption_do_not_stand_twice() -> None:
    broken = made()
    frames(broken.timeline, start=0.0, seconds=0.96)
    said(broken, "a", "good")
    said(broken, "b", "morning")
    after = inherited(broken)
    frames(after.timeline, start=0.0, seconds=3.2)
    [final, withdrawn] = said(after, "x", "good morning", final=True)
    assert (final.segment, final.text) == (1, "good morning")
    assert (withdrawn.segment, withdrawn.text, withdrawn.final) == (2, "", True)


def test_words_whose_sound_is_gone_stay_as_they_were_read() -> None:
    broken = made()
    frames(broken.timeline, start=0.0, seconds=0.96)
    said(broken, "a", "good morning")
    after = inherited(broken)
    assert [(c.text, c.final) for c in after.lose(Loss(0.0, 30.0, "The network was away."))] == [
        ("good morning", True)
    ]
    [new] = said(after, "x", "and so on")
    assert new.segment == 10


def test_what_a_replay_repeats_is_said_once_in_every_language() -> None:
    broken = made()
    frames(broken.timeline, start=0.0, seconds=9.6)
    said(broken, "a", "we begin in march", final=True)
    assert broken.timeline.overlaps
    after = inherited(broken)
    assert said(after, "x", "in march", final=True) == []
    translation = Words(segment="x", text="in maart", final=True, language="nl", translated_from="en-US")
    assert list(after.take(translation)) == []
    [new] = said(after, "y", "and end in may", final=True)
    assert new.text == "and end in may"


def test_another_name_of_the_room_s_language_is_still_that_language() -> None:
    segments = made()
    assert [c.language for c in said(segments, "a", "good", language="en-GB")] == ["en-US"]
    assert [c.language for c in said(segments, "b", "goed", language="nl")] == ["nl"]
