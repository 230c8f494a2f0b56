import pytest

from appliance.captions import Caption, Gap
from appliance.panel.rollup import KEPT, RollUp
from appliance.state import RoomInUse, State, Status

LIVE = Status(state=State.LIVE, room=RoomInUse(id="boardroom", title="Boardroom", from_language="en-US"))
TRANSLATED = Status(
    state=State.LIVE,
    room=RoomInUse(id="boardroom", title="Boardroom", from_language="en-US", to_languages=("hi-IN", "fr-FR")),
)


def said(
    segment: int, text: str, *, language: str = "en-US", translated: bool = False, revision: int = 1
) -> Caption:
    return Caption(
        segment=segment,
        revision=revision,
        language=language,
        text=text,
        final=False,
        start=float(segment),
        end=segment + 1.0,
        translated_from="en-US" if translated else None,
    )


@pytest.fixture
def rollup() -> RollUp:
    rolling = RollUp()
    rolling.follow(LIVE)
    return rolling


def test_a_segment_is_shown_in_its_latest_wording(rollup: RollUp) -> None:
    rollup.add(said(1, "good mourning"))
    rollup.add(said(2, "every"))
    rollup.add(said(1, "good morning", revision=2))
    assert rollup.texts == ("good morning", "every")


def test_words_taken_back_altogether_leave_no_empty_line(rollup: RollUp) -> None:
    rollup.add(said(1, "good morning"))
    rollup.add(said(2, "uh"))
    rollup.add(said(2, "", revision=2))
    assert rollup.texts == ("good morning",)


def test_segments_stand_in_the_order_they_were_spoken_however_they_arrive(rollup: RollUp) -> None:
    rollup.add(said(2, "everyone"))
    rollup.add(said(1, "good morning"))
    assert rollup.texts == ("good morning", "everyone")


def test_a_gap_is_shown_where_words_are_missing(rollup: RollUp) -> None:
    rollup.add(said(1, "good morning"))
    rollup.add(Gap(start=2.0, end=14.2, reason="The network was gone."))
    rollup.add(said(15, "everyone"))
    assert rollup.texts == ("good morning", "[12 s missing]", "everyone")


def test_only_the_first_language_of_a_translated_room_is_shown(rollup: RollUp) -> None:
    rollup.follow(TRANSLATED)
    rollup.add(said(1, "good morning"))
    rollup.add(said(1, "bonjour", language="fr-FR", translated=True))
    rollup.add(said(1, "नमस्ते", language="hi", translated=True))
    assert rollup.texts == ("नमस्ते",)


def test_translations_do_not_push_the_spoken_words_away(rollup: RollUp) -> None:
    rollup.add(said(1, "good morning"))
    rollup.add(said(1, "bonjour", language="fr-FR", translated=True))
    assert rollup.texts == ("good morning",)


def test_a_fallback_that_cannot_translate_still_shows_words(rollup: RollUp) -> None:
    rollup.follow(Status(state=State.FALLBACK, room=TRANSLATED.room))
    rollup.add(said(1, "good morning"))
    assert rollup.texts == ("good morning",)


@pytest.mark.parametrize("state", [State.IDLE, State.CONNECTING])
def test_the_words_of_one_meeting_are_not_shown_to_the_next(rollup: RollUp, state: State) -> None:
    rollup.add(said(1, "good morning"))
    rollup.follow(Status(state=state, room=LIVE.room))
    rollup.follow(LIVE)
    assert rollup.texts == ()


@pytest.mark.parametrize("state", [State.MUTED, State.RECONNECTING, State.FINISHING, State.FALLBACK])
def test_words_stay_while_the_same_captioning_goes_on(rollup: RollUp, state: State) -> None:
    rollup.add(said(1, "good morning"))
    rollup.follow(Status(state=state, room=LIVE.room))
    assert rollup.texts == ("good morning",)


def test_a_long_meeting_holds_no_more_than_a_screen_can_show(rollup: RollUp) -> None:
    for segment in range(1, 1000):
        rollup.add(said(segment, f"line {segment}"))
    assert rollup.texts == tuple(f"line {segment}" for segment in range(1000 - KEPT, 1000))
