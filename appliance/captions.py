"""A caption: what was said, as far as it is known. No I/O."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from babel import Locale, UnknownLocaleError

LONGEST_TEXT: Final = 2_000
"""Characters of one segment; a vendor that sends more is cut, so that no display has to cope with it."""

_REFUSED: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_JOINERS: Final = "\u200c\u200d"
"""Zero-width joiners shape Persian and Indic words; every other format character is noise or an attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """One revision of one segment in one language.

    A later revision of a segment in a language replaces the earlier; after a final one it never changes.

    Attributes:
        segment: number of the stretch of speech, counted from 1 since the box started.
        revision: number of this wording of it in this language, counted from 1.
        language: BCP-47 tag of the text.
        text: the words.
        final: whether this wording stays.
        translated_from: BCP-47 tag of the language that was spoken, for a translation.
        start: seconds since the captioning began.
        end: seconds since the captioning began.
    """

    segment: int
    revision: int
    language: str
    text: str
    final: bool
    start: float
    end: float
    translated_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch for which there are no words. It is shown, never hidden.

    Attributes:
        start: seconds since the captioning began.
        end: seconds since the captioning began.
        reason: one plain sentence.
    """

    start: float
    end: float
    reason: str


def clean(text: str) -> str:
    """Text of a stranger made fit for every display: one line, no control or direction characters, bounded."""
    text = unicodedata.normalize("NFC", text[: 2 * LONGEST_TEXT])
    kept = "".join(c if c in _JOINERS or unicodedata.category(c) not in _REFUSED else " " for c in text)
    return re.sub(r"\s+", " ", kept).strip()[:LONGEST_TEXT]


def language_tag(tag: str) -> str:
    """The canonical form of a BCP-47 tag, such as ``hi-IN`` for ``hi_in``.

    Raises:
        ValueError: it names no language.
    """
    try:
        locale = Locale.parse(tag.strip().replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"“{tag}” is not a language; write a tag such as en-US, hi-IN or nl") from None
    return "-".join(part for part in (locale.language, locale.script, locale.territory) if part)


def language_name(tag: str, within: str = "en") -> str:
    """The name of a language in the words of another, such as “Hindi (India)”; the tag where there is none."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(Locale.parse(within, sep="-")) or tag
    except (UnknownLocaleError, ValueError):
        return tag
