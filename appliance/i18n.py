"""What the box says to people, in their language: gettext catalogues, read as translators write them.

A language is a folder ``locale/TAG/LC_MESSAGES`` with a file ``captionbox.po``. Its first line is a comment:
it begins with the language's own name and a colon. Nothing has to be compiled: a new folder is a new language.
"""

import gettext
import io
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from babel import negotiate_locale

Translate = Callable[[str], str]
"""Gives an English sentence in another language, or as it is where nobody has translated it."""

SOURCE: Final = "en"
"""The language in which the sentences are written."""

CATALOGUES: Final = Path(str(files("appliance"))) / "locale"


def _own_name(catalogue: Path) -> str:
    """The library knows it too, but would keep a megabyte for each language that it was asked for."""
    with catalogue.open(encoding="utf-8") as po:
        return po.readline().removeprefix("# ").partition(":")[0]


LANGUAGES: Final = {
    SOURCE: "English",
    **{po.parts[-3]: _own_name(po) for po in sorted(CATALOGUES.glob("*/*/captionbox.po"))},
}
"""The BCP-47 tags of all languages there are, and their names in themselves."""


def N_(sentence: str) -> str:  # noqa: N802 - what gettext and its tools call it
    """Mark a sentence that is translated where it is shown, not where it is written."""
    return sentence


@cache
def translation(language: str) -> Translate:
    """The words of one of the `LANGUAGES`. The first time it reads a file: call it in a thread."""
    if language == SOURCE:
        return str
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - a box that speaks English does without
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    with (CATALOGUES / language / "LC_MESSAGES" / "captionbox.po").open("rb") as po:
        catalogue = read_po(po, locale=language.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled).gettext


def best_language(wanted: Iterable[str]) -> str | None:
    """The first language of somebody's, BCP-47 tags in the order they like them, that there is."""
    return negotiate_locale(list(wanted), list(LANGUAGES), sep="-")
