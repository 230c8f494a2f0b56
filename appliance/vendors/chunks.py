"""Sound in pieces of the length that a vendor wants."""

from typing import Final

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE, Frame


class Chunker:
    """Joins frames into chunks of `seconds`; what is left over comes with `rest`."""

    def __init__(self, seconds: float) -> None:
        self._size: Final = round(seconds * SAMPLE_RATE) * SAMPLE_BYTES
        self._pending = bytearray()

    def add(self, frame: Frame) -> list[bytes]:
        """The chunks that are complete with this frame."""
        self._pending += frame.pcm
        chunks = []
        while len(self._pending) >= self._size:
            chunks.append(bytes(self._pending[: self._size]))
            del self._pending[: self._size]
        return chunks

    def rest(self) -> bytes:
        """What is left, shorter than a chunk; maybe empty."""
        rest = bytes(self._pending)
        self._pending.clear()
        return rest
