from itertools import count

import pytest

from appliance.captioning.calm import Erasure
from appliance.captioning.segments import REMEMBERED, Segments
from appliance.captioning.timeline import Timeline
from appliance.captions import Caption
from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
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
