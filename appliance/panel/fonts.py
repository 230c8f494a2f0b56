"""Which font draws which script, and where it lies on this machine."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from PIL import ImageFont

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))

STAND_IN: Final = "DejaVuSans.ttf"
"""Drawn where the right font is missing: more scripts than the one inside Pillow."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font for one script.

    Attributes:
        script: what people call it.
        files: names of font files, the best first.
        package: the Debian package that brings it.
        scale: size against Latin, for strokes that need more pixels to be told apart.
        rtl: whether it is written from right to left.
    """

    script: str
    files: tuple[str, ...]
    package: str = "fonts-noto-core"
    scale: float = 1.0
    rtl: bool = False


def _noto(script: str, scale: float = 1.0, *, rtl: bool = False) -> Face:
    # The UI cut keeps tall marks within the height of a Latin line.
    return Face(
        script, (f"NotoSans{script}UI-Regular.ttf", f"NotoSans{script}-Regular.ttf"), scale=scale, rtl=rtl
    )


LATIN: Final = Face("Latin", ("NotoSans-Regular.ttf",))
"""Also Greek, Cyrillic, digits and punctuation."""

ARABIC: Final = _noto("Arabic", 1.1, rtl=True)
_CJK: Final = Face(
    "Chinese, Japanese and Korean", ("NotoSansCJK-Regular.ttc",), package="fonts-noto-cjk", scale=1.1
)

_NOTES: Final = Face("musical notes", ("NotoSansSymbols-Regular.ttf",))
_MATHS: Final = Face("arrows and mathematical signs", ("NotoSansMath-Regular.ttf",))
_SYMBOLS: Final = Face("symbols", ("NotoSansSymbols2-Regular.ttf",))

_FIRST_SYMBOL: Final = "\u2190"
"""From here on symbols have fonts of their own; those before it are in the Latin one."""

_OF_SYMBOLS: Final = {"Sm": _MATHS, "So": _SYMBOLS, "Sk": _SYMBOLS}
"""By the category of a character."""

_FACES: Final = {
    "ARABIC": ARABIC,
    "ARABIC-INDIC": ARABIC,
    "ARMENIAN": _noto("Armenian"),
    "BEAMED": _NOTES,
    "BENGALI": _noto("Bengali", 1.1),
    "CJK": _CJK,
    "DEVANAGARI": _noto("Devanagari", 1.15),
    "EIGHTH": _NOTES,
    "ETHIOPIC": _noto("Ethiopic"),
    "EXTENDED": ARABIC,  # EXTENDED ARABIC-INDIC DIGIT …
    "FULLWIDTH": _CJK,
    "GEORGIAN": _noto("Georgian"),
    "GUJARATI": _noto("Gujarati", 1.1),
    "GURMUKHI": _noto("Gurmukhi", 1.1),
    "HANGUL": _CJK,
    "HEBREW": _noto("Hebrew", rtl=True),
    "HIRAGANA": _CJK,
    "IDEOGRAPHIC": _CJK,
    "KANNADA": _noto("Kannada", 1.1),
    "KATAKANA": _CJK,
    "KATAKANA-HIRAGANA": _CJK,
    "KHMER": _noto("Khmer", 1.1),
    "LAO": _noto("Lao", 1.1),
    "MALAYALAM": _noto("Malayalam", 1.1),
    "MYANMAR": _noto("Myanmar", 1.1),
    "ORIYA": _noto("Oriya", 1.1),
    "SINHALA": _noto("Sinhala", 1.1),
    "TAMIL": _noto("Tamil"),
    "TELUGU": _noto("Telugu", 1.1),
    "THAI": _noto("Thai", 1.1),
}
"""By the first word of a character's Unicode name, which is its script."""


@cache
def face_of(character: str) -> Face | None:
    """The face a character must be drawn with; None for digits and punctuation, which go with any."""
    script = unicodedata.name(character, "").split(" ")[0]
    category = unicodedata.category(character)
    letter = category[0] in "LM"
    if script not in _FACES and character >= _FIRST_SYMBOL and (face := _OF_SYMBOLS.get(category)):
        return face
    wide = unicodedata.east_asian_width(character) in "WF"  # also their brackets, whose names do not say so
    return _FACES.get(script, _CJK if wide else LATIN if letter else None)


class Fonts:
    """The fonts of this machine.

    Args:
        folders: where to look for font files.
    """

    def __init__(self, folders: Sequence[Path] = FOLDERS) -> None:
        self._folders = folders
        self._loaded: dict[tuple[Face, int, ImageFont.Layout], ImageFont.FreeTypeFont] = {}
        self._missing: dict[Face, None] = {}

    @property
    def warning(self) -> str | None:
        """What is missing of what was drawn so far: one plain sentence."""
        for face in self._missing:
            return f"The font for {face.script} is missing: install the package {face.package}."
        return None

    def load(self, face: Face, size: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
        """The font of a face, `size` pixels in Latin; a stand-in where it is missing."""
        key = (face, size, layout)
        if key not in self._loaded:
            self._loaded[key] = self._open(face, int(size * face.scale), layout)
        return self._loaded[key]

    def _open(self, face: Face, size: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
        for name in (*face.files, STAND_IN):
            if name == STAND_IN:
                self._missing[face] = None
            if path := self._files.get(name):
                return ImageFont.truetype(path, size, layout_engine=layout)
        bundled = ImageFont.load_default(size)
        assert isinstance(bundled, ImageFont.FreeTypeFont)
        return bundled

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {path.name: path for folder in self._folders for path in folder.rglob("*.tt[cf]")}
