"""Palabra's speech-to-speech protocol over WebSocket, of which texts only are wanted. No I/O and no clock."""

import base64
import json
from collections import OrderedDict
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from appliance.sound import SAMPLE_RATE
from appliance.vendors.contract import Notice, VendorFailure, Words
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import Codes
from appliance.vendors.palabra.messages import name_of, object_of, parsed, seconds_of, text_of
from appliance.vendors.palabra.protocol import Dialect
from appliance.vendors.palabra.refusals import is_last, is_rate, rejection, trouble_of

ADDRESS: Final = "wss://streaming.palabra.ai/streaming-api/{name}/v1/speech-to-speech/stream"

SMALLEST: Final = 1024
"""Bytes of sound of the smallest message that the vendor surely takes."""

REMEMBERED: Final = 256
"""Translations whose parts are kept apart."""

NOT_YET: Final = "NOT_FOUND"
"""The error code of a task that has not started yet."""


class TaskStatus(StrEnum):
    """What a task does, as the vendor names it."""

    RUNNING = "running"
    PAUSED = "paused"


_ACKNOWLEDGED: Final = {
    TaskStatus.RUNNING: ("set_task", ("started", "updated", "unchanged", "resumed")),
    TaskStatus.PAUSED: ("pause_task", ("paused",)),
}
_OWN_TABLES: Final = {"preprocessing", "translation", "translation_queue_configs"}
_NOT_OF_THE_TASK: Final = {
    "mode",
    "speak",
    "source_language",
    "enable_filler_filter",
    "finalization_mode",
    "finalization_timeout",
    "subscriber_count",
    "intent",
}


def address(base: str, token: str) -> str:
    """Where to connect; the token is part of it."""
    return f"{base}?token={quote(token, safe='')}"


def pipeline(codes: Codes, options: PalabraOptions) -> dict[str, Any]:
    """The part of a task that says what becomes of the sound."""
    given = options.model_dump(exclude_none=True, mode="json", exclude=_NOT_OF_THE_TASK)
    transcription = {key: value for key, value in given.items() if key not in _OWN_TABLES}
    wanted = ["partial_transcription", "validated_transcription", "translated_transcription"]
    if options.translation.translate_partial_transcriptions:
        wanted.append("partial_translated_transcription")
    parts = {
        "transcription": {"source_language": codes.source} | transcription,
        "translations": [{"target_language": code} | given["translation"] for code in codes.targets],
        "allowed_message_types": wanted,
    }
    for table in ("preprocessing", "translation_queue_configs"):
        if table in given:
            parts[table] = given[table]
    return parts


def command(kind: str, data: dict[str, Any] | None = None) -> str:
    """A message to the vendor."""
    return json.dumps({"message_type": kind, "data": data or {}})


class SpeechToSpeech(Dialect):
    """A task that is set, becomes ready, may be paused and set again, and is ended.

    Attributes:
        codes: of the languages; another set once the task is set anew.
        settled: whether the task is as expected, by the acknowledgement or the answer to ``get_task``.
        refusal: why it will not be; None where nobody said so. The task goes on as it did.
    """

    def __init__(self, codes: Codes, secrets: tuple[str, ...] = ()) -> None:
        self.codes = codes
        self.settled = False
        self.refusal: VendorFailure | None = None
        self._secrets = secrets
        self._expected = TaskStatus.RUNNING
        self._began = False
        self._ended = False
        self._first_parts: OrderedDict[tuple[str, str], str] = OrderedDict()

    def task(self, options: PalabraOptions) -> dict[str, Any]:
        """The whole task."""
        audio = {"content_type": "audio"}
        return {
            "input_stream": audio | {"source": self.source},
            "output_stream": audio | {"target": self.target} if self.target else None,
            "pipeline": pipeline(self.codes, options),
        }

    @property
    def source(self) -> dict[str, Any]:
        """How the sound comes to the vendor."""
        return {"type": "ws", "format": "pcm_s16le", "sample_rate": SAMPLE_RATE, "channels": 1}

    @property
    def target(self) -> dict[str, Any] | None:
        """How spoken translations come back; None where only texts do."""
        return None

    def expect(self, status: TaskStatus) -> None:
        """Take what comes from now on as the answer to a command that asks for this."""
        self._expected = status
        self.settled = False
        self.refusal = None

    def received(self, message: bytes | str) -> list[Words | Notice]:
        """Words of the message; see `Dialect.received`."""
        document = parsed(message)
        kind = document.get("message_type")
        match kind:
            case "partial_transcription" | "validated_transcription":
                return [self._transcription(_transcription_of(document), final=kind[0] == "v")]
            case "partial_translated_transcription" | "translated_transcription":
                return self._translation(_transcription_of(document), final=kind[0] == "t")
            case "task_status" | "current_task":
                self._status(kind, object_of(document.get("data")))
            case "error":
                return self._error(*trouble_of(document, self._secrets))
            case "warning":
                code, words = trouble_of(document, self._secrets)
                return [Notice(f"Palabra warns: {words or code}.")]
            case "end_of_stream" | "eos":
                self._ended = True
            case _:
                self.ignored += 1
        return []

    def sound(self, chunk: bytes) -> bytes | str:
        """Sound as base64, filled up with silence where it is less than the vendor takes."""
        data = base64.b64encode(chunk.ljust(SMALLEST, b"\0")).decode()
        return command("input_audio_data", {"data": data})

    def times(self, data: dict[str, Any]) -> tuple[float | None, float | None]:
        """From when to when a transcription was said, in seconds of the sound that was sent."""
        return _times(data)

    def goodbye(self) -> str:
        """End the task; the vendor says the tail first."""
        return command("end_task")

    @property
    def over(self) -> bool:
        """Whether the vendor has announced the end."""
        return self._ended

    @property
    def lull(self) -> float:
        """Endless: the vendor announces the end."""
        return float("inf")

    def _status(self, kind: str, data: dict[str, Any]) -> None:
        asked, events = _ACKNOWLEDGED[self._expected]
        told = kind == "current_task" or (data.get("command") == asked and data.get("event") in events)
        if told and data.get("task_status") == self._expected:
            self.settled = self._began = True

    def _error(self, code: str, words: str) -> list[Words | Notice]:
        awaited = not self.settled and self.refusal is None
        if awaited and (code == NOT_YET or (is_rate(code) and not self._began)):
            return []
        failure = rejection(code, words)
        if not self._began or is_last(code, words):
            raise failure
        if awaited:
            self.refusal = failure
            return []
        self.complaint = words or code
        return [Notice(str(failure))]

    def _transcription(self, data: dict[str, Any], *, final: bool) -> Words:
        start, end = self.times(data)
        return Words(
            segment=name_of(data.get("transcription_id")),
            text=text_of(data.get("text")),
            final=final,
            language=self.codes.spoken(data.get("language")),
            start=start,
            end=end,
        )

    def _translation(self, data: dict[str, Any], *, final: bool) -> list[Words | Notice]:
        name, text = name_of(data.get("transcription_id")), text_of(data.get("text"))
        language = self.codes.translated(data.get("language"))
        if language is None:
            self.ignored += 1
            return []
        start, end = self.times(data)
        segment = self._part(name, language, data.get("translation_part_id"))
        return [
            Words(
                segment=segment,
                text=text,
                final=final,
                language=language,
                translated_from=self.codes.original,
                start=start,
                end=end,
            )
        ]

    def _part(self, name: str, language: str, part: Any) -> str:
        """The segment of a part: the first is the transcription's, a further one stands for itself."""
        part = name_of("0" if part in (None, "") else part)
        first = self._first_parts.setdefault((name, language), part)
        if len(self._first_parts) > REMEMBERED:
            self._first_parts.popitem(last=False)
        return name if part == first else f"{name}/{part}"


def _transcription_of(document: dict[str, Any]) -> dict[str, Any]:
    return object_of(object_of(document.get("data")).get("transcription"))


def _times(data: dict[str, Any]) -> tuple[float | None, float | None]:
    segments = data.get("segments")
    segments = [s for s in segments[:1000] if isinstance(s, dict)] if isinstance(segments, list) else []
    starts = [s for s in (seconds_of(part.get("start")) for part in segments) if s is not None]
    ends = [s for s in (seconds_of(part.get("end")) for part in segments) if s is not None]
    return min(starts, default=None), max(ends, default=None)
