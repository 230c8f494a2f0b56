"""What somebody looks for in transcripts, and where a caption has it. No I/O."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from appliance.captions import Caption

MOST_WORDS: Final = 8
"""Words that are heeded of what somebody looks for."""

LONGEST_WORD: Final = 50

_SPECIAL: Final = "%_\\"


@dataclass(frozen=True, slots=True)
class Query:
    """Words that a caption must all have, wherever in it and in upper or lower case; parts of words count."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """What somebody typed; without words it finds nothing."""
        words = unicodedata.normalize("NFC", text).split()
        return cls(tuple(word[:LONGEST_WORD] for word in words[:MOST_WORDS]))

    @property
    def patterns(self) -> tuple[str, ...]:
        r"""For SQL's ``LIKE … ESCAPE '\'``: they find all that `fits`, and maybe a little more."""
        return tuple(f"%{''.join(map(_pattern, word))}%" for word in self.words)

    def fits(self, text: str) -> bool:
        """Whether a text has all the words."""
        found = (re.search(re.escape(word), text, re.IGNORECASE) for word in self.words)
        return bool(self.words) and all(found)

    def pieces(self, text: str) -> list[tuple[str, bool]]:
        """A text in pieces, and of each whether it was looked for."""
        longest_first = sorted(self.words, key=len, reverse=True)
        cuts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text, flags=re.IGNORECASE)
        return [(piece, bool(number % 2)) for number, piece in enumerate(cuts) if piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a caption stands, among all of all transcripts."""

    transcript: int
    segment: int
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A caption that was looked for.

    Attributes:
        transcript: number of its transcript.
        title: what people called the room.
        started_at: when the captioning began, UTC.
        caption: itself.
    """

    transcript: int
    title: str
    started_at: datetime
    caption: Caption

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(transcript=self.transcript, segment=self.caption.segment, language=self.caption.language)


def _pattern(letter: str) -> str:
    if letter in _SPECIAL:
        return f"\\{letter}"
    # LIKE knows upper and lower case of ASCII only: any letter will do, `fits` decides.
    return letter if letter.isascii() or letter.lower() == letter.upper() else "_"
