"""Text of any script, set in lines: which font, which direction, where a line breaks.

Pillow shapes one font in one direction at a time, so a line is cut into runs of one script each; Latin words in
an Arabic sentence then stand where a reader looks for them.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, groupby
from math import ceil
from operator import attrgetter, itemgetter
from typing import Any, Final

from icu4py.breakers import CharacterBreaker, LineBreaker
from PIL import Image, ImageDraw, ImageFont, features

from appliance.panel.fonts import ARABIC, LATIN, Face, Fonts, face_of

_JOINERS: Final = "\u200c\u200d\ufe0e\ufe0f"
"""Have no shape of their own but tell how the letters or symbols beside them look."""

_ARABIC_MARK: Final = "\u061c"
"""Counts as an Arabic letter and is not seen."""

_ANY: Final = "en"
"""The rules are the same for all languages; Thai, Lao, Khmer and Burmese words are found in dictionaries."""

_INK: Final = [0] * 112 + [255] * 144
"""Which greys are lit."""

_OVERHANG: Final = 2
"""Pixels by which a letter may reach out of the line at either end."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one script and one direction.

    Attributes:
        text: the characters.
        face: what they are drawn with.
        rtl: whether they stand from right to left.
        in_arabic: whether they are the figures and signs of an Arabic sentence.
    """

    text: str
    face: Face
    rtl: bool
    in_arabic: bool = False

    @property
    def shaped(self) -> str:
        """The text for the shaper: in Arabic a percent sign stands left of its number, in Hebrew right."""
        return _ARABIC_MARK + self.text if self.in_arabic else self.text


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is read; a line of Arabic stays one if only a Latin name stands on it."""

    text: str
    rtl: bool = False


def is_rtl(text: str) -> bool:
    """Whether a text reads from right to left: its first letter decides."""
    return next((face.rtl for face in map(face_of, text) if face), False)


def runs(line: Line) -> list[Run]:
    """A line as runs in the order they are read.

    Digits and punctuation are drawn with the Latin font. Between two words of one direction they take that,
    else the direction of the line; a closing bracket takes that of its opening one.
    """
    faces = _faces(line)
    before = list(accumulate(faces, _latest))
    after = list(accumulate(reversed(faces), _latest))[::-1]
    placed: list[tuple[Face, bool, bool]] = []
    opened: list[bool] = []
    for character, face, left, right in zip(line.text, faces, before, after, strict=True):
        rtl = left.rtl if left and right and left.rtl == right.rtl else line.rtl
        if character in ")]}" and opened:
            rtl = opened.pop()
        elif character in "([{":
            opened.append(rtl)
        own = face or (left if left is right and character.isspace() else None)
        placed.append((own or LATIN, rtl, rtl and own is None and left is ARABIC))
    stretches = groupby(zip(line.text, placed, strict=True), key=itemgetter(1))
    return [Run("".join(character for character, _ in stretch), *key) for key, stretch in stretches]


def _faces(line: Line) -> list[Face | None]:
    """The face of each character that has one of its own; a number after a Latin word belongs to the word."""
    faces: list[Face | None] = []
    before = None if line.rtl else LATIN
    for character in line.text:
        belongs = character in _JOINERS or (character.isdigit() and before is LATIN)
        faces.append(before if belongs else face_of(character))
        before = faces[-1] or before
    return faces


def _latest(before: Face | None, face: Face | None) -> Face | None:
    return face or before


def from_left(line: Line) -> list[Run]:
    """The runs of a line in the order they stand on the screen, from left to right."""
    parts = [list(same) for _, same in groupby(runs(line), key=attrgetter("rtl"))]
    placed = [part[::-1] if part[0].rtl else part for part in (reversed(parts) if line.rtl else parts)]
    return list(chain.from_iterable(placed))


def wrap(text: str, limit: float, width: Callable[[str], float]) -> list[str]:
    """Lines of at most `limit` pixels, each as full as the Unicode rules allow (UAX #14).

    A full line stays as it is while the text grows. What may not be broken and is wider than a line begins one
    of its own and is broken between characters as people see them.
    """
    lines: list[str] = []
    line = ""
    for unit in _units(text):
        longer = line + unit
        if width(longer.rstrip()) <= limit:
            line = longer
            continue
        if line:
            lines.append(line.rstrip())
        *full, line = _broken(unit, limit, width)
        lines += full
    return [*lines, line.rstrip()] if line else lines


def _units(text: str) -> Iterator[str]:
    """What stays on one line, with the space after it."""
    return chain.from_iterable(_units_of(part) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    """Text cut where a break is beyond doubt, so that of a text that grows only the end is looked at again."""
    part = ""
    for word in text.split():
        if part and _is_plain(part[-2]) and _is_plain(word[0]):
            yield part
            part = ""
        part += word + " "
    if part:
        yield part


def _is_plain(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(2048)
def _units_of(part: str) -> tuple[str, ...]:
    return tuple(LineBreaker(part, _ANY))


def _broken(unit: str, limit: float, width: Callable[[str], float]) -> Iterator[str]:
    line = ""
    for cluster in CharacterBreaker(unit, _ANY):
        if line and width((line + cluster).rstrip()) > limit:
            yield line.rstrip()
            line = ""
        line = (line + cluster).lstrip()
    yield line


class Typesetter:
    """Measures and draws single lines; remembers the latest, for only the last line of captions changes."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self._shapes = features.check("raqm")
        self.width: Callable[[Line, int], float] = lru_cache(4096)(self._width)
        """Pixels a line takes at a size."""
        self._drawn: Callable[[Line, int], Image.Image] = lru_cache(32)(self._draw)
        self.lines: Callable[[str, int, float], tuple[Line, ...]] = lru_cache(64)(self._lines)
        """A text at a size in lines of at most so many pixels."""

    @property
    def warning(self) -> str | None:
        """What keeps text from looking right: one plain sentence."""
        if not self._shapes:
            return "Hindi, Arabic and like scripts come out wrong: install the package libfribidi0."
        return self.fonts.warning

    def _lines(self, text: str, size: int, limit: float) -> tuple[Line, ...]:
        rtl = is_rtl(text)
        lines = wrap(text, limit, lambda line: self.width(Line(line, rtl), size))
        return tuple(Line(line, rtl) for line in lines)

    def cut(self, text: str, size: int, limit: float) -> Line:
        """A text in one line, with an ellipsis where it would not fit."""
        line = Line(text, is_rtl(text))
        clusters = list(CharacterBreaker(text, _ANY))
        while clusters and self.width(line, size) > limit:
            clusters.pop()
            line = Line("".join(clusters).rstrip() + "…", line.rtl)
        return line

    def draw(self, image: Image.Image, line: Line, size: int, x: int, baseline: int, *, ink: int = 1) -> None:
        """Draw one line whose reader begins at `x`, its left end or the right one."""
        drawn = self._drawn(line, size)
        left = x - drawn.width + _OVERHANG if line.rtl else x - _OVERHANG
        image.paste(ink, (left, baseline - 2 * size), drawn)

    def _width(self, line: Line, size: int) -> float:
        shaped = [(run.shaped, *self._font(run, size)) for run in runs(line)]
        return sum(font.getlength(words, **shaping) for words, font, shaping in shaped)

    def _draw(self, line: Line, size: int) -> Image.Image:
        """The line as a mask with a little room at both ends, its baseline two sizes below the top."""
        width = self.width(line, size)
        mask = Image.new("L", (ceil(width) + 2 * _OVERHANG, 3 * size))
        pen = ImageDraw.Draw(mask)
        # Measured from where reading begins, so that letters do not move when their line grows.
        x = mask.width - _OVERHANG - width if line.rtl else _OVERHANG
        for run in from_left(line):
            font, shaping = self._font(run, size)
            # Without greys Pillow sets Latin crisply, but shaped scripts a pixel up or down from word to word.
            pen.fontmode = "L" if shaping else "1"
            pen.text((x, 2 * size), run.shaped, font=font, fill=255, anchor="ls", **shaping)
            x += font.getlength(run.shaped, **shaping)
        return mask.point(_INK, "1")

    def _font(self, run: Run, size: int) -> tuple[ImageFont.FreeTypeFont, dict[str, Any]]:
        """The font of a run, and what Pillow must be told to shape it."""
        if not self._shapes or (run.face is LATIN and not run.rtl):
            # Raqm sets letters at fractions of a pixel, which leaves holes within words at these sizes.
            return self.fonts.load(run.face, size, ImageFont.Layout.BASIC), {}
        return self.fonts.load(run.face, size, ImageFont.Layout.RAQM), {
            "direction": "rtl" if run.rtl else "ltr"
        }
