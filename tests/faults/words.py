"""What was spoken against what was captioned: words lost, doubled and wrong. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.captions import Gap

EDGE: Final = 0.4
"""Seconds at either side of a gap within which a word may be missing or not: it was cut there."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word and about when it is spoken, in seconds since the meeting began."""

    word: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Count:
    """How a meeting was captioned.

    Attributes:
        spoken: words.
        in_gaps: words among them that lie in a marked gap: nobody expects them.
        lost: words that were spoken outside of gaps and not captioned.
        doubled: words that were captioned and not spoken there.
        wrong: words in whose place another was captioned.
    """

    spoken: int
    in_gaps: int
    lost: int
    doubled: int
    wrong: int


def plain(text: str) -> list[str]:
    """The words of a text, in lower case and without punctuation."""
    return re.findall(r"[\w']+", text.lower())


def count(spoken: Sequence[Spoken], captioned: Sequence[str], gaps: Sequence[Gap]) -> Count:
    """Align both with the fewest mistakes."""
    in_gap = [any(g.start - EDGE < w.end and w.start < g.end + EDGE for g in gaps) for w in spoken]
    within = sum(any(g.start < (w.start + w.end) / 2 < g.end for g in gaps) for w in spoken)
    # One row of the table of edit distances; a mistake of each kind is counted along the best way.
    row = [(n, 0, n, 0) for n in range(len(captioned) + 1)]
    for word, missable in zip(spoken, in_gap, strict=True):
        above, row = row, []
        for column in range(len(captioned) + 1):
            cost, lost, doubled, wrong = above[column]
            ways = [(cost, lost, doubled, wrong) if missable else (cost + 1, lost + 1, doubled, wrong)]
            if column:
                cost, lost, doubled, wrong = row[-1]
                ways.append((cost + 1, lost, doubled + 1, wrong))
                cost, lost, doubled, wrong = above[column - 1]
                same = captioned[column - 1] == word.word
                ways.append((cost, lost, doubled, wrong) if same else (cost + 1, lost, doubled, wrong + 1))
            row.append(min(ways))
    _, lost, doubled, wrong = row[-1]
    return Count(len(spoken), within, lost, doubled, wrong)
