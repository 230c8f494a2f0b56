from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.captions import Caption, Gap
from appliance.panel.rollup import (
    BEHIND_SECONDS,
    KEPT,
    LATE_SECONDS,
    LEFT_OUT,
    STAY_SECONDS,
    WORDS_A_SECOND,
    Place,
    Roll,
    RollUp,
    reading_seconds,
)
from appliance.panel.typesetting import Line
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


def test_a_segment_keeps_its_place_when_its_times_are_corrected(rollup: RollUp) -> None:
    rollup.add(said(1, "good morning"))
    rollup.add(said(2, "everyone"))
    corrected = replace(said(1, "good morning everybody", revision=2), start=9.0)
    rollup.add(corrected)
    assert rollup.texts == ("good morning everybody", "everyone")


@dataclass
class Reader:
    """Looks at a glass of some rows, and keeps the time at which each line came and went."""

    rows: int
    now: float = 0.0
    said: dict[Place, Line] = field(default_factory=dict)
    glass: list[str] = field(default_factory=list)
    came: dict[str, float] = field(default_factory=dict)
    went: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roll = Roll(lambda: self.now)

    def hears(self, *lines: str) -> None:
        """One segment a line."""
        for line in lines:
            number = len(self.said)
            self.said[float(number), number, 0] = Line(line)

    def looks(self) -> list[str]:
        before, self.glass = self.glass, [line.text for line in self.roll.on_glass(self.said, self.rows)]
        for line in self.glass:
            self.came.setdefault(line, self.now)
        for line in set(before) - set(self.glass):
            self.went[line] = self.now
        return self.glass

    def waits(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.now += step
            self.looks()


def test_what_was_said_before_anyone_looked_is_there_at_once() -> None:
    reader = Reader(rows=2)
    reader.hears("a", "b", "c")
    assert reader.looks() == ["b", "c"]


def test_a_line_stands_two_seconds_before_it_rolls_off() -> None:
    reader = Reader(rows=2)
    reader.hears("a", "b")
    reader.looks()
    reader.hears("c")
    reader.waits(STAY_SECONDS - 0.25)
    assert reader.glass == ["a", "b"]
    reader.waits(0.25)
    assert reader.glass == ["b", "c"]


def test_lines_that_come_faster_than_anyone_reads_wait_for_the_reader() -> None:
    reader = Reader(rows=3)
    reader.hears("x")
    reader.looks()
    reader.waits(5)
    reader.hears(*(f"four words are {number}" for number in range(5)))
    reader.waits(0.25)
    assert reader.glass == ["x", "four words are 0", "four words are 1"]
    reader.waits(2.25)
    assert reader.glass == ["four words are 0", "four words are 1", "four words are 2"]
    reader.waits(2.25)
    assert reader.glass == ["four words are 2", "four words are 3", "four words are 4"]


def test_words_that_come_far_too_late_are_left_out_and_the_glass_says_so() -> None:
    reader = Reader(rows=3)
    reader.hears("x", "y", "z")
    reader.looks()
    reader.hears(*(f"four words are {number}" for number in range(20)))
    reader.waits(2)
    assert reader.glass[-1] == LEFT_OUT.text
    reader.waits(6)
    assert reader.glass == [f"four words are {number}" for number in (17, 18, 19)]


def test_long_lines_that_are_late_are_not_said_to_be_left_out() -> None:
    reader = Reader(rows=3)
    reader.hears("x", "y", "z")
    reader.looks()
    reader.hears(*(f"{'word ' * 11}{number}" for number in range(3)))
    reader.waits(20)
    assert LEFT_OUT.text not in reader.came
    assert len(reader.came) == 6


def test_a_speaker_at_an_ordinary_pace_never_waits() -> None:
    reader = Reader(rows=2)
    for number in range(40):  # three words a line at 150 words a minute
        reader.hears(f"three words {number}")
        assert reader.looks()[-1] == f"three words {number}"
        reader.waits(1.25)


def test_a_line_that_is_gone_from_the_wording_goes_from_the_glass() -> None:
    reader = Reader(rows=3)
    reader.hears("a", "b", "c")
    reader.looks()
    del reader.said[2.0, 2, 0]
    assert reader.looks() == ["a", "b"]


def test_a_gap_that_is_known_late_is_shown_in_its_place() -> None:
    reader = Reader(rows=3)
    reader.hears("a", "b", "c")
    reader.looks()
    reader.said[1.5, -1, 0] = Line("[4 s missing]")
    assert reader.looks() == ["b", "[4 s missing]", "c"]


def test_the_next_meeting_begins_on_an_empty_glass() -> None:
    reader = Reader(rows=3)
    reader.hears("a", "b", "c")
    reader.looks()
    reader.said = {(0.0, 9, 0): Line("hello")}
    assert reader.looks() == ["hello"]
    reader.said.clear()
    assert reader.looks() == []


def test_letters_written_without_spaces_take_their_time_too() -> None:
    assert reading_seconds("欢迎参加会议今天") == 4 / WORDS_A_SECOND


@given(
    rows=some.integers(1, 6),
    bursts=some.lists(
        some.tuples(some.integers(0, 12), some.integers(1, 15), some.sampled_from([0.1, 0.3, 1.0, 4.0, 20.0])),
        max_size=30,
    ),
)
def test_no_burst_of_words_rolls_faster_than_a_person_reads(
    rows: int, bursts: list[tuple[int, int, float]]
) -> None:
    reader = Reader(rows)
    reader.hears("first")
    reader.looks()
    for lines, words, pause in bursts:
        reader.hears(*(f"{len(reader.said) + line}" + " word" * (words - 1) for line in range(lines)))
        reader.looks()
        reader.waits(pause, step=min(pause, 1.0))
    for line, went in reader.went.items():
        assert line == LEFT_OUT.text or went - reader.came[line] >= STAY_SECONDS - 1e-9
    rolled = sorted((came, reading_seconds(line)) for line, came in reader.came.items() if line in reader.went)
    for first in range(len(rolled)):
        for last in range(first + rows, len(rolled)):  # before the glass was full, lines need not wait
            needed = sum(seconds for _, seconds in rolled[first + rows : last])
            assert rolled[last][0] - rolled[first][0] >= needed - LATE_SECONDS - 1e-9


@given(bursts=some.lists(some.tuples(some.integers(0, 30), some.floats(0.1, 3.0)), max_size=30))
def test_a_reader_is_never_far_behind_and_every_line_left_out_is_marked(
    bursts: list[tuple[int, float]],
) -> None:
    reader = Reader(rows=3)
    reader.hears("first")
    reader.looks()
    for lines, pause in bursts:
        reader.hears(*(f"line number {len(reader.said) + line}" for line in range(lines)))
        reader.waits(pause, step=pause)
    reader.waits(BEHIND_SECONDS + 4 * STAY_SECONDS + 3)
    assert reader.glass[-1] == list(reader.said.values())[-1].text, "the newest line is there"
    if any(line.text not in reader.came for line in reader.said.values()):
        assert LEFT_OUT.text in reader.came
