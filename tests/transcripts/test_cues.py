import random
from itertools import pairwise

import pytest

from appliance.captions import Caption, Gap
from appliance.transcripts.cues import LINES, SHORTEST, WIDTH, Cue, _width, cues, gap_text

SENTENCES = [
    "Yes.",
    "Good morning everybody, and welcome to the meeting.",
    "We will begin with the minutes of the last meeting, " * 5,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft tagt.",
    "今日は皆さんにお会いできて大変うれしく思います。本日の議題は三つありますので順番に説明いたします。",
    "सभी को सुप्रभात, और आज की बैठक में आपका हार्दिक स्वागत है, कृपया अपना स्थान ग्रहण करें।",
    "สวัสดีทุกท่านขอต้อนรับเข้าสู่การประชุมประจำเดือนของเราในวันนี้ครับผม",
    "صباح الخير جميعا ومرحبا بكم في اجتماع اليوم، نبدأ بمحضر الاجتماع السابق",
    "x" * 2000,
]


def caption(text: str, start: float = 1.0, end: float = 5.0, segment: int = 1) -> Caption:
    return Caption(segment=segment, revision=1, language="en", text=text, final=True, start=start, end=end)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", SENTENCES)
def test_all_words_of_a_caption_are_shown_and_fit_on_the_screen(text: str) -> None:
    shown = cues([caption(text)])
    assert squeezed("".join(line for cue in shown for line in cue.lines)) == squeezed(text)
    assert all(1 <= len(cue.lines) <= LINES for cue in shown)
    assert all(0 < _width(line) <= WIDTH for cue in shown for line in cue.lines)


def test_a_short_caption_is_one_subtitle_of_one_line() -> None:
    assert cues([caption("Good morning.")]) == [Cue(1000, 5000, ("Good morning.",))]


def test_no_word_is_left_alone_on_the_last_line() -> None:
    (cue,) = cues([caption("Good morning everybody, and welcome to the meeting.")])
    assert cue.lines == ("Good morning everybody, and", "welcome to the meeting.")


def test_a_long_caption_is_shown_bit_by_bit_while_it_is_spoken() -> None:
    shown = cues([caption(" ".join(["word"] * 64), 10.0, 26.0)])
    assert len(shown) > 2
    assert (shown[0].start, shown[-1].end) == (10_000, 26_000)
    for cue in shown:
        letters = sum(map(len, cue.lines))
        assert (cue.end - cue.start) / letters == pytest.approx(16_000 / 318, rel=0.05)


@pytest.mark.parametrize("mark", ["\u0301", "\u093f", "\u0e31", "\u200d"])
def test_a_mark_is_not_torn_off_its_letter(mark: str) -> None:
    for length in range(WIDTH - 2, WIDTH + 3):
        lines = [
            line for cue in cues([caption("\u0915" * length + mark + "\u0915" * 60)]) for line in cue.lines
        ]
        assert not any(line.startswith(mark) for line in lines)


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (
            Gap(start=10, end=22.2, reason="the network was away"),
            "[no captions for 12 s: the network was away]",
        ),
        (Gap(start=10, end=10.1, reason="It restarted."), "[no captions for 1 s: It restarted]"),
        (
            Gap(start=10, end=2000, reason="the network was away"),
            "[no captions for 33 min: the network was away]",
        ),
    ],
)
def test_a_gap_is_shown_with_its_length_and_reason(gap: Gap, text: str) -> None:
    assert gap_text(gap) == text
    assert " ".join(line for cue in cues([gap]) for line in cue.lines) == text


def test_a_caption_that_begins_early_cuts_the_one_before_it_short() -> None:
    shown = cues([caption("One.", 1.0, 5.0), caption("Two.", 4.0, 6.0)])
    assert shown == [Cue(1000, 4000, ("One.",)), Cue(4000, 6000, ("Two.",))]


def test_captions_without_times_come_one_after_the_other() -> None:
    shown = cues([caption(text, 3.0, 3.0) for text in ("One.", "Two.", "Three.")])
    assert [(cue.start, cue.end) for cue in shown] == [(3000, 3500), (3500, 4000), (4000, 4500)]


def test_a_caption_without_words_is_not_shown() -> None:
    assert cues([caption("  ")]) == []


@pytest.mark.parametrize("seed", range(30))
def test_subtitles_never_overlap_and_never_vanish_at_once_whatever_the_vendor_says(seed: int) -> None:
    chance = random.Random(seed)
    entries: list[Caption | Gap] = []
    for segment in range(40):
        start = chance.choice([0.0, -1.0, chance.uniform(0, 60), segment * 2.0])
        end = start + chance.choice([0.0, -5.0, 0.0001, chance.uniform(0, 10), 100.0])
        if chance.random() < 0.1:
            entries.append(Gap(start=start, end=end, reason="the network was away"))
        else:
            entries.append(caption(chance.choice(SENTENCES), start, end, segment))
    shown = cues(entries)
    assert all(cue.start >= 0 for cue in shown)
    assert all(cue.end - cue.start >= SHORTEST / 20 for cue in shown)
    assert all(former.end <= latter.start for former, latter in pairwise(shown))
    told = squeezed("".join(line for cue in shown for line in cue.lines))
    ordered = sorted(entries, key=lambda entry: entry.start)
    assert told == squeezed("".join(e.text if isinstance(e, Caption) else gap_text(e) for e in ordered))
