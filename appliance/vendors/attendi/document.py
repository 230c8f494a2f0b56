"""The document that Attendi writes and edits while people speak. No I/O."""

from typing import Final

from appliance.vendors.contract import Lost

LONGEST: Final = 128 * 1024
"""UTF-16 units of a document: two hours of talk without a break."""

MOST_RANGES: Final = 256
"""Tentative ranges at a time; one is usual."""

_UNIT: Final = 2
"""Bytes of a UTF-16 unit: Attendi counts characters in these, whatever the character."""


class Document:
    """Text with tentative ranges, read once from its beginning to its end.

    All indices are in UTF-16 units.

    Attributes:
        late_edits: how often text was edited that had been taken already.
    """

    def __init__(self) -> None:
        self._text = bytearray()
        self._tentative: dict[str, int] = {}
        self._read = 0
        self.late_edits = 0

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of a range.

        Raises:
            Lost: the range is not in the document, or the document gets too long.
        """
        self._check(start, end)
        new = text.encode("utf-16-le", "surrogatepass")
        if len(self._text) + len(new) > (LONGEST + end - start) * _UNIT:
            raise Lost("Attendi's text has become too long for one stream.")
        if start < self._read:
            self._move(start, end, new)
        self._text[start * _UNIT : end * _UNIT] = new

    def mark(self, name: str, start: int, end: int) -> None:
        """Make a range tentative, or move the one of that name.

        Raises:
            Lost: the range makes no sense, or there are too many.
        """
        if not 0 <= start <= end:
            raise Lost("Attendi marks text that is not there.")
        if len(self._tentative) >= MOST_RANGES and name not in self._tentative:
            raise Lost("Attendi marks too many places as tentative.")
        self._tentative[name] = start

    def is_marked(self, name: str) -> bool:
        """Whether there is a tentative range of that name."""
        return name in self._tentative

    def unmark(self, name: str) -> None:
        """A range is tentative no longer, if it ever was."""
        self._tentative.pop(name, None)

    def take_settled(self) -> str:
        """What was settled since last time: up to the first tentative range, whole words only."""
        settled = max(self._read, min([self._length, *self._tentative.values()]))
        head, tail = self._slice(self._read, settled), self._slice(settled, settled + 1)
        if head and tail and not (head[-1].isspace() or tail.isspace()):
            head = head[: max((i + 1 for i, c in enumerate(head) if c.isspace()), default=0)]
        self._read += len(head.encode("utf-16-le", "surrogatepass")) // _UNIT
        return head

    def take_rest(self) -> str:
        """All that is left, tentative or not."""
        rest = self._slice(self._read, self._length)
        self._read = self._length
        return rest

    def unsettled(self, longest: int) -> str:
        """The beginning of what is not settled yet, `longest` units at most."""
        return self._slice(self._read, self._read + longest)

    @property
    def _length(self) -> int:
        return len(self._text) // _UNIT

    def _check(self, start: int, end: int) -> None:
        if not 0 <= start <= end <= self._length:
            raise Lost("Attendi edits text that is not there.")

    def _move(self, start: int, end: int, new: bytes) -> None:
        """Keep `_read` at its place between the words when text before it is replaced."""
        old = bytes(self._text[start * _UNIT : min(end, self._read) * _UNIT])
        added = len(new) // _UNIT
        if end >= self._read and new.startswith(old):
            return
        self.late_edits += old != new
        if end <= self._read:
            self._read += added - (end - start)
        else:
            self._read = start + min(self._read - start, added)

    def _slice(self, start: int, end: int) -> str:
        return self._text[start * _UNIT : end * _UNIT].decode("utf-16-le", "replace")
