"""The words that roll up on a small screen: the latest segments in one language. No I/O."""

from operator import itemgetter
from typing import Final

from appliance.captions import Caption, Gap
from appliance.state import State, Status

KEPT: Final = 12
"""Segments and gaps held: each fills a line at least, and no screen of ours has more lines."""


class RollUp:
    """Holds what was said last, each segment in its latest wording, in the language that the screen shows.

    That is the first language the room is translated to, else the spoken one; a fallback may not translate, so
    then it is what was spoken.
    """

    def __init__(self) -> None:
        self._texts: dict[int | Gap, tuple[float, str]] = {}
        self._language: str | None = None
        self._room = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The latest segments and gaps, the newest last."""
        return tuple(text for _, text in sorted(self._texts.values(), key=itemgetter(0)))

    def follow(self, status: Status) -> None:
        """Take the language from the room in use; forget a captioning that is over."""
        if status.state in (State.IDLE, State.CONNECTING) or status.room.id != self._room:
            self._texts.clear()
        self._room = status.room.id
        translated = status.room.to_languages if status.state is not State.FALLBACK else ()
        self._language = next(iter(translated), None)

    def add(self, item: Caption | Gap) -> None:
        """Take in a caption or a gap."""
        if isinstance(item, Gap):
            self._texts[item] = item.start, f"[{max(1, round(item.end - item.start))} s missing]"
        elif self._is_shown(item):
            self._texts[item.segment] = item.start, item.text
            if not item.text:
                del self._texts[item.segment]
        if len(self._texts) > KEPT:
            del self._texts[min(self._texts, key=lambda key: self._texts[key][0])]

    def _is_shown(self, caption: Caption) -> bool:
        if self._language is None:
            return caption.translated_from is None
        return caption.language.split("-")[0] == self._language.split("-")[0]
