"""What a vendor says: words, and what happens to them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word.

    Attributes:
        text: as it is written.
        start: seconds since the stream, or the recording, began.
        end: seconds since the stream, or the recording, began.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words from a vendor's stream: one revision of one segment in one language.

    Attributes:
        segment: the vendor's own name for the segment, unique within the stream.
        text: all the words of the segment so far.
        final: whether this wording stays.
        language: BCP-47 tag; None where the vendor does not say: then it is what the room speaks.
        translated_from: BCP-47 tag of the original, for a translation.
        start: seconds since the stream began; None where the vendor does not say.
        end: seconds since the stream began; None where the vendor does not say.
        timed: each word with its times, where the vendor gives them and somebody keeps them.
    """

    segment: str
    text: str
    final: bool
    language: str | None = None
    translated_from: str | None = None
    start: float | None = None
    end: float | None = None
    timed: tuple[TimedWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence for people while captions are not (yet) affected, such as a warm-up."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The vendor has announced that it will end this stream in so many seconds."""

    seconds: float


WORDS_LATER: Final = "The words of this come later."
"""Why there is a gap where the sound is on the shelf; it goes when they have come."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The vendor cannot be had just now; the stream keeps what is said and makes up for it by itself.

    Attributes:
        sentence: why, and what happens with what is said; None: the vendor is back.
    """

    sentence: str | None


@dataclass(frozen=True, slots=True)
class Later:
    """The words of a stretch of the stream come after the meeting: its sound is on the shelf.

    Attributes:
        start: seconds since the stream began.
        end: seconds since the stream began.
    """

    start: float
    end: float


Event = Words | Notice | Ending | Waiting | Later
"""What a stream says."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a vendor is with a job.

    Attributes:
        sentence: what it does now.
        share: from 0 to 1; None where nobody knows.
    """

    sentence: str
    share: float | None = None
