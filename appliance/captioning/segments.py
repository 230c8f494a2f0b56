"""From a vendor's words to captions: numbers, clean text, calm wording, times of the captioning."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from appliance.captioning.calm import CalmText, Erasure
from appliance.captioning.overlap import Overlap
from appliance.captioning.timeline import Timeline
from appliance.captions import Caption, clean
from appliance.sound import Loss
from appliance.vendors.contract import Lost, Words

REMEMBERED: Final = 64
"""Segments a stream may have open, or revise late, at once; the oldest beyond is finished as it stands."""

FASTEST: Final = 10.0
"""Segments a second of sound that a vendor may open; what says more is broken, and would fill the disk."""

_TAIL: Final = 200
"""Letters of the last final words that are kept, to know them again in a replay."""


@dataclass(slots=True)
class Open:
    """A segment in one language that is not final yet."""

    number: int
    start: float
    end: float
    calm: CalmText
    language: str
    translated_from: str | None
    revision: int = 0


@dataclass(slots=True)
class Estate:
    """What a stream that broke leaves to the next, which hears the same sound again.

    Attributes:
        open: its segments that are not final yet.
        said: its last final words, where the replay may repeat some; else empty.
    """

    open: OrderedDict[tuple[int, str], Open] = field(default_factory=OrderedDict)
    said: str = ""


class Segments:
    """The segments of one stream.

    Args:
        numbers: gives every segment of the box a number of its own.
        language: what the room speaks, for vendors that do not say; may change.
        hold_back: how many of the youngest words are held back.
        erasure: counts what is taken back from the reader.
        begin: seconds since the captioning began at which the stream begins.
        estate: of the stream that broke before; its segments are gone on with.
    """

    def __init__(
        self,
        *,
        numbers: Iterator[int],
        language: str,
        hold_back: int,
        erasure: Erasure,
        begin: float = 0.0,
        estate: Estate | None = None,
    ) -> None:
        self.timeline = Timeline(begin)
        self._numbers = numbers
        self.language = language
        self._hold_back = hold_back
        self._erasure = erasure
        self._known: OrderedDict[str, int] = OrderedDict()
        self._open = estate.open if estate else OrderedDict()
        self._inherited = deque(sorted({number for number, _ in self._open}))
        self._overlap = Overlap(estate.said) if estate and estate.said else None
        self._repeated: deque[int] = deque(maxlen=REMEMBERED)
        self._finished: deque[tuple[int, str]] = deque(maxlen=4 * REMEMBERED)
        self._said = estate.said if estate else ""
        self._opened = 0

    def take(self, words: Words) -> Iterator[Caption]:
        """The captions that a vendor's words give: none where nothing changes for the reader.

        Raises:
            Lost: the vendor says more than anyone can have said.
        """
        number = self._number(words.segment)
        language = self._language_of(words)
        key = (number, language)
        if key in self._finished:
            return
        text = self._new(number, clean(words.text), words)
        segment = self._open.get(key)
        if segment is None:
            calm = CalmText(hold_back=self._hold_back, erasure=self._erasure)
            start = self._at(words.start)
            segment = Open(number, start, start, calm, language, words.translated_from)
            self._open[key] = segment
        if words.final and not words.translated_from:
            self.timeline.understood(None if words.end is None else self.timeline.at(words.end))
            self._said = f"{self._said} {text}"[-_TAIL:]
        yield from self._revise(segment, text, words)
        if words.final and not words.translated_from:
            yield from self._withdraw_what_came_otherwise()
        if len(self._open) > REMEMBERED:
            yield from self._give_up(next(iter(self._open.values())))

    def lose(self, loss: Loss) -> Iterator[Caption]:
        """Finals for inherited segments whose sound cannot be heard again: what was read stays."""
        for segment in list(self._open.values()):
            if segment.number in self._inherited and segment.end <= loss.end:
                yield from self._give_up(segment)
        self._forget_heirs()

    def abandon(self) -> Iterator[Caption]:
        """Finals for all that is open: the stream says no more, and what was read must not vanish."""
        for segment in list(self._open.values()):
            yield from self._give_up(segment)

    def bequeath(self) -> Estate:
        """What the next stream goes on with."""
        estate = Estate(self._open, self._said if self.timeline.overlaps else "")
        self._open = OrderedDict()
        return estate

    def _revise(self, segment: Open, text: str, words: Words) -> Iterator[Caption]:
        had = segment.calm.text
        shown = segment.calm.revise(text, final=words.final)
        if words.final:
            self._finish(segment)
        if shown is None or not (shown or had):
            return
        if words.start is not None:
            segment.start = self.timeline.at(words.start)
        segment.end = self._at(words.end)
        yield self._caption(segment, shown, final=words.final)

    def _give_up(self, segment: Open) -> Iterator[Caption]:
        self._finish(segment)
        if text := segment.calm.text:
            yield self._caption(segment, text, final=True)

    def _withdraw_what_came_otherwise(self) -> Iterator[Caption]:
        """Inherited segments whose words the replay has put into others."""
        for segment in list(self._open.values()):
            if segment.number in self._inherited and segment.end <= self.timeline.covered:
                had = segment.calm.text
                self._finish(segment)
                if had:
                    yield self._caption(segment, "", final=True)
        self._forget_heirs()

    def _forget_heirs(self) -> None:
        open_numbers = {number for number, _ in self._open}
        self._inherited = deque(number for number in self._inherited if number in open_numbers)

    def _caption(self, segment: Open, text: str, *, final: bool) -> Caption:
        segment.revision += 1
        return Caption(
            segment=segment.number,
            revision=segment.revision,
            language=segment.language,
            text=text,
            final=final,
            translated_from=segment.translated_from,
            start=round(segment.start, 3),
            end=round(max(segment.end, segment.start), 3),
        )

    def _finish(self, segment: Open) -> None:
        key = (segment.number, segment.language)
        del self._open[key]
        self._finished.append(key)

    def _new(self, number: int, text: str, words: Words) -> str:
        """The text without words that are final already, and no translation of such words alone."""
        if words.translated_from:
            return "" if number in self._repeated else text
        if not self._overlap:
            return text
        new = self._overlap.trim(text, final=words.final)
        if words.final:
            if text and not new:
                self._repeated.append(number)
            else:
                self._overlap = None
        return new

    def _number(self, name: str) -> int:
        if name not in self._known:
            self._opened += 1
            if self._opened > 2 * REMEMBERED + FASTEST * self.timeline.length:
                raise Lost("The speech vendor says more than anyone can have said.")
            self._known[name] = self._inherited.popleft() if self._inherited else next(self._numbers)
            if len(self._known) > 2 * REMEMBERED:
                self._known.popitem(last=False)
        return self._known[name]

    def _language_of(self, words: Words) -> str:
        """The room's own tag where the vendor names the same language in another way."""
        if not words.language or words.translated_from:
            return words.language or self.language
        same = words.language.partition("-")[0] == self.language.partition("-")[0]
        return self.language if same else words.language

    def _at(self, seconds: float | None) -> float:
        return self.timeline.end if seconds is None else self.timeline.at(seconds)
