"""BCP-47 to Palabra's codes and back (the vendor's table of languages, as of 2026-09)."""

import re
from collections.abc import Sequence
from typing import Final

from appliance.vendors.contract import Order
from appliance.vendors.palabra.config import PalabraOptions

SOURCES: Final = tuple(
    """
    ar hy eu be bn bg yue ca zh hr cs da nl en et fil fi fr gl de el he hi hu id ga it ja kk ko lv lt mk ms
    mt mr mn no fa pl pt ro ru sr sk sl es sw sv ta th tr uk ur ug vi cy
    """.split()  # noqa: SIM905 - a table of codes is easier to compare as text
)
TARGETS: Final = frozenset(
    """
    ar ar-sa ar-ae hy az be bs bg ca zh zh-hans zh-hant hr cs da nl en en-au en-ca en-gb en-us et fil fi fr
    fr-ca gl de el he hi hu is id it ja kk ko lv lt mk ms no pl pt pt-br ro ru sr sk sl es es-ar es-ch es-co
    es-la es-mx sw sv ta th tr uk ur vi cy
    """.split()  # noqa: SIM905 - as above
)

_OTHER_NAMES: Final = {"nb": "no", "nn": "no", "tl": "fil", "iw": "he", "in": "id"}
_OTHER_TARGETS: Final = {
    "es-cl": "es-ch",  # sic: the vendor's code for Chile
    "es-419": "es-la",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}
_TAGS: Final = {"es-ch": "es-CL", "es-la": "es-419"}
_WELL_FORMED: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")

AUTO: Final = "auto"
UNDETERMINED: Final = "und"


def source_code(tag: str) -> str:
    """The code of a spoken language; ``auto`` for an undetermined one; an unlisted one stays as it is."""
    primary = tag.partition("-")[0].lower()
    if primary == UNDETERMINED:
        return AUTO
    primary = _OTHER_NAMES.get(primary, primary)
    return primary if primary in SOURCES else tag


def target_code(tag: str) -> str:
    """The code of a language to translate to; one that the vendor does not list stays as it is."""
    parts = tag.lower().split("-")
    parts[0] = _OTHER_NAMES.get(parts[0], parts[0])
    for length in range(len(parts), 0, -1):
        code = "-".join(parts[:length])
        code = _OTHER_TARGETS.get(code, code)
        if code in TARGETS:
            return code
    return tag


class Codes:
    """The codes of one stream and the way back to the tags that the room knows.

    Args:
        spoken: BCP-47 tag of what is spoken.
        wanted: BCP-47 tags to translate to.
        before: what the stream went by until now; words of that time may still come.

    Attributes:
        source: code of what is spoken.
        targets: codes to translate to, each once.
        original: BCP-47 tag of the latest original, from which translations are made.
        tags: BCP-47 tags by the codes of what is or was spoken.
        wanted: BCP-47 tags by the codes of what is or was translated to.
    """

    def __init__(self, spoken: str, wanted: Sequence[str], *, before: "Codes | None" = None) -> None:
        self.source = source_code(spoken)
        self._spoken = None if self.source == AUTO else spoken
        self.original: str = before.original if before else self._spoken or UNDETERMINED
        self.tags: dict[str, str] = dict(before.tags) if before else {}
        if self._spoken:
            self.tags[self.source.lower()] = self._spoken
        own: dict[str, str] = {}
        for tag in wanted:
            own.setdefault(target_code(tag).lower(), tag)
        self.wanted: dict[str, str] = (before.wanted if before else {}) | own
        self.targets = tuple(dict.fromkeys(target_code(tag) for tag in wanted))

    def spoken(self, code: object) -> str | None:
        """The tag of an original; None where the vendor does not say or names no language."""
        tag = _tag(code)
        tag = self.tags.get(tag.partition("-")[0].lower(), tag) if tag else self._spoken
        self.original = tag or self.original
        return tag

    def translated(self, code: object) -> str | None:
        """The tag of a translation; None where the vendor names no language."""
        tag = _tag(code)
        if tag is None:
            return None
        return self.wanted.get(str(code).lower(), tag)


def codes_of(order: Order[PalabraOptions], *, before: Codes | None = None) -> Codes:
    """The codes of a room's order."""
    spoken = UNDETERMINED if order.options.source_language == AUTO else order.from_language
    return Codes(spoken, order.to_languages, before=before)


def _tag(code: object) -> str | None:
    if not isinstance(code, str) or not _WELL_FORMED.fullmatch(code):
        return None
    if code.lower() in _TAGS:
        return _TAGS[code.lower()]
    language, *rest = code.split("-")
    return "-".join([language.lower(), *(p.title() if len(p) == 4 else p.upper() for p in rest)])
