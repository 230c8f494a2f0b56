"""What the box and the engine's process say to each other.

To the engine, one byte of kind: ``BEGIN`` a segment begins, ``SOUND`` and one frame of it, ``END`` it ends.
From the engine, JSON lines: ``{"ready": true}`` once, then ``{"text", "final", "start", "end"}`` with times in
seconds since the segment began. End of file ends the engine: it never outlives the box.
"""

from typing import Final

BEGIN: Final = b"B"
SOUND: Final = b"S"
END: Final = b"E"
