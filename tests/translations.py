"""Brings the catalogues up to date with what the box says; run by ``make translations``.

New sentences come in untranslated, and those that are gone leave; a test tells what waits for a translator.
"""

import io
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from appliance.i18n import CATALOGUES

_APPLIANCE: Final = CATALOGUES.parent
_METHODS: Final = [("**.py", "python"), ("web/pages/**.html", "jinja2")]
_NOISE: Final = (
    '"Project-Id-Version',
    '"Report-Msgid-Bugs-To',
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
)
_KEYWORDS: Final = {"_": None, "N_": None}


def sentences() -> Catalog:
    """All that the box says and a translator could."""
    catalogue = Catalog()
    for _, _, sentence, _, _ in extract_from_dir(_APPLIANCE, _METHODS, keywords=_KEYWORDS):
        catalogue.add(sentence)
    return catalogue


def read(path: Path) -> Catalog:
    """A catalogue as its translator left it."""
    with path.open("rb") as po:
        return read_po(po)


def main() -> None:
    """Update every catalogue."""
    template = sentences()
    for path in sorted(CATALOGUES.glob("*/*/captionbox.po")):
        catalogue = read(path)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        path.write_text(_written(catalogue), "utf-8")


def _written(catalogue: Catalog) -> str:
    """Without what would differ at every run, and names that nobody fills in."""
    po = io.BytesIO()
    write_po(po, catalogue, width=110, no_location=True, ignore_obsolete=True)
    lines = po.getvalue().decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(_NOISE)).rstrip() + "\n"


if __name__ == "__main__":
    main()
