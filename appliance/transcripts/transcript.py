"""A transcript: what was said in one meeting. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.captions import Caption, Gap

Timed = tuple[str, float, float]
"""A word, and when it was said: beginning and end, seconds since the captioning began."""

Entry = Caption | Gap
"""What a transcript is made of; its captions are final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What can be told of a transcript without reading it.

    Attributes:
        id: its number; never used again.
        room: key of the room in the settings.
        title: what people called the room.
        language: BCP-47 tag of what was spoken.
        started_at: when the captioning began, UTC.
        ended_at: when it ended, UTC; None while it goes on, and for ever if the box was switched off in it.
        length: seconds from the beginning to the end of the last words or gap.
        languages: BCP-47 tags of all languages there are captions in, the spoken one first.
        segments: number of stretches of speech.
    """

    id: int
    room: str
    title: str
    language: str
    started_at: datetime
    ended_at: datetime | None
    length: float
    languages: tuple[str, ...]
    segments: int

    @property
    def until(self) -> datetime:
        """When it ended, UTC, as far as that is known."""
        return self.ended_at or self.started_at + timedelta(seconds=self.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A transcript in full.

    Attributes:
        summary: what can be told of it in short.
        entries: its captions and gaps, in the order of their beginnings.
        late: segments whose words came after they could be read in the meeting, each with its words and the
            times of these, as far as the vendor told them.
    """

    summary: Summary
    entries: tuple[Entry, ...]
    late: Mapping[int, tuple[Timed, ...]] = field(default_factory=dict)
