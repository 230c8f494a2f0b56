"""Palabra's speech-to-speech protocol in a room: messages are packets of data, sound has a track. No I/O."""

from typing import Any

from appliance.sound import FRAME_SECONDS
from appliance.vendors.palabra.languages import Codes
from appliance.vendors.palabra.s2s import SpeechToSpeech


class SpeechInRoom(SpeechToSpeech):
    """A task as over WebSocket but for the sound, which goes and comes on tracks.

    Args:
        codes: of the languages.
        secrets: what must not be seen in the vendor's words.
        speaks: whether translations are to be spoken.
    """

    chunk_seconds = FRAME_SECONDS

    def __init__(self, codes: Codes, secrets: tuple[str, ...] = (), *, speaks: bool = False) -> None:
        super().__init__(codes, secrets)
        self._speaks = speaks

    @property
    def source(self) -> dict[str, Any]:
        """The microphone's track."""
        return {"type": "webrtc"}

    @property
    def target(self) -> dict[str, Any] | None:
        """A track for each language, where they are wanted."""
        return {"type": "webrtc"} if self._speaks else None

    def sound(self, chunk: bytes) -> bytes:
        """Sound for the track, as it is."""
        return chunk

    def times(self, data: dict[str, Any]) -> tuple[None, None]:
        """None: the vendor counts from the track's beginning, and the track goes on while we send nothing."""
        del data
        return None, None
