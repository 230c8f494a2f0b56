"""What an administrator can set of Stenomatic."""

import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from appliance.settings.addresses import refuse_nobodys
from appliance.settings.schemas import ADDRESS, ADVANCED, ITS_OWN
from appliance.vendors.contract import NetworkAccount, VendorModel

CHUNK_SECONDS: Final = 0.1

LANGUAGES: Final = "https://api.stenomatic.com/api/v1/languages"


def _key(secret: SecretStr) -> SecretStr:
    """It travels in a header: anything else than visible ASCII cannot be a key, only a slip of the hand."""
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be letters, digits and signs without spaces")
    return secret


def _target(value: str) -> str:
    parts = re.fullmatch(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
    if not parts or not 0 < int(parts[2]) < 65_536:
        raise ValueError("must be a host and a port such as api.stenomatic.com:443")
    refuse_nobodys(parts[1])
    return value


def _page(value: str) -> str:
    if not re.fullmatch(r"https://[^\s{}]+\{room_id\}[^\s{}]*", value):
        raise ValueError("must be an https address with {room_id} in it, such as https://example.com/{room_id}")
    return value


Key = Annotated[SecretStr, AfterValidator(_key)]
RoomId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$", max_length=100)]
PageTemplate = Annotated[str, AfterValidator(_page), Field(max_length=500)]
Phrase = Annotated[str, Field(min_length=1, max_length=100)]


class StenomaticAccount(NetworkAccount):
    """The keys of a customer; live captions take either of them, the API key first."""

    api_key: Key | None = Field(
        default=None, min_length=1, max_length=512, title="API key", description="For captions."
    )
    developer_key: Key | None = Field(
        default=None,
        min_length=1,
        max_length=512,
        title="Developer key",
        description="For rooms, and for captions where no API key is given.",
    )
    client_id: str | None = Field(
        default=None, min_length=1, max_length=100, title="Client ID", description="For rooms."
    )
    room_page_template: PageTemplate | None = Field(
        default=None,
        title="Address of a room's page",
        description="With {room_id} where the room's ID stands; Stenomatic tells it.",
        json_schema_extra=ADVANCED,
    )
    grpc_target: Annotated[str, AfterValidator(_target)] = Field(
        default="api.stenomatic.com:443",
        max_length=260,
        title="Host and port of the live captions",
        json_schema_extra={**ADVANCED, **ADDRESS},
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not (self.api_key or self.developer_key):
            raise ValueError("Stenomatic needs an api_key or a developer_key")
        return self

    @property
    def key(self) -> SecretStr:
        """The key that live captions are asked for with."""
        key = self.api_key or self.developer_key
        assert key
        return key

    @property
    def target(self) -> str:
        """Host and port of the live captions."""
        if self.base_url is None:
            return self.grpc_target
        base = urlsplit(self.base_url)
        return base.netloc if base.port else f"{base.netloc}:{443 if self.secure else 80}"

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken: always, but to this machine."""
        return self.base_url is None or urlsplit(self.base_url).scheme in ("https", "wss")


class StenomaticOptions(VendorModel):
    """Options of a room that Stenomatic hears."""

    mode: Literal["grpc", "rtmps"] = Field(
        default="grpc",
        title="Way to Stenomatic",
        description="Over RTMPS no captions come back: they are read on Stenomatic's page of the room.",
        json_schema_extra={
            "labels": {"grpc": "Captions here (gRPC)", "rtmps": "Captions on Stenomatic's page (RTMPS)"}
        },
    )
    room_id: RoomId | None = Field(default=None, title="Room at Stenomatic", description="RTMPS needs it.")
    speaker_name: str | None = Field(default=None, min_length=1, max_length=100, title="Name of the speaker")
    phrases: tuple[Phrase, ...] = Field(default=(), max_length=100, title="Names and terms that will be said")
    video: Literal["none", "black"] = Field(
        default="none",
        title="Picture",
        description="For RTMPS, should Stenomatic not take sound without one.",
        json_schema_extra={**ADVANCED, "labels": {"none": "None", "black": "A black one"}},
    )
    room_page_template: PageTemplate | None = Field(
        default=None,
        title="Address of the room's page",
        description="With {room_id} where the room's ID stands; instead of the account's.",
        json_schema_extra=ADVANCED,
    )
    in_step: str | None = Field(
        default=None,
        max_length=100,
        title="What both sides last agreed on",
        description="The box writes this.",
        json_schema_extra=ITS_OWN,
    )


def page_of(account: StenomaticAccount, options: StenomaticOptions) -> str | None:
    """The page of a room, where anybody has said where such pages are."""
    template = options.room_page_template or account.room_page_template
    if template is None or options.room_id is None:
        return None
    return template.replace("{room_id}", options.room_id)
