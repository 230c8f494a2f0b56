"""Brings the catalogues up to date with what the box says and its forms ask; run by ``make translations``.

New sentences come in untranslated, and those that are gone leave; a test tells what waits for a translator.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from pydantic import BaseModel

from appliance.i18n import CATALOGUES
from appliance.settings import Account, Audio, Box, Panel, Room, Spend, Transcripts, Web
from appliance.settings.schemas import Place
from appliance.vendors.registry import Registry
from appliance.web.forms.kinds import Kind, kind_of
from appliance.web.forms.looks import choices_of, help_of, label_of

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
    for sentence in (text for model in _asked() for text in asked_by(Place.of(model, []))):
        catalogue.add(sentence)
    for sentence in _managed():
        catalogue.add(sentence)
    return catalogue


def asked_by(place: Place) -> Iterator[str]:
    """All that a form for a model says of what stands within a place."""
    for inner in map(place.within, place.keys):
        kind = kind_of(inner)
        if kind != Kind.UNSEEN:
            yield from filter(None, (label_of(inner), help_of(inner)))
            yield from (choice.label for choice in choices_of(inner) if _is_said(choice.label))
        if kind in (Kind.GROUP, Kind.ENTRIES):
            yield from asked_by(inner.within("*") if kind == Kind.ENTRIES else inner)


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


def _asked() -> Iterator[type[BaseModel]]:
    """The models of which there are forms."""
    yield from (Box, Audio, Panel, Web, Transcripts, Spend, Account, Room)
    for vendor in Registry.installed().values():
        yield from (vendor.account_model, vendor.options_model)
        yield from (action.args for action in vendor.actions)


def _managed() -> Iterator[str]:
    """What the pages of vendors call what can be done there."""
    for vendor in Registry.installed().values():
        for action in vendor.actions:
            yield from (action.group.capitalize(), action.name.replace("-", " ").capitalize(), action.summary)


def _is_said(label: str) -> bool:
    """Not what only a computer says, such as ``none``."""
    return label[:1].isupper()


def _written(catalogue: Catalog) -> str:
    """Without what would differ at every run, and names that nobody fills in."""
    po = io.BytesIO()
    write_po(po, catalogue, width=110, no_location=True, ignore_obsolete=True)
    lines = po.getvalue().decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith(_NOISE)).rstrip() + "\n"


if __name__ == "__main__":
    main()
