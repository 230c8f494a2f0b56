"""Calm captions: what a person reads does not jump.

Vendors revise their interims many times a second, mostly in the youngest words and back again. One component
between them and every display lets through what can be read:

* the youngest words are held back, except the first word of a segment;
* what is shown is only ever rewritten from the first word that really changed, and only once the vendor has
  said so twice in a row, or in the final;
* a line that was full and left is frozen until the final. The final is the truth and is shown as it is.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import islice, takewhile
from typing import Final

LINE: Final = 40
"""Characters after which a line counts as full: half the width of a kiosk, two lines of a small OLED."""

NEAR: Final = 24
"""Tokens on either side of a place that are compared to find it again: in long texts that takes too long."""

_UNSPACED: Final = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: written without spaces, so a letter is the unit."""

_MARKS: Final = r"\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u102b-\u103e\u17b6-\u17d3"

_TOKEN: Final = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|[^\s{_UNSPACED}]+")

Tokens = tuple[str, ...]


def tokens(text: str) -> Tokens:
    """The words of a text, or its letters where words are not set apart, without the spaces between."""
    return tuple(_TOKEN.findall(text))


def without_first(text: str, count: int) -> str:
    """A text without its first so many tokens."""
    spans = [match.end() for match in islice(_TOKEN.finditer(text), count)]
    return text[spans[-1] :].lstrip() if spans else text


class Erasure:
    """Normalised erasure: words taken back from the reader per word of the finals (Arivazhagan et al. 2020)."""

    def __init__(self) -> None:
        self._erased = 0
        self._final = 0

    def revised(self, before: Tokens, after: Tokens, *, final: bool) -> None:
        """Count one revision of a segment."""
        self._erased += len(before) - _common(before, after)
        self._final += len(after) if final else 0

    @property
    def normalised(self) -> float:
        """0 for words that never changed once shown; under 0.2 is called low-revision."""
        return self._erased / max(self._final, 1)


class CalmText:
    """The text of one segment in one language, as far as it is shown."""

    def __init__(self, *, hold_back: int, erasure: Erasure) -> None:
        self._hold_back = hold_back
        self._erasure = erasure
        self._shown: Tokens = ()
        self._last: Tokens = ()
        self._text = ""

    @property
    def text(self) -> str:
        """What is shown now."""
        return self._text

    def revise(self, text: str, *, final: bool) -> str | None:
        """What to show after one more revision by the vendor; None where nothing changes for the reader."""
        heard = tokens(text)
        shown = heard if final else self._calm(heard)
        self._last = heard
        if shown == self._shown and not final:
            return None
        self._erasure.revised(self._shown, shown, final=final)
        self._shown = shown
        self._text = text if final else _joined(text, heard, shown)
        return self._text

    def _calm(self, heard: Tokens) -> Tokens:
        shown = self._shown
        if not heard:
            return shown
        frozen = _frozen(shown)
        if _common(shown, heard) < frozen:
            heard = shown[:frozen] + heard[_counterpart(shown, heard, frozen) :]
        ready = heard[: max(len(heard) - self._hold_back, 1)]
        same = _common(shown, heard)
        if same == len(heard):
            return shown
        if same == len(shown):
            return ready if len(ready) > same else shown
        if _common(heard, self._last) <= same:
            return shown
        return heard[: max(len(ready), same + 1)]


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _frozen(shown: Tokens) -> int:
    """How many of the words shown stand on lines that are full."""
    frozen = length = 0
    for index, token in enumerate(shown):
        if length + len(token) > LINE:
            frozen, length = index, 0
        length += len(token) + 1
    return frozen


def _counterpart(shown: Tokens, heard: Tokens, index: int) -> int:
    """Where in `heard` the words go on that stand at `index` of `shown`."""
    first, after = max(0, index - NEAR), max(0, index - 2 * NEAR)
    near, said = shown[first : index + NEAR], heard[after : index + 2 * NEAR]
    for _, begin, end, begin_heard, end_heard in SequenceMatcher(
        None, near, said, autojunk=False
    ).get_opcodes():
        if begin <= index - first < end:
            return after + min(begin_heard + index - first - begin, end_heard)
    return min(after + len(said), len(heard))


def _joined(text: str, heard: Tokens, shown: Tokens) -> str:
    """The words shown, spaced as the vendor spaces them."""
    if heard[: len(shown)] == shown:
        end = 0
        for token in shown:
            end = text.index(token, end) + len(token)
        return text[:end]
    return " ".join(shown)
