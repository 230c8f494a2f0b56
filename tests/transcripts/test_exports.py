import html
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import webvtt

from appliance.captions import Caption, Gap
from appliance.transcripts.exports import FORMATS, Format, NoSuchLanguage, export, export_entries
from appliance.transcripts.transcript import Summary, Transcript

BEGIN = datetime(2026, 3, 4, 12, 0, 0, 250_000, tzinfo=UTC)
HOSTILE = [
    "a --> b",
    "00:00:01.000 --> 00:00:02.000",
    "-->",
    "less < than and more > than",
    "<b>bold</b> <v Bob>voice</v> <00:00:05.000>",
    "<script>alert(1)</script>",
    "this & that &amp; those &lt;i&gt;",
    "1",
    "2024",
    "NOTE to all",
    "STYLE",
    "WEBVTT",
    "two\nlines",
    "an\n\nempty\r\n\r\nline",
    "line\u2028separator",
    "quotes \" and ' and \\ and {\\an8}",
    "ends with <",
    "> begins",
    "नमस्ते 今日は 👩‍👩‍👧",
]


def caption(
    segment: int, text: str, *, language: str = "en-US", of: str | None = None, final: bool = True
) -> Caption:
    start = segment * 3.0
    return Caption(
        segment=segment,
        revision=2,
        language=language,
        text=text,
        final=final,
        start=start,
        end=start + 2.5,
        translated_from=of,
    )


def transcript(*entries: Caption | Gap, ended: bool = True) -> Transcript:
    summary = Summary(
        id=7,
        room="boardroom",
        title="Board\nroom",
        language="en-US",
        started_at=BEGIN,
        ended_at=BEGIN + timedelta(minutes=61) if ended else None,
        length=90.0,
        languages=("en-US", "nl-NL"),
        segments=2,
    )
    return Transcript(summary=summary, entries=entries)


MEETING = transcript(
    caption(1, "Good morning."),
    caption(1, "Goedemorgen.", language="nl-NL", of="en-US"),
    Gap(start=6, end=18, reason="the network was away"),
    caption(7, "Let us begin."),
    caption(7, "Laten we beginnen.", language="nl-NL", of="en-US"),
)


@pytest.fixture(params=["UTC", "IST-5:30"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def read_back(text: str, form: Format) -> list[tuple[str, str, str]]:
    """Start, end and words of the subtitles, as a player would show them."""
    parsed = webvtt.from_string(text) if form == "vtt" else webvtt.from_buffer(io.StringIO(text), format="srt")
    return [
        (cue.start, cue.end, html.unescape(cue.text) if form == "vtt" else cue.text) for cue in parsed.captions
    ]


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_a_player_shows_the_captions_and_the_gap(form: Format) -> None:
    assert read_back(export(MEETING, form), form) == [
        ("00:00:03.000", "00:00:05.500", "Good morning."),
        ("00:00:06.000", "00:00:18.000", "[no captions for 12 s:\nthe network was away]"),
        ("00:00:21.000", "00:00:23.500", "Let us begin."),
    ]


@pytest.mark.parametrize("form", ["vtt", "srt"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_file(form: Format, text: str) -> None:
    exported = export_entries([caption(1, "before"), caption(2, text), caption(3, "after")], form)
    shown = [words for _, _, words in read_back(exported, form)]
    if form == "srt":  # which cannot write these two
        text = text.replace("<", "\u2039").replace(">", "\u203a")
    assert [" ".join(words.split()) for words in shown] == ["before", " ".join(text.split()), "after"]
    assert exported.count("-->") == 3
    assert not re.search("<[^<>]*>", exported)


def test_a_meeting_of_a_hundred_hours_is_exported() -> None:
    late = Caption(
        segment=1, revision=1, language="en", text="Still here.", final=True, start=360_001, end=360_003
    )
    for form in ("vtt", "srt"):
        assert read_back(export_entries([late], form), form) == [
            ("100:00:01.000", "100:00:03.000", "Still here.")
        ]


def test_the_text_tells_the_time_on_the_wall(zone: str) -> None:
    hour = {"UTC": "12:00", "IST-5:30": "17:30"}[zone]
    end = {"UTC": "13:01 UTC", "IST-5:30": "18:31 IST"}[zone]
    assert export(MEETING, "txt") == (
        f"Board room\n2026-03-04, {hour} to {end}\nEnglish (United States)\n\n"
        f"{hour}:03  Good morning.\n"
        f"{hour}:06  [no captions for 12 s: the network was away]\n"
        f"{hour}:21  Let us begin.\n"
    )


def test_the_text_of_a_meeting_that_never_ended_says_so() -> None:
    assert " (so far)\n" in export(transcript(caption(1, "x"), ended=False), "txt")


@pytest.mark.parametrize("form", ["vtt", "srt", "txt"])
@pytest.mark.parametrize("language", ["nl-NL", "nl", "nl_nl"])
def test_a_translation_is_exported_by_itself(form: Format, language: str) -> None:
    text = export(MEETING, form, language=language)
    assert "Goedemorgen." in text
    assert "Good morning." not in text
    assert "no captions for 12 s" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_language_nobody_spoke_is_told_with_those_there_are(form: Format) -> None:
    with pytest.raises(NoSuchLanguage, match=r"no captions in fr; there are some in: en-US, nl-NL\."):
        export(MEETING, form, language="fr")
    with pytest.raises(ValueError, match="is not a language"):
        export(MEETING, form, language="e")


def test_the_json_document_has_everything() -> None:
    document = json.loads(export(MEETING, "json"))
    entries = document.pop("entries")
    assert document == {
        "id": 7,
        "room": "boardroom",
        "title": "Board\nroom",
        "language": "en-US",
        "started_at": "2026-03-04T12:00:00.250+00:00",
        "ended_at": "2026-03-04T13:01:00.250+00:00",
        "length": 90.0,
        "languages": ["en-US", "nl-NL"],
        "segments": 2,
    }
    kinds = {"caption": Caption, "gap": Gap}
    assert tuple(kinds[entry.pop("kind")](**entry) for entry in entries) == MEETING.entries


def test_a_meeting_in_which_nobody_spoke_is_exported() -> None:
    silent = transcript()
    assert export(silent, "vtt") == "WEBVTT\n"
    assert export(silent, "srt") == ""
    assert export(silent, "txt").startswith("Board room\n")
    assert json.loads(export(silent, "json"))["entries"] == []


def test_a_file_is_exported_in_order_and_without_words_that_changed() -> None:
    heard = [caption(2, "Two."), caption(1, "On", final=False), caption(1, "One.")]
    assert export_entries(heard, "txt") == "00:00:03  One.\n00:00:06  Two.\n"
    assert [words for *_, words in read_back(export_entries(heard, "vtt"), "vtt")] == ["One.", "Two."]
    assert [entry["text"] for entry in json.loads(export_entries(heard, "json"))["entries"]] == ["One.", "Two."]


def test_what_came_late_is_marked_and_has_the_times_of_its_words_in_the_document() -> None:
    said = (("Good", 3.0, 3.4), ("morning.", 3.4, 3.9))
    meeting = replace(MEETING, late={1: said})
    spoken, translated, *others = json.loads(export(meeting, "json"))["entries"]
    assert spoken["late"] is True
    assert spoken["words"] == [
        {"text": "Good", "start": 3.0, "end": 3.4},
        {"text": "morning.", "start": 3.4, "end": 3.9},
    ]
    assert translated["late"] is True
    assert "words" not in translated
    assert not any("late" in entry for entry in others)
