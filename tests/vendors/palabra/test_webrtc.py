import json
from typing import Any

import pytest

from appliance.sound import FRAME_SECONDS
from appliance.vendors.contract import Words
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import Codes
from appliance.vendors.palabra.webrtc import SpeechInRoom

OPTIONS = PalabraOptions(mode="webrtc", speak="es-MX", asr_model="auto")


@pytest.mark.parametrize("speaks", [False, True])
def test_the_task_names_tracks_and_is_spoken_only_where_that_is_wanted(speaks: bool) -> None:  # noqa: FBT001 - a parameter of the test
    task = SpeechInRoom(Codes("en-US", ["es-MX"]), speaks=speaks).task(OPTIONS)
    assert task["input_stream"] == {"content_type": "audio", "source": {"type": "webrtc"}}
    spoken = {"content_type": "audio", "target": {"type": "webrtc"}}
    assert task["output_stream"] == (spoken if speaks else None)
    assert task["pipeline"]["transcription"] == {"source_language": "en", "asr_model": "auto"}
    assert [t["target_language"] for t in task["pipeline"]["translations"]] == ["es-mx"]


def test_sound_goes_as_it_is_frame_by_frame() -> None:
    dialect = SpeechInRoom(Codes("en-US", []))
    assert dialect.sound(b"\1\2") == b"\1\2"
    assert dialect.chunk_seconds == FRAME_SECONDS


def test_times_of_the_track_are_not_taken_for_those_of_the_stream() -> None:
    dialect = SpeechInRoom(Codes("en-US", []))
    segments = [{"text": "Hello.", "start": 7.0, "end": 8.0}]
    said: dict[str, Any] = {"transcription_id": "t1", "language": "en", "text": "Hello.", "segments": segments}
    message = {"message_type": "validated_transcription", "data": {"transcription": said}}
    [words] = dialect.received(json.dumps(message).encode())
    assert words == Words(segment="t1", text="Hello.", final=True, language="en-US")
