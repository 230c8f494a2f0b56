"""The typed settings of a box, as an administrator writes them in ``settings.toml``."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from appliance.captions import language_tag

Language = Annotated[str, AfterValidator(language_tag)]
"""A BCP-47 tag, kept in its canonical form."""

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""The name of an account or a room in the settings: lower case letters, digits, - and _."""

_INPUT: Final = re.compile(r"microphone(:.+)?|file:.+")
_DURATION: Final = re.compile(r"(\d+)\s*([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _input(value: str) -> str:
    if not _INPUT.fullmatch(value):
        raise ValueError("write “microphone”, “microphone:NAME”, “file:PATH” or “file:PATH?loop”")
    return value


def _keep(value: str) -> str:
    if value not in ("off", "session") and not _DURATION.fullmatch(value):
        raise ValueError("write “off”, “session” or a duration such as “30d” or “12h”")
    return value


def _base_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    host = re.split(r"[:/?]", rest.removeprefix("["))[0] if not rest.startswith("[::1]") else "::1"
    local = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    if scheme in ("https", "wss") and host:
        return value.rstrip("/")
    if scheme in ("http", "ws") and local:
        return value.rstrip("/")
    raise ValueError("write https://… or wss://…; plain http:// and ws:// only to this machine (127.0.0.1)")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""Replaces scheme, host and port of every address of a vendor; plain text only to this machine."""

Gpio = Annotated[int, Field(ge=0, le=53)]
"""A pin by its BCM number."""


class Model(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Box(Model):
    """``[box]``."""

    name: str = Field("Captionbox", min_length=1, max_length=60)
    room: Key = "meeting-room"
    start: Literal["button", "boot"] = "button"


class Audio(Model):
    """``[audio]``."""

    input: Annotated[str, AfterValidator(_input)] = "microphone"


class Leds(Model):
    """``[panel.leds]``: the pins of one RGB LED."""

    red: Gpio = 22
    green: Gpio = 23
    blue: Gpio = 24


class Oled(Model):
    """``[panel.oled]``; any luma.oled device, or ``none``."""

    device: str = Field("ssd1306", pattern=r"^[a-z0-9_]+$")
    interface: Literal["i2c", "spi"] = "i2c"
    address: int = Field(0x3C, ge=0x03, le=0x77)
    width: int = Field(128, ge=64, le=256)
    height: int = Field(64, ge=16, le=128)


class Panel(Model):
    """``[panel]``."""

    driver: Literal["gpio", "simulated", "none"] = "gpio"
    button: Gpio = 17
    mute_button: Gpio = 27
    leds: Leds = Leds()
    oled: Oled = Oled()

    @model_validator(mode="after")
    def _pins_differ(self) -> Self:
        pins = [self.button, self.mute_button, self.leds.red, self.leds.green, self.leds.blue]
        for pin in pins:
            if pins.count(pin) > 1:
                raise ValueError(f"pin {pin} is used twice; every button and LED colour needs a pin of its own")
        return self


class Web(Model):
    """``[web]``."""

    host: str = "0.0.0.0"  # noqa: S104 - phones in the room read the captions; every route asks who it is
    port: int = Field(8080, ge=0, le=65535)
    viewers: Literal["code", "open"] = "code"


class Transcripts(Model):
    """``[transcripts]``."""

    keep: Annotated[str, AfterValidator(_keep)] = "30d"

    @property
    def age(self) -> timedelta | None:
        """How long a transcript is kept; None for ``off`` and ``session``."""
        match = _DURATION.fullmatch(self.keep)
        return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


class Spend(Model):
    """``[spend]``."""

    monthly_minutes: int = Field(0, ge=0)
    """0: no cap."""


class Account(Model):
    """``[accounts.X]``: one vendor's credentials; what else a vendor wants, its own model checks."""

    model_config = ConfigDict(extra="allow", frozen=True)

    vendor: Key
    base_url: BaseUrl | None = None
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, exclude=True)

    @property
    def fields(self) -> dict[str, Any]:
        """All that the vendor's account model is made from, the secrets included."""
        base = {"base_url": self.base_url} if self.base_url else {}
        return {**base, **(self.model_extra or {}), **self.secrets}


class Room(Model):
    """``[rooms.X]``: a named preset."""

    title: str = Field("Meeting room", min_length=1, max_length=60)
    account: Key = "on-device"
    from_language: Language = "en-US"
    to_languages: tuple[Language, ...] = ()
    fallback: Key | None = None
    options: Mapping[str, Any] = Field(default_factory=dict)


class Settings(Model):
    """All settings. What is not written has the default of a box fresh from its carton."""

    box: Box = Box()
    audio: Audio = Audio()
    panel: Panel = Panel()
    web: Web = Web()
    transcripts: Transcripts = Transcripts()
    spend: Spend = Spend()
    accounts: Mapping[Key, Account] = Field(default_factory=lambda: {"on-device": Account(vendor="local")})
    rooms: Mapping[Key, Room] = Field(default_factory=lambda: {"meeting-room": Room()})

    @model_validator(mode="before")
    @classmethod
    def _room_in_use(cls, data: Any) -> Any:
        """With rooms but no ``[box] room``, the first room is in use."""
        if isinstance(data, dict) and isinstance(rooms := data.get("rooms"), dict) and rooms:
            box = data.get("box", {})
            if isinstance(box, dict) and "room" not in box:
                return {**data, "box": {**box, "room": next(iter(rooms))}}
        return data

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        known = "known: " + ", ".join(self.accounts)
        for key, room in self.rooms.items():
            for name in filter(None, (room.account, room.fallback)):
                if name not in self.accounts:
                    raise ValueError(f"room “{key}” wants the account “{name}”, which does not exist; {known}")
        if self.box.room not in self.rooms:
            rooms = ", ".join(self.rooms)
            raise ValueError(f"the room in use “{self.box.room}” does not exist; known: {rooms}")
        return self

    @property
    def room(self) -> Room:
        """The room in use."""
        return self.rooms[self.box.room]
