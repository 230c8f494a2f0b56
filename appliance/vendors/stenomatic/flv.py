"""Reads FLV, the container that ffmpeg writes and whose parts RTMP carries."""

from dataclasses import dataclass
from typing import Final

_HEADER: Final = 9 + 4
_TAG: Final = 11
_SIZE_AGAIN: Final = 4


@dataclass(frozen=True, slots=True)
class Tag:
    """One part: a packet of sound (8) or of video (9), or what the stream is (18).

    Attributes:
        kind: also the kind of the message that carries it over RTMP.
        timestamp: milliseconds since the stream began.
        data: its content.
    """

    kind: int
    timestamp: int
    data: bytes


class Reader:
    """Finds the tags in what comes in pieces of any size."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._skip = _HEADER

    def feed(self, data: bytes) -> list[Tag]:
        """The tags that are complete with this."""
        self._pending += data
        tags = []
        while len(self._pending) >= self._skip + _TAG:
            head = self._pending[self._skip :][:_TAG]
            end = self._skip + _TAG + int.from_bytes(head[1:4])
            if len(self._pending) < end:
                break
            timestamp = head[7] << 24 | int.from_bytes(head[4:7])
            tags.append(Tag(head[0], timestamp, bytes(self._pending[self._skip + _TAG : end])))
            del self._pending[:end]
            self._skip = _SIZE_AGAIN
        return tags
