"""From a vendor's words to captions: numbers, clean text, calm wording, times of the captioning."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from appliance.captioning.calm import CalmText, Erasure
from appliance.captions import Caption, clean
from appliance.sound import FRAME_SECONDS, Frame
from appliance.vendors.contract import Words

REMEMBERED: Final = 64
"""Segments a stream may have open, or revise late, at once; the oldest beyond is finished as it stands."""

_JUMP: Final = FRAME_SECONDS / 2


class Timeline:
    """Turns a stream's own time, which counts the sound it was sent, into the time of the captioning.

    Args:
        begin: seconds since the captioning began at which the stream begins.
    """

    def __init__(self, begin: float = 0.0) -> None:
        self._sent = 0.0
        self._end = begin
        self._jumps: deque[tuple[float, float]] = deque([(0.0, begin)], maxlen=1_000)

    def sent(self, frame: Frame) -> None:
        """Note that a frame went into the stream."""
        if not self._sent or abs(frame.start - self._end) > _JUMP:
            self._jumps.append((self._sent, frame.start))
        self._sent += FRAME_SECONDS
        self._end = frame.end

    @property
    def end(self) -> float:
        """Seconds since the captioning began, up to which sound was sent."""
        return self._end

    def at(self, seconds: float) -> float:
        """Seconds since the captioning began, for seconds since the stream began."""
        for sent, start in reversed(self._jumps):
            if sent <= seconds:
                return min(start + seconds - sent, self._end)
        return self._jumps[0][1]


@dataclass(slots=True)
class _Open:
    number: int
    start: float
    calm: CalmText
    language: str
    translated_from: str | None
    revision: int = 0


class Segments:
    """The segments of one stream.

    Args:
        numbers: gives every segment of the box a number of its own.
        language: what the room speaks, for vendors that do not say.
        hold_back: how many of the youngest words are held back.
        erasure: counts what is taken back from the reader.
        begin: seconds since the captioning began at which the stream begins.
    """

    def __init__(
        self, *, numbers: Iterator[int], language: str, hold_back: int, erasure: Erasure, begin: float = 0.0
    ) -> None:
        self.timeline = Timeline(begin)
        self._numbers = numbers
        self._language = language
        self._hold_back = hold_back
        self._erasure = erasure
        self._known: OrderedDict[str, int] = OrderedDict()
        self._open: OrderedDict[tuple[int, str], _Open] = OrderedDict()
        self._finished: deque[tuple[int, str]] = deque(maxlen=4 * REMEMBERED)

    def take(self, words: Words) -> Iterator[Caption]:
        """The captions that a vendor's words give: none where nothing changes for the reader."""
        number = self._number(words.segment)
        language = words.language or self._language
        key = (number, language)
        if key in self._finished:
            return
        segment = self._open.get(key)
        if segment is None:
            calm = CalmText(hold_back=self._hold_back, erasure=self._erasure)
            segment = _Open(number, self._start(words), calm, language, words.translated_from)
            self._open[key] = segment
        yield from self._revise(segment, clean(words.text), words)
        if len(self._open) > REMEMBERED:
            yield from self._give_up(next(iter(self._open.values())))

    def abandon(self) -> Iterator[Caption]:
        """Finals for all that is open: the stream says no more, and what was read must not vanish."""
        for segment in list(self._open.values()):
            yield from self._give_up(segment)

    def _revise(self, segment: _Open, text: str, words: Words) -> Iterator[Caption]:
        had = segment.calm.text
        shown = segment.calm.revise(text, final=words.final)
        if words.final:
            self._finish(segment)
        if shown is None or not (shown or had):
            return
        if words.start is not None:
            segment.start = self.timeline.at(words.start)
        end = self.timeline.end if words.end is None else self.timeline.at(words.end)
        yield self._caption(segment, shown, final=words.final, end=end)

    def _give_up(self, segment: _Open) -> Iterator[Caption]:
        self._finish(segment)
        if text := segment.calm.text:
            yield self._caption(segment, text, final=True, end=self.timeline.end)

    def _caption(self, segment: _Open, text: str, *, final: bool, end: float) -> Caption:
        segment.revision += 1
        return Caption(
            segment=segment.number,
            revision=segment.revision,
            language=segment.language,
            text=text,
            final=final,
            translated_from=segment.translated_from,
            start=round(segment.start, 3),
            end=round(max(end, segment.start), 3),
        )

    def _finish(self, segment: _Open) -> None:
        key = (segment.number, segment.language)
        del self._open[key]
        self._finished.append(key)

    def _number(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = next(self._numbers)
            if len(self._known) > 2 * REMEMBERED:
                self._known.popitem(last=False)
        return self._known[name]

    def _start(self, words: Words) -> float:
        return self.timeline.end if words.start is None else self.timeline.at(words.start)
