"""What an administrator can set of Scriptix."""

import ipaddress
import json
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue, SecretStr, model_validator

from appliance.settings.schemas import ADVANCED
from appliance.vendors.contract import NetworkAccount, VendorModel

LARGEST_DOCUMENT: Final = 4_096
"""Characters of the order for a document, as JSON."""


def _token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (0 < len(text) <= 4096 and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("must be a token without spaces or line breaks; copy it again from scriptix.app")
    return value


def _public_https(value: str) -> str:
    """Scriptix calls no address of a private network, none given as a number, and nothing but https."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    named = (
        "." in host and not _is_number(host) and value.isascii() and value.isprintable() and " " not in value
    )
    if not named or parts.scheme != "https":
        raise ValueError("must be an https:// address with the name of a public server")
    return value


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _header(value: str) -> str:
    name, colon, rest = value.partition(":")
    named = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    if not (colon and named and rest.strip() and value.isascii() and value.isprintable()):
        raise ValueError("must be a header such as “X-Room: boardroom”")
    return value


def _small(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(json.dumps(value)) > LARGEST_DOCUMENT:
        raise ValueError(f"must be no longer than {LARGEST_DOCUMENT} characters as JSON")
    return value


Token = Annotated[SecretStr, AfterValidator(_token)]
_Url = Annotated[str, Field(max_length=2_000), AfterValidator(_public_https)]
_Header = Annotated[str, Field(max_length=1_000), AfterValidator(_header)]
_Key = Annotated[str, Field(min_length=1, max_length=100)]
_Value = Annotated[str, Field(max_length=1_000)]


class ScriptixAccount(NetworkAccount):
    """Tokens made at scriptix.app; each kind serves its own mode."""

    realtime_token: Token | None = Field(
        default=None, title="Realtime token", description="For captions while people speak."
    )
    batch_token: Token | None = Field(
        default=None, title="Batch token", description="For transcripts that come after the meeting."
    )

    @model_validator(mode="after")
    def _some_token(self) -> Self:
        if self.realtime_token is None and self.batch_token is None:
            raise ValueError("needs a realtime_token, a batch_token, or both")
        return self


class ScriptixOptions(VendorModel):
    """Options of a room that Scriptix hears."""

    mode: Literal["realtime", "batch"] = Field(
        default="realtime",
        title="Mode",
        json_schema_extra={
            "labels": {"realtime": "Captions while people speak", "batch": "A transcript after the meeting"}
        },
    )
    partial: bool = Field(default=True, title="Show words while they are spoken")
    actual_numbers: bool = Field(default=False, title="Write numbers in digits")
    type: Literal["fast", "quality"] | None = Field(
        default=None,
        title="Recognition",
        json_schema_extra={"labels": {"fast": "Fast", "quality": "Precise"}},
    )
    punctuation: bool = Field(
        default=True, title="Punctuation", description="Of a transcript after the meeting."
    )
    keep_source: bool = Field(
        default=False,
        title="Scriptix keeps the recording",
        description="For its editors, at a lower quality. Of a transcript after the meeting.",
        json_schema_extra=ADVANCED,
    )
    multichannel: bool = Field(
        default=False,
        title="Each channel on its own",
        description="The box records one channel; this is for media_source.",
        json_schema_extra=ADVANCED,
    )
    media_source: _Url | None = Field(
        default=None,
        title="Scriptix fetches the sound here",
        description="Instead of the box's own recording, which is then not sent.",
        json_schema_extra=ADVANCED,
    )
    webhook_url: _Url | None = Field(
        default=None,
        title="Tell this address when a transcript is done",
        json_schema_extra=ADVANCED,
    )
    webhook_method: Literal["POST", "PUT"] | None = Field(
        default=None, title="How to tell it", json_schema_extra=ADVANCED
    )
    webhook_headers: tuple[_Header, ...] = Field(
        default=(), max_length=20, title="Headers to tell it with", json_schema_extra=ADVANCED
    )
    document: Annotated[dict[str, JsonValue], AfterValidator(_small)] | None = Field(
        default=None,
        title="Make a document",
        description="As Scriptix's CreateDocument says.",
        json_schema_extra=ADVANCED,
    )
    meta_data: dict[_Key, _Value] = Field(
        default={}, max_length=20, title="Notes that Scriptix keeps with it", json_schema_extra=ADVANCED
    )

    @model_validator(mode="after")
    def _webhook(self) -> Self:
        if self.webhook_url is None and (self.webhook_method or self.webhook_headers):
            raise ValueError("webhook_method and webhook_headers need a webhook_url")
        return self
