"""What the box and Attendi say to each other, message by message. No I/O."""

import base64
import io
import json
import textwrap
import wave
from collections.abc import Iterable, Iterator
from typing import Any, Final

from appliance.captions import clean
from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.vendors.attendi.document import Document
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, VendorFailure, Words
from appliance.vendors.transport import Refused

END_OF_AUDIO: Final = json.dumps({"type": "endOfAudioStream"})

LONGEST_CAPTION: Final = 1_000
"""Characters of a final; settled text that is longer becomes several."""

_LONGEST_INTERIM: Final = 2_000
_LONGEST_SAYING: Final = 200

_NO_SENSE: Final = "Attendi's message makes no sense."

_INTERIMS: Final = ("TentativeSegment", "UnprocessedSegment")
_FINALS: Final = ("FinalSegment", "ProcessedSegment")
_WHOLES: Final = ("CompletedStream", "ProcessedStream")
"""Message types of the older dialect: it sends segments, and at the end the whole text once more."""


def configuration(*, model: str | None, report: str, voice_editing: bool) -> str:
    """The first message of a stream.

    Args:
        model: None for the customer's own.
        report: a UUID that Attendi groups texts by.
        voice_editing: whether spoken commands edit the text.
    """
    features = {"voiceEditing": {"isEnabled": voice_editing}}
    return json.dumps({"type": "configuration", "model": model, "reportId": report, "features": features})


def transcription(*, pcm: bytes, user: str, unit: str | None, model: str | None, agent: str) -> dict[str, Any]:
    """The body of a request to transcribe mono s16le sound at 16 kHz."""
    return {
        "userId": user,
        **({} if unit is None else {"unitId": unit}),
        **({} if model is None else {"config": {"model": model}}),
        "metadata": {"userAgent": agent},
        "audio": base64.b64encode(_wav(pcm)).decode(),
    }


def transcript(body: Any) -> str:
    """The text of the answer to such a request.

    Raises:
        Lost: there is none.
    """
    return _text(_object(body), "transcript")


def token(body: Any) -> str:
    """The token of the answer to a sign-in.

    Raises:
        Lost: there is none that can be sent back.
    """
    value = _text(_object(body), "token")
    if not (0 < len(value) <= 8_192 and value.isascii() and value.isprintable()):
        raise Lost(_NO_SENSE)
    return value


def failure(refused: Refused, secrets: Iterable[str], *, missing: str = "") -> VendorFailure:
    """What a refusal means, in Attendi's own words where it has any.

    Args:
        refused: the answer.
        secrets: never repeated.
        missing: what Attendi does not know where it answers 404.
    """
    said = _said(refused, secrets)
    status = refused.status
    if status in (409, 429):
        return Busy(f"Attendi is busy and asks to wait.{said}", refused.retry_after)
    if status == 408 or status >= 500:
        return Lost(f"Attendi has a problem of its own (status {status}).{said}")
    if status in (402, 403) or (status == 401 and "expired" in said.lower()):
        return ConfigurationFault(
            f"Attendi says that the account is unpaid, expired or not allowed to do this; ask Attendi.{said}"
        )
    if status == 401:
        return ConfigurationFault(f"Attendi refuses the key; check the key and the environment.{said}")
    if status == 404 and missing:
        return ConfigurationFault(f"Attendi does not know {missing}.{said}")
    advice = "correct what was given" if missing else "check the settings"
    return ConfigurationFault(f"Attendi refuses the request (status {status}); {advice}.{said}")


def stream_failure(refused: Refused, secrets: Iterable[str]) -> VendorFailure:
    """What it means when the sign-in went well and the stream is refused."""
    if refused.status in (401, 403, 404):
        return ConfigurationFault(
            "Attendi takes the key but gives no stream; ask Attendi to allow streaming, or set the mode"
            f" of the room to transcribe.{_said(refused, secrets)}"
        )
    return failure(refused, secrets)


def redacted(sentence: str, secrets: Iterable[str]) -> str:
    """A stranger's sentence fit to be shown: one line, without the secrets."""
    for secret in secrets:
        sentence = sentence.replace(secret, "•••")
    return clean(sentence)


class Transcript:
    """Makes words of the messages of one stream.

    Attributes:
        ignored: how many messages and actions it did not know.
    """

    def __init__(self) -> None:
        self.ignored = 0
        self._document = Document()
        self._segment = 0
        self._interim = ""

    @property
    def begun(self) -> bool:
        """Whether anything was said yet."""
        return bool(self._segment or self._interim)

    @property
    def late_edits(self) -> int:
        """How often Attendi edited text that had become final."""
        return self._document.late_edits

    def receive(self, message: bytes | str) -> list[Words]:
        """The words of one message.

        Raises:
            Lost: it is broken.
        """
        content = _parsed(message)
        if isinstance(content, dict) and "actions" in content:
            return list(self._edited(content["actions"]))
        if isinstance(content, dict) and (kind := content.get("type") or content.get("messageType")):
            return list(self._older(kind, content))
        self.ignored += 1
        return []

    def rest(self) -> list[Words]:
        """The last words: the stream is over and nothing is tentative any longer."""
        return list(self._final(self._document.take_rest() or self._interim))

    def _edited(self, actions: Any) -> Iterator[Words]:
        if not isinstance(actions, list):
            raise Lost(_NO_SENSE)
        for action in actions:
            self._apply(_object(action))
        if settled := self._document.take_settled().strip():
            yield from self._final(settled)
        unsettled = self._document.unsettled(_LONGEST_INTERIM).strip()
        if unsettled != self._interim:
            self._interim = unsettled
            yield Words(segment=str(self._segment), text=unsettled, final=False)

    def _apply(self, action: dict[str, Any]) -> None:
        kind = action.get("type")
        if kind not in ("replace_text", "add_annotation", "update_annotation", "remove_annotation"):
            self.ignored += 1
            return
        parameters = _object(action.get("parameters"))
        match kind:
            case "replace_text":
                self._document.replace(*_range(parameters), _text(parameters, "text"))
            case "add_annotation":
                self._annotate(parameters)
            case "update_annotation" if self._document.is_marked(_text(parameters, "id")):
                self._document.unmark(_text(parameters, "id"))
                self._annotate(parameters)
            case "remove_annotation":
                self._document.unmark(_text(parameters, "id"))

    def _annotate(self, parameters: dict[str, Any]) -> None:
        if parameters.get("type") == "transcription_tentative":
            self._document.mark(_text(parameters, "id"), *_range(parameters))

    def _older(self, kind: Any, content: dict[str, Any]) -> Iterator[Words]:
        if kind in _INTERIMS:
            self._interim = _text(content, "text").strip()[:_LONGEST_INTERIM]
            yield Words(segment=str(self._segment), text=self._interim, final=False)
        elif kind in _FINALS:
            yield from self._final(_text(content, "text"))
        elif kind not in _WHOLES:
            self.ignored += 1

    def _final(self, text: str) -> Iterator[Words]:
        parts = textwrap.wrap(text, LONGEST_CAPTION, break_on_hyphens=False)
        if not parts and self._interim:
            parts = [""]
        self._interim = ""
        for part in parts:
            yield Words(segment=str(self._segment), text=part, final=True)
            self._segment += 1


def _parsed(message: bytes | str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Lost(_NO_SENSE) from None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Lost(_NO_SENSE)
    return value


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Lost(_NO_SENSE)
    return value


def _range(parameters: dict[str, Any]) -> tuple[int, int]:
    start, end = parameters.get("startCharacterIndex"), parameters.get("endCharacterIndex")
    if type(start) is not int or type(end) is not int:  # a bool is an int to isinstance()
        raise Lost(_NO_SENSE)
    return start, end


def _said(refused: Refused, secrets: Iterable[str]) -> str:
    """What the vendor said with a refusal, as a sentence to append; empty where it said nothing readable."""
    body = refused.json()
    if isinstance(body, dict):
        names = ("message", "detail", "error_description", "error", "title", "reason")
        saying = next((value for name in names if isinstance(value := body.get(name), str)), "")
    else:
        saying = "" if refused.body.lstrip().startswith("<") else refused.body
    saying = redacted(saying, secrets)[:_LONGEST_SAYING]
    return f" It said: {saying}" if saying else ""


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as container:
        container.setparams((1, SAMPLE_BYTES, SAMPLE_RATE, 0, "NONE", ""))
        container.writeframes(pcm)
    return file.getvalue()
