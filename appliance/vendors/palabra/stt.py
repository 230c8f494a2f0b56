"""Palabra's speech-to-text protocol: query, messages in, messages out. No I/O and no clock."""

import json
import re
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urlencode

from appliance.sound import SAMPLE_RATE
from appliance.vendors.contract import Notice, Words
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import AUTO, Codes
from appliance.vendors.palabra.messages import name_of, object_of, parsed, seconds_of, text_of
from appliance.vendors.palabra.protocol import Dialect
from appliance.vendors.palabra.refusals import rejection, trouble_of

ADDRESS: Final = "wss://stream.palabra.ai/asr/v1/speech-to-text/stream"
OLDER_ADDRESS: Final = "wss://api.palabra.ai/asr/v1/speech-to-text/stream"
"""Where the vendor's client goes with a session of the older credentials."""

OWED: Final = 5.0
"""Seconds without a message that end a stream after ``finalize`` while a final or a translation is awaited.
The vendor documents no message for the end."""

QUIET: Final = 2.5
"""As `OWED`, where nothing is awaited but ``finalize`` is not answered yet: not every server answers it."""

SETTLED: Final = 0.6
"""As `OWED`, once it is answered and every word is final and translated."""

REMEMBERED: Final = 64
"""Transcriptions that are waited for at the end, at most."""

_FIN: Final = re.compile(r"\s*<fin>\s*$")


def address(base: str, token: str, codes: Codes, options: PalabraOptions) -> str:
    """Where to connect; the token is part of it."""
    query: dict[str, Any] = {"token": token, "format": "pcm_s16le", "sample_rate": SAMPLE_RATE}
    if codes.source != AUTO:
        query["language"] = codes.source
    if codes.targets:
        query["translate_languages"] = ",".join(codes.targets)
    if options.enable_filler_filter is not None:
        query["enable_filler_filter"] = str(options.enable_filler_filter).lower()
    if options.finalization_mode is not None:
        query["finalization_mode"] = options.finalization_mode
    if options.finalization_timeout is not None:
        query["finalization_timeout"] = f"{options.finalization_timeout:g}"
    return f"{base}?{urlencode(query, safe=',')}"


class SpeechToText(Dialect):
    """Binary sound in, words out; every final is followed by its translations."""

    def __init__(self, codes: Codes, secrets: tuple[str, ...] = ()) -> None:
        self._codes = codes
        self._secrets = secrets
        self._finalized = False
        self._awaited: OrderedDict[str, int] = OrderedDict()

    def received(self, message: bytes | str) -> list[Words | Notice]:
        """Words of the message; see `Dialect.received`."""
        document = parsed(message)
        match document.get("message_type"):
            case "transcription":
                return [self._transcription(document)]
            case "translated_transcription":
                return self._translation(document)
            case "error":
                raise rejection(*trouble_of(document, self._secrets))
            case _:
                self.ignored += 1
                return []

    def sound(self, chunk: bytes) -> bytes:
        """Sound travels as it is."""
        return chunk

    def goodbye(self) -> str:
        """Ask for the final of what is open."""
        self._finalized = False
        return json.dumps({"message_type": "finalize"})

    @property
    def over(self) -> bool:
        """Never: the protocol has no message for the end."""
        return False

    @property
    def lull(self) -> float:
        """The shorter, the less is awaited."""
        if self._awaited:
            return OWED
        return SETTLED if self._finalized else QUIET

    def _transcription(self, document: dict[str, Any]) -> Words:
        name, text, final, start, end = _segment(document)
        if _FIN.search(text):
            self._finalized = True
            text = _FIN.sub("", text)
        self._awaited.pop(name, None)
        if awaited := (len(self._codes.targets) if text else 0) if final else 1:
            self._awaited[name] = awaited
            if len(self._awaited) > REMEMBERED:
                self._awaited.popitem(last=False)
        language = self._codes.spoken(document.get("language"))
        return Words(segment=name, text=text, final=final, language=language, start=start, end=end)

    def _translation(self, document: dict[str, Any]) -> list[Words | Notice]:
        name, text, final, start, end = _segment(document)
        language = self._codes.translated(document.get("language"))
        if language is None:
            self.ignored += 1
            return []
        if final and name in self._awaited:
            self._awaited[name] -= 1
            if not self._awaited[name]:
                del self._awaited[name]
        return [
            Words(
                segment=name,
                text=_FIN.sub("", text),
                final=final,
                language=language,
                translated_from=self._codes.original,
                start=start,
                end=end,
            )
        ]


def _segment(document: dict[str, Any]) -> tuple[str, str, bool, float | None, float | None]:
    segment = object_of(document.get("segment"))
    name = name_of(document.get("transcription_id"))
    start, end = seconds_of(segment.get("start_time")), seconds_of(segment.get("end_time"))
    return name, text_of(segment.get("text")), document.get("is_eos") is True, start, end
