"""Cutting captions into subtitles that fit on a screen, one after the other. No I/O."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from appliance.captions import Gap
from appliance.transcripts.transcript import Entry

WIDTH: Final = 42
"""Columns of a line; a wide character, such as a Chinese one, takes two."""

LINES: Final = 2
SHORTEST: Final = 500
"""Milliseconds that a subtitle stays at least."""

_JOINER: Final = "\u200d"
_NON_JOINER: Final = "\u200c"


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle.

    Attributes:
        start: milliseconds since the captioning began.
        end: milliseconds since the captioning began; later than its start.
        lines: one or more, none empty.
    """

    start: int
    end: int
    lines: tuple[str, ...]


def cues(entries: Iterable[Entry]) -> list[Cue]:
    """The subtitles of some captions and gaps; none begins before the one before it has ended."""
    whole = [cue for entry in sorted(entries, key=lambda entry: entry.start) if (cue := _whole(entry)).lines]
    return [part for cue in _one_after_the_other(whole) for part in _parts(cue)]


def gap_text(gap: Gap) -> str:
    """A gap as people read it, such as “[no captions for 12 s: the network was away]”."""
    seconds = max(1, round(gap.end - gap.start))
    length = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
    return f"[no captions for {length}: {gap.reason.rstrip('.')}]"


def _whole(entry: Entry) -> Cue:
    text = gap_text(entry) if isinstance(entry, Gap) else entry.text
    start = max(0, round(1000 * entry.start))
    return Cue(start, round(1000 * entry.end), tuple(_balanced(text)))


def _one_after_the_other(whole: Iterable[Cue]) -> list[Cue]:
    """Each is cut short by the next, but never to less than its shortest time: then the next comes later."""
    result: list[Cue] = []
    for cue in whole:
        if result:
            last = result[-1]
            end = min(last.end, max(cue.start, last.start + _shortest(last)))
            result[-1] = replace(last, end=end)
            cue = replace(cue, start=max(cue.start, end))  # noqa: PLW2901 - the same subtitle, later
        result.append(replace(cue, end=max(cue.end, cue.start + _shortest(cue))))
    return result


def _shortest(cue: Cue) -> int:
    return SHORTEST * -(-len(cue.lines) // LINES)


def _parts(cue: Cue) -> Iterator[Cue]:
    """As many as its lines need; each has its share of the time by its length."""
    pages = [cue.lines[i : i + LINES] for i in range(0, len(cue.lines), LINES)]
    told = list(accumulate((sum(map(len, page)) for page in pages), initial=0))
    times = [cue.start + (cue.end - cue.start) * letters // told[-1] for letters in told]
    for page, (start, end) in zip(pages, pairwise(times), strict=True):
        yield Cue(start, end, page)


def _balanced(text: str) -> list[str]:
    """As few lines as possible, of about the same width."""
    words = [piece for word in text.split() for piece in _pieces(word)]
    widths = [_width(word) for word in words]
    ends = _line_ends(widths, WIDTH)
    for width in range(max(widths, default=WIDTH), WIDTH):
        if len(narrower := _line_ends(widths, width)) == len(ends):
            ends = narrower
            break
    return [" ".join(words[start:end]) for start, end in pairwise([0, *ends])]


def _line_ends(widths: list[int], width: int) -> list[int]:
    """How many words are told at the end of each line, if each takes as many as fit."""
    ends: list[int] = []
    column = width
    for number, columns in enumerate(widths, start=1):
        column += 1 + columns
        if column > width:
            ends.append(number)
            column = columns
        ends[-1] = number
    return ends


def _pieces(word: str) -> list[str]:
    """A word that is wider than a line, as in languages without spaces, in even pieces that are not."""
    columns = _width(word)
    if columns <= WIDTH:
        return [word]
    width = min(WIDTH, columns // -(-columns // WIDTH) + 2)
    pieces = [""]
    for letter in _letters(word):
        if pieces[-1] and _width(pieces[-1]) + _width(letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _letters(word: str) -> list[str]:
    """Characters together with the marks that belong to them."""
    letters: list[str] = []
    for character in word:
        mark = unicodedata.category(character).startswith("M") or character in (_JOINER, _NON_JOINER)
        if letters and (mark or letters[-1].endswith(_JOINER)):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(4096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
