"""The formats in which a transcript leaves the box."""

import html
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from webvtt import Caption as Subtitle
from webvtt import WebVTT

from appliance.captions import Caption, Gap, language_name, language_tag
from appliance.transcripts.cues import Cue, cues, gap_text
from appliance.transcripts.transcript import Entry, Summary, Timed, Transcript

Format = Literal["vtt", "srt", "txt", "json"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_NO_TAGS: Final = {ord("<"): "\u2039", ord(">"): "\u203a"}
"""SubRip has no way to write < and >: players, and the library, take what is between them for a tag."""


class NoSuchLanguage(LookupError):
    """There are no captions in that language; the text is one plain sentence."""


def export(transcript: Transcript, form: Format, *, language: str | None = None) -> str:
    """A transcript as a text in one of the `FORMATS`.

    The JSON document has the fields of `Summary`, its times in ISO 8601 and UTC, and ``entries``, in order:
    each has ``kind``, ``start`` and ``end`` (seconds since ``started_at``) and, where the kind is ``caption``,
    the fields of `Caption`, where it is ``gap``, its ``reason``. A caption that came late has ``late`` and,
    as far as they are known, ``words``, each with its own times.

    A long day takes a while to write: from the event loop call it through `asyncio.to_thread`.

    Args:
        transcript: as the store gives it.
        form: the format.
        language: BCP-47 tag of the captions that are wanted, ``hi`` meaning any Hindi. Without it they are
            those in the language that was spoken; the JSON document then has all.

    Raises:
        NoSuchLanguage: there are none.
        ValueError: that is no language.
    """
    entries = _chosen(transcript.entries, form, language)
    if form == "json":
        fields = _entry_fields(entries, transcript.late)
        return _json({**_summary_fields(transcript.summary), "entries": fields})
    if form == "txt":
        return _heading(transcript.summary, language) + _lines(entries, transcript.summary.started_at)
    return _subtitles(entries, form)


def export_entries(entries: Iterable[Entry], form: Format, *, language: str | None = None) -> str:
    """Captions that belong to no transcript, such as those of a file, in the same formats.

    Interims are left out. The JSON document has only ``entries``; the text tells times from the beginning.

    Args:
        entries: captions and gaps in any order.
        form: the format.
        language: as for `export`.

    Raises:
        NoSuchLanguage: there are no captions in that language.
        ValueError: that is no language.
    """
    chosen = _chosen(sorted(entries, key=lambda entry: entry.start), form, language)
    if form == "json":
        return _json({"entries": _entry_fields(chosen)})
    if form == "txt":
        return _lines(chosen, None)
    return _subtitles(chosen, form)


def _chosen(entries: Sequence[Entry], form: Format, language: str | None) -> list[Entry]:
    if language is None:
        return [
            e for e in entries if isinstance(e, Gap) or (e.final and (form == "json" or not e.translated_from))
        ]
    wanted = language_tag(language)
    chosen = [
        e for e in entries if isinstance(e, Gap) or (e.final and f"{e.language}-".startswith(f"{wanted}-"))
    ]
    if not any(isinstance(entry, Caption) for entry in chosen):
        there = sorted({entry.language for entry in entries if isinstance(entry, Caption)})
        raise NoSuchLanguage(
            f"There are no captions in {wanted}; there are some in: {', '.join(there) or 'none'}."
        )
    return chosen


def _subtitles(entries: Iterable[Entry], form: Format) -> str:
    subtitles = [Subtitle(_clock(cue.start), _clock(cue.end), _text(cue, form)) for cue in cues(entries)]
    file = io.StringIO()
    WebVTT(captions=subtitles).write(file, format=form)
    text = file.getvalue().rstrip("\n")
    return f"{text}\n" if text else ""


def _text(cue: Cue, form: Format) -> list[str]:
    """The library escapes nothing."""
    if form == "srt":
        return [line.translate(_NO_TAGS) for line in cue.lines]
    return [html.escape(line, quote=False) for line in cue.lines]


def _clock(milliseconds: int) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def _heading(summary: Summary, language: str | None) -> str:
    """Title, day and language; times are those of the clock on the wall."""
    begin, end = summary.started_at.astimezone(), summary.until.astimezone()
    so_far = "" if summary.ended_at else " (so far)"
    title = " ".join(summary.title.split())
    return (
        f"{title}\n{begin:%Y-%m-%d, %H:%M} to {end:%H:%M} {begin:%Z}{so_far}\n"
        f"{language_name(language_tag(language) if language else summary.language)}\n\n"
    )


def _lines(entries: Iterable[Entry], begin: datetime | None) -> str:
    return "".join(f"{_moment(entry.start, begin)}  {_words(entry)}\n" for entry in entries)


def _moment(seconds: float, begin: datetime | None) -> str:
    if begin is None:
        return _clock(round(1000 * seconds)).partition(".")[0]
    return f"{(begin + timedelta(seconds=seconds)).astimezone():%H:%M:%S}"


def _words(entry: Entry) -> str:
    return " ".join((gap_text(entry) if isinstance(entry, Gap) else entry.text).split())


def _summary_fields(summary: Summary) -> dict[str, Any]:
    ended_at = summary.ended_at and summary.ended_at.isoformat(timespec="milliseconds")
    started_at = summary.started_at.isoformat(timespec="milliseconds")
    return {**asdict(summary), "started_at": started_at, "ended_at": ended_at}


def _entry_fields(
    entries: Iterable[Entry], late: Mapping[int, Sequence[Timed]] | None = None
) -> list[dict[str, Any]]:
    return [
        {"kind": type(entry).__name__.lower(), **asdict(entry), **_lateness(entry, late or {})}
        for entry in entries
    ]


def _lateness(entry: Entry, late: Mapping[int, Sequence[Timed]]) -> dict[str, Any]:
    if isinstance(entry, Gap) or entry.segment not in late:
        return {}
    words = [{"text": text, "start": start, "end": end} for text, start, end in late[entry.segment]]
    return {"late": True, "words": words} if words and not entry.translated_from else {"late": True}


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
