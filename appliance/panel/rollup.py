"""The words that roll up on a small screen: what was said last, and how fast its lines go by. No I/O."""

import unicodedata
from collections.abc import Callable, Mapping
from operator import attrgetter
from time import monotonic
from typing import Final, Self

from appliance.captions import Caption, Gap
from appliance.panel.typesetting import Line
from appliance.state import State, Status

KEPT: Final = 12
"""Segments and gaps held: each fills a line at least, and no screen of ours has more lines."""

STAY_SECONDS: Final = 2.0
"""For which a line stands at least before it rolls off the glass."""

WORDS_A_SECOND: Final = 225 / 60
"""As fast as lines roll at most: about what a trained reader follows."""

BEHIND_SECONDS: Final = 6.0
"""Of reading may wait below the glass; beyond that lines are left out."""

LATE_SECONDS: Final = 1.0
"""By which a line that was due may come late, and the next still in time: a glass is drawn once a second."""

LEFT_OUT: Final = Line("[…]")
"""Stands for lines that came faster than anyone reads; phones and the big screen have them all."""

Place = tuple[float, int, float]
"""Where a line belongs: when its segment was spoken, the number of the segment, its own number in it."""


class Passage(str):
    """The words of one segment or gap.

    Attributes:
        start: when it was spoken, in seconds since the captioning began.
        number: of the segment; a gap has none of its own and takes -1.
    """

    __slots__ = ("number", "start")

    start: float
    number: int

    def __new__(cls, text: str, start: float, number: int) -> Self:
        """Words with their place."""
        passage = super().__new__(cls, text)
        passage.start = start
        passage.number = number
        return passage


class RollUp:
    """Holds what was said last, each segment in its latest wording, in the language that the screen shows.

    That is the first language the room is translated to, else the spoken one; a fallback may not translate, so
    then it is what was spoken.
    """

    def __init__(self) -> None:
        self._passages: dict[int | Gap, Passage] = {}
        self._language: str | None = None
        self._room = ""

    @property
    def texts(self) -> tuple[Passage, ...]:
        """The latest segments and gaps, the newest last."""
        return tuple(sorted(self._passages.values(), key=attrgetter("start")))

    def follow(self, status: Status) -> None:
        """Take the language from the room in use; forget a captioning that is over."""
        if status.state in (State.IDLE, State.CONNECTING) or status.room.id != self._room:
            self._passages.clear()
        self._room = status.room.id
        translated = status.room.to_languages if status.state is not State.FALLBACK else ()
        self._language = next(iter(translated), None)

    def add(self, item: Caption | Gap) -> None:
        """Take in a caption or a gap."""
        if isinstance(item, Gap):
            missing = f"[{max(1, round(item.end - item.start))} s missing]"
            self._passages[item] = Passage(missing, item.start, -1)
        elif self._is_shown(item):
            self._take(item)
        if len(self._passages) > KEPT:
            del self._passages[min(self._passages, key=lambda key: self._passages[key].start)]

    def _take(self, caption: Caption) -> None:
        before = self._passages.pop(caption.segment, None)
        if caption.text:
            start = before.start if before else caption.start  # lines keep their place when times are corrected
            self._passages[caption.segment] = Passage(caption.text, start, caption.segment)

    def _is_shown(self, caption: Caption) -> bool:
        if self._language is None:
            return caption.translated_from is None
        return caption.language.split("-")[0] == self._language.split("-")[0]


class Roll:
    """Lets lines onto a glass as fast as a person can follow, and no faster.

    A line stands for two seconds at least and rolls on when what came last had time to be read. Who speaks
    faster, or all the words that arrive at once after an outage, wait below the glass; what would come much too
    late is left out, visibly.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since: dict[Place, float] = {}
        self._known: set[Place] = set()
        self._begun = 0.0

    def clear(self) -> None:
        """Begin anew: the next lines are shown at once."""
        self._since.clear()

    def on_glass(self, said: Mapping[Place, Line], rows: int) -> list[Line]:
        """The lines that stand on a glass of so many rows now, of all that was said last.

        Args:
            said: the latest lines; one that is there keeps its place while words are added.
            rows: how many the glass has.
        """
        now = self._clock()
        lines = dict(said)
        self._keep(lines, now)
        if not self._since:
            self._since = dict.fromkeys(sorted(lines)[-rows:], now)
            self._begun = now
        waiting = self._waiting(lines, rows)
        while waiting and self._has_room(lines, rows, now):
            self._roll(lines, waiting.pop(0), now)
        self._known = set(said)
        return [lines[place] for place in sorted(self._since)[-rows:]]

    def _keep(self, lines: dict[Place, Line], now: float) -> None:
        """Forget lines that are gone, and let in what turned up late between two that are there."""
        oldest = min(lines, default=None)
        lines |= {place: LEFT_OUT for place in self._since if _is_left_out(place) and oldest and place > oldest}
        self._since = {place: since for place, since in self._since.items() if place in lines}
        if self._since:
            first, last = min(self._since), max(self._since)
            late = (place for place in lines if first < place < last and place not in self._known)
            self._since = dict.fromkeys(late, now) | self._since

    def _waiting(self, lines: dict[Place, Line], rows: int) -> list[Place]:
        """The lines below the glass, without those that would come much too late."""
        waiting = sorted(place for place in lines if self._since and place > max(self._since))
        behind = sum(reading_seconds(lines[place].text) for place in waiting)
        if behind <= BEHIND_SECONDS or len(waiting) <= rows:
            return waiting
        start, number, line = waiting[-rows]
        left_out = start, number, line - 0.5
        lines[left_out] = LEFT_OUT
        return [left_out, *waiting[-rows:]]

    def _has_room(self, lines: Mapping[Place, Line], rows: int, now: float) -> bool:
        shown = sorted(self._since)
        if len(shown) < rows:
            return True
        return now >= self._since[shown[-rows]] + STAY_SECONDS and now >= self._read(lines)

    def _read(self, lines: Mapping[Place, Line]) -> float:
        """When the last line has been read."""
        return self._begun + reading_seconds(lines[max(self._since)].text)

    def _roll(self, lines: Mapping[Place, Line], place: Place, now: float) -> None:
        at_once = place not in self._known and now not in self._since.values()
        self._begun = now if at_once else max(self._read(lines), now - LATE_SECONDS)
        self._since[place] = now


def _is_left_out(place: Place) -> bool:
    """Whether it is the mark between two lines, where lines were left out."""
    return place[2] % 1 > 0


def reading_seconds(text: str) -> float:
    """How long a line takes to read: its words, or where words are not set apart, two letters for one."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return max(len(text.split()), wide / 2) / WORDS_A_SECOND
