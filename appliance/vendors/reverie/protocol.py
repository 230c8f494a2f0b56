"""Reverie's protocol without I/O: how a stream is asked for, and what its messages and its end mean."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field, ValidationError

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, VendorFailure, Words
from appliance.vendors.reverie.config import ReverieAccount, ReverieOptions
from appliance.vendors.transport import Refused

ADDRESS: Final = "wss://revapi.reverieinc.com/stream"

END_OF_SOUND: Final = b"--EOF--"
"""Sent as a binary message of its own, as the vendor's clients do."""

LANGUAGES: Final = MappingProxyType(
    {tag: tag for tag in ("hi", "en", "bn", "gu", "kn", "ml", "mr", "pa", "ta", "te", "as", "or")}
    | {"hi-Latn": "hi_en"}
)
"""Reverie's codes by BCP-47 tag; Hindi in Latin letters is its mixture of Hindi and English."""

LONGEST_TEXT: Final = 20_000
"""Characters of one utterance; three minutes of fast speech are a quarter of that."""

_NORMAL: Final = 1000
"""How a connection is closed that has served its purpose (RFC 6455, 7.4.1)."""

_NONSENSE: Final = "Reverie's answer makes no sense."
_FAULTS: Final = (
    "unsupported",
    "no decoder",
    "no `",
    "invalid",
    "credit",
    "expired",
    "forbidden",
    "not authori",
)
"""What Reverie writes of faults that no new stream cures."""


class Cause(StrEnum):
    """Why Reverie says something, in lower case; others are errors, or unknown."""

    READY = "ready"
    PARTIAL = "partial"
    SILENCE = "silence detected"
    TIMEOUT = "timeout"
    EOF = "eof received"


_ORDINARY: Final = frozenset({Cause.SILENCE, Cause.TIMEOUT, Cause.EOF})
"""Causes that end an utterance whatever `final` says, and after which Reverie may end the stream."""


class _Message(BaseModel):
    """A message as documented; what is not there counts as empty."""

    id: str | int | None = None
    success: bool | None = Field(default=None, strict=True)
    final: bool | None = Field(default=None, strict=True)
    cause: str | None = None
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    display_text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Sound may be sent."""


def request(account: ReverieAccount, language: str, options: ReverieOptions) -> str:
    """The address of a stream, which carries the credentials: never to be logged."""
    query = {
        "apikey": account.api_key.get_secret_value(),
        "appid": account.app_id,
        "appname": "stt_stream",
        "src_lang": code_of(language),
        "domain": options.domain,
        "timeout": f"{options.timeout:g}",
        "silence": f"{options.silence:g}",
        "format": options.format,
        "punctuate": _word(options.punctuate),
        "continuous": _word(options.continuous),
        "logging": options.logging,
        "no_input_timeout": f"{options.timeout:g}",
    }
    return f"{account.address(ADDRESS)}?{urlencode(query)}"


def code_of(language: str) -> str:
    """Reverie's code for a BCP-47 tag; the tag itself where Reverie lists none, for Reverie to decide."""
    if language.startswith("hi-Latn"):
        return LANGUAGES["hi-Latn"]
    return LANGUAGES.get(language.partition("-")[0], language)


class Censor:
    """Quotes Reverie without what must stay secret.

    Args:
        account: whose credentials are taken out.
    """

    def __init__(self, account: ReverieAccount) -> None:
        plain = [account.api_key.get_secret_value(), account.app_id]
        words = {form for secret in plain if len(secret) > 3 for form in (secret, quote(secret, safe=""))}
        self._secrets = sorted(words, key=len, reverse=True)

    def quote(self, said: str) -> str:
        """What was said on one bounded line."""
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return " ".join(said.split())[:200]

    def refusal(self, refused: Refused) -> VendorFailure:
        """What a refused handshake means."""
        document = refused.json()
        message = document.get("message") if isinstance(document, dict) else None
        said = self.quote(message) if isinstance(message, str) else ""
        status = refused.status
        if status in (409, 429):
            return Busy(f"Reverie asks to wait: {said or status}", refused.retry_after)
        if status == 408 or status >= 500:
            return Lost(f"Reverie is out of order just now: {said or status}")
        return ConfigurationFault(f"Reverie refuses: {said or status}. {_advice(status, said.lower())}")


class Protocol:
    """One stream's side of the conversation.

    Attributes:
        ended: whether Reverie has said its last words.
        ignored: how many messages were not understood.

    Args:
        censor: quotes the vendor.
    """

    def __init__(self, censor: Censor) -> None:
        self.ended = False
        self.ignored = 0
        self._censor = censor
        self._ready = False
        self._finishing = False
        self._utterance = 0
        self._interim = ""
        self._last: tuple[str, str] | None = None
        self._farewell: str | None = None

    def receive(self, data: bytes | str) -> Ready | Words | None:
        """What a message means; None where it says nothing new.

        Raises:
            ConfigurationFault: Reverie names a fault that a person must cure.
            Lost: Reverie names another, or makes no sense.
        """
        message = _parsed(data)
        cause = (message.cause or "").strip().lower()
        if message.success is False and cause not in _ORDINARY:
            raise self._failure(message.cause or "")
        if message.success is None and message.text is None:
            self.ignored += 1
            return None
        if cause == Cause.READY:
            self._ready = True
            return Ready()
        if not self._ready:
            self.ignored += 1
            return None
        over = bool(message.final) or cause in _ORDINARY
        self._farewell = cause or "final" if over else None
        self.ended = self.ended or cause == Cause.EOF
        return self._final(message, cause) if over else self._partial(message.text or "")

    def finish(self) -> bytes:
        """The message that says that no more sound comes."""
        self._finishing = True
        self._farewell = None
        return END_OF_SOUND

    def closed(self, code: int, farewell: str) -> VendorFailure | None:
        """What it means that the connection is closed; None where all was said that was to be said.

        Args:
            code: how it was closed (RFC 6455, 7.4).
            farewell: what the transport says of it.
        """
        orderly = self._farewell or (code == _NORMAL and (self._finishing or self._utterance or self._interim))
        if not orderly:
            return Lost(self._censor.quote(farewell))
        if self._finishing:
            return None
        return Planned(f"Reverie ended the stream: {self._censor.quote(self._farewell or 'it closed it')}.")

    def rest(self) -> Words | None:
        """What was shown of the utterance that is open, as it stands, where no final comes for it."""
        return self._finished(self._interim) if self._interim else None

    def _partial(self, text: str) -> Words | None:
        if not text or text == self._interim:
            return None
        self._interim = text
        return Words(segment=str(self._utterance), text=text, final=False)

    def _final(self, message: _Message, cause: str) -> Words | None:
        spoken = message.text or message.display_text
        if not spoken:
            return self.rest()
        if not self._interim and self._repeats(spoken, cause):
            return None
        self._last = (spoken, cause)
        return self._finished(message.display_text or spoken)

    def _finished(self, text: str) -> Words:
        words = Words(segment=str(self._utterance), text=text, final=True)
        self._utterance += 1
        self._interim = ""
        return words

    def _repeats(self, spoken: str, cause: str) -> bool:
        """Whether it only says again, for another cause, what was final already."""
        return self._last is not None and spoken == self._last[0] and cause != self._last[1]

    def _failure(self, cause: str) -> VendorFailure:
        said = self._censor.quote(cause) or "it does not say why"
        if not self._ready or any(fault in cause.lower() for fault in _FAULTS):
            return ConfigurationFault(f"Reverie refuses: {said}. Check the room's options and its language.")
        return Lost(f"Reverie failed: {said}.")


def _parsed(data: bytes | str) -> _Message:
    try:
        return _Message.model_validate_json(data)
    except (ValidationError, RecursionError):
        raise Lost(_NONSENSE) from None


def _advice(status: int, said: str) -> str:
    if status == 400:
        return "Check the room's language, domain and format."
    if "credit" in said or "quota" in said or "balance" in said:
        return "The account must be topped up at Reverie."
    if "expire" in said:
        return "A new API key is needed from Reverie."
    if "language" in said or "src_lang" in said:
        return "Choose another language, or have it enabled at Reverie."
    return "Check app_id, api_key and what the account may use."


def _word(value: bool) -> str:  # noqa: FBT001 - it spells the value out
    return "true" if value else "false"
