"""The typed settings of a box, as an administrator writes them in ``settings.toml``."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from appliance.captions import language_tag
from appliance.i18n import LANGUAGES, SOURCE
from appliance.settings.addresses import base_url
from appliance.settings.schemas import ADDRESS, ADVANCED

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_INPUT: Final = re.compile(r"microphone(:.+)?|file:.+")
_DURATION: Final = re.compile(r"(\d{1,4})\s*([smhdw])")
_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that end a line or steer a terminal."""
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction in which all that follows is read."""
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError("must be a short name of lower case letters, digits, - and _")
    return value


def _plain(value: str) -> str:
    if any(unicodedata.category(sign) in _UNSEEN or sign in _TURNING for sign in value):
        raise ValueError(
            "must be plain text on one line, without control characters or marks that turn the writing round"
        )
    return value


def _input(value: str) -> str:
    if not _INPUT.fullmatch(value):
        raise ValueError('must be "microphone", "microphone:NAME", "file:PATH" or "file:PATH?loop"')
    return value


def _spoken_by_the_box(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
    return value


def _keep(value: str) -> str:
    if value not in ("off", "session") and not _DURATION.fullmatch(value):
        raise ValueError('must be "off", "session" or a duration such as "30d" or "12h"')
    return value


Language = Annotated[str, AfterValidator(language_tag), Field(json_schema_extra={"format": "language"})]
"""A BCP-47 tag, kept in its canonical form."""

Key = Annotated[str, AfterValidator(_key)]
"""The name of an account or a room in the settings: lower case letters, digits, - and _."""

Title = Annotated[str, AfterValidator(_plain), Field(min_length=1, max_length=60)]
"""What people read as a name: nothing in it is unseen, or makes what stands beside it read otherwise."""

BaseUrl = Annotated[str, AfterValidator(base_url), Field(json_schema_extra=ADDRESS)]
"""Replaces scheme, host and port of every address of a vendor; plain text only to this machine."""

Gpio = Annotated[int, Field(ge=0, le=53)]
"""A pin by its BCM number."""

LedPin = Gpio | Literal["none"]
"""The pin of a colour; ``none``: the LED does not have that colour."""

RESET_WARNING: Final = 3
"""Seconds for which the light warns, at the least, before both buttons have been held for a reset."""

_PIN: Final = "By its BCM number."
_PIN_OR_NONE: Final = "By its BCM number; none where the LED does not have this colour."
_I2C_PINS: Final = (2, 3)
_SPI_PINS: Final = (7, 8, 9, 10, 11)
_SPI_DISPLAY_PINS: Final = (25, 26)


def wrong(key: str, sentence: str) -> PydanticCustomError:
    """What a validator of several keys raises to say at which one the mistake is.

    Args:
        key: dotted, as seen from the model that is validated.
        sentence: what is wrong and what would be right.
    """
    return PydanticCustomError("wrong", "{error}", {"key": key, "error": sentence})


class Model(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Box(Model):
    """``[box]``."""

    name: Title = Field(
        "Captionbox",
        title="Name of the box",
        description="It stands on the box's display and on the big screen.",
    )
    room: Key = Field("meeting-room", title="Room in use")
    start: Literal["button", "boot"] = Field(
        "button",
        title="Captions begin",
        json_schema_extra={
            "labels": {
                "button": "When somebody presses the button",
                "boot": "As soon as the box is on",
            }
        },
    )
    language: Annotated[str, AfterValidator(_spoken_by_the_box)] = Field(
        SOURCE, title="Language of the box", description="In which the box's own display speaks to people."
    )
    """BCP-47 tag."""


class Audio(Model):
    """``[audio]``."""

    input: Annotated[str, AfterValidator(_input)] = Field("microphone", title="Microphone")
    idle_after: int = Field(
        60,
        ge=0,
        le=86_400,
        title="Rest after silence (seconds)",
        description="So long without speech, and a vendor that bills by time rests until somebody speaks;"
        " with 0 it never does.",
    )
    gain: int | None = Field(
        None,
        ge=0,
        le=100,
        title="Gain of the microphone (percent)",
        description="Leave empty to keep the microphone as it is.",
    )


class Leds(Model):
    """``[panel.leds]``: one RGB LED or single LEDs on pins, or a ring or row of them on SPI."""

    kind: Literal["rgb", "apa102", "ws2812", "none"] = Field(
        "rgb",
        title="Kind",
        json_schema_extra={
            "labels": {
                "rgb": "RGB or single LEDs on pins",
                "apa102": "Ring or row of APA102 on SPI",
                "ws2812": "Ring or row of WS2812 on SPI",
                "none": "None",
            }
        },
    )
    red: LedPin = Field(22, title="Pin of red", description=_PIN_OR_NONE)
    green: LedPin = Field(23, title="Pin of green", description=_PIN_OR_NONE)
    blue: LedPin = Field(24, title="Pin of blue", description=_PIN_OR_NONE)
    common: Literal["cathode", "anode"] = Field(
        "cathode",
        title="What the colours share",
        json_schema_extra={
            "labels": {"cathode": "The wire to GND (cathode)", "anode": "The wire to 3V3 (anode)"}
        },
    )
    count: int = Field(3, ge=1, le=64, title="Number of LEDs on SPI")
    brightness: float = Field(1.0, ge=0.01, le=1, title="Brightness", description="1 is full brightness.")

    @property
    def on_spi(self) -> bool:
        """Whether the LEDs are on the SPI bus, not on pins."""
        return self.kind in ("apa102", "ws2812")

    @property
    def pins(self) -> dict[str, int]:
        """The pin of each colour that has one, in the order red, green, blue."""
        pins = {"red": self.red, "green": self.green, "blue": self.blue} if self.kind == "rgb" else {}
        return {colour: pin for colour, pin in pins.items() if pin != "none"}


class Times(Model):
    """``[panel.times]``: the seconds that tell one press from another."""

    debounce: float = Field(0.02, ge=0.001, le=0.1, title="Bounce of a contact (seconds)")
    double: float = Field(0.4, ge=0.2, le=1, title="Double press within (seconds)")
    long: float = Field(1.0, ge=0.5, le=5, title="Long press (seconds)")
    setup: float = Field(5.0, ge=2, le=30, title="Both buttons held: set-up code (seconds)")
    reset: float = Field(
        15.0,
        ge=5,
        le=60,
        title="Both buttons held: reset (seconds)",
        description="Takes away the administrator's access, so that somebody can set the box up anew.",
    )

    @model_validator(mode="after")
    def _a_reset_can_be_seen_coming(self) -> Self:
        if self.reset < self.setup + RESET_WARNING:
            raise wrong("reset", f"must be at least {RESET_WARNING} seconds more than setup")
        return self


class Oled(Model):
    """``[panel.oled]``; any luma.oled device, or ``none``."""

    device: Key = Field(
        "ssd1306",
        title="Device",
        description="Its type as luma.oled calls it, such as ssd1306 or sh1106; none: no display.",
    )
    interface: Literal["i2c", "spi"] = Field(
        "i2c", title="Interface", json_schema_extra={"labels": {"i2c": "I2C", "spi": "SPI"}}
    )
    address: int = Field(
        0x3C,
        ge=0x03,
        le=0x77,
        title="Address on I2C",
        description="Most displays have 0x3c, some 0x3d.",
        json_schema_extra={"format": "hexadecimal"},
    )
    width: int = Field(128, ge=64, le=256, title="Width (pixels)")
    height: int = Field(64, ge=16, le=128, title="Height (pixels)")


class Panel(Model):
    """``[panel]``."""

    driver: Literal["gpio", "simulated", "none"] = Field(
        "gpio",
        title="Front panel",
        json_schema_extra={
            "labels": {
                "gpio": "Buttons, LEDs and display on the pins",
                "simulated": "Simulated on a page",
                "none": "None",
            }
        },
    )
    button: Gpio = Field(17, title="Pin of the button", description=_PIN)
    mute_button: Gpio = Field(27, title="Pin of the mute button", description=_PIN)
    leds: Leds = Field(Leds(), title="LEDs", description="The light that tells from afar how the box is.")
    oled: Oled = Field(Oled(), title="Display", description="The small display on the front.")
    times: Times = Field(
        Times(),
        title="Times of the buttons",
        description="What tells one kind of press from another.",
    )

    @model_validator(mode="after")
    def _pins_differ(self) -> Self:
        users = self._buses
        for key, pin in self._pins.items():
            if pin in users:
                raise wrong(key, f"pin {pin} is already that of {users[pin]}; each needs a pin of its own")
            users[pin] = key
        return self

    @model_validator(mode="after")
    def _one_listens_on_spi(self) -> Self:
        """LEDs have no chip select: they would take every picture for colours."""
        if self.leds.on_spi and self._oled_interface == "spi":
            raise wrong("leds.kind", "LEDs and a display cannot share SPI; use a display on I2C")
        return self

    @property
    def _pins(self) -> dict[str, int]:
        leds = {f"leds.{colour}": pin for colour, pin in self.leds.pins.items()}
        return {"button": self.button, "mute_button": self.mute_button, **leds}

    @property
    def _oled_interface(self) -> str | None:
        return None if self.oled.device == "none" else self.oled.interface

    @property
    def _buses(self) -> dict[int, str]:
        """The pins that a bus needs, and what for."""
        display, leds = "the display (panel.oled)", "the LEDs on SPI (panel.leds)"
        match self._oled_interface:
            case "i2c":
                users = dict.fromkeys(_I2C_PINS, display)
            case "spi":
                users = dict.fromkeys(_SPI_PINS + _SPI_DISPLAY_PINS, display)
            case _:
                users = {}
        return users | (dict.fromkeys(_SPI_PINS, leds) if self.leds.on_spi else {})


class Web(Model):
    """``[web]``."""

    host: str = Field(
        "0.0.0.0",  # noqa: S104 - phones in the room read the captions; every route asks who it is
        title="Listens at",
        description="0.0.0.0 is every network of the box, 127.0.0.1 the box alone.",
        json_schema_extra=ADVANCED,
    )
    port: int = Field(8080, ge=0, le=65535, title="Port", json_schema_extra=ADVANCED)
    viewers: Literal["code", "open"] = Field(
        "code",
        title="Who may read captions",
        json_schema_extra={
            "labels": {
                "code": "Whoever has the join link",
                "open": "Everybody on the network",
            }
        },
    )
    viewers_may_download: bool = Field(
        default=False,
        title="Readers may save the transcript",
        description="Whoever may read the captions may also keep what was said in the meeting.",
    )
    https: Literal["off", "self-signed", "files"] = Field(
        "off",
        title="Encrypted pages (https)",
        description="With a certificate of its own the box shows the fingerprint on its display.",
        json_schema_extra={
            **ADVANCED,
            "labels": {
                "off": "No",
                "self-signed": "With a certificate that the box makes itself",
                "files": "With a certificate of yours",
            },
        },
    )
    certificate: Path | None = Field(
        None,
        title="Certificate",
        description="A file on the box: PEM, followed by those between it and the root.",
        json_schema_extra=ADVANCED,
    )
    key: Path | None = Field(
        None,
        title="Key of the certificate",
        description="A file on the box: PEM, without a passphrase.",
        json_schema_extra=ADVANCED,
    )

    @model_validator(mode="after")
    def _files_are_named(self) -> Self:
        for name in ("certificate", "key"):
            if self.https == "files" and getattr(self, name) is None:
                raise wrong(name, 'must be the path of a PEM file where https = "files"')
        return self


class Transcripts(Model):
    """``[transcripts]``."""

    keep: Annotated[str, AfterValidator(_keep)] = Field(
        "30d",
        title="Keep transcripts",
        description="off: never write one; session: until captions end; or so long, such as 12h, 30d or 8w.",
    )

    @property
    def age(self) -> timedelta | None:
        """How long a transcript is kept; None for ``off`` and ``session``."""
        match = _DURATION.fullmatch(self.keep)
        return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


class Spend(Model):
    """``[spend]``."""

    monthly_minutes: int = Field(
        0,
        ge=0,
        title="Minutes a month, all accounts together",
        description="Then the box goes on by the fallback, or stops and says so; 0: no cap.",
    )


class Account(Model):
    """``[accounts.X]``: one vendor's credentials; what else a vendor wants, its own model checks."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    vendor: Key = Field(title="Vendor")
    base_url: BaseUrl | None = Field(None, title="Base address")
    monthly_minutes: int = Field(
        0,
        ge=0,
        title="Minutes a month",
        description="What may be sent through this account in a month; 0: no cap.",
    )
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, exclude=True)

    @property
    def fields(self) -> dict[str, Any]:
        """All that the vendor's account model is made from, the secrets included."""
        base = {"base_url": self.base_url} if self.base_url else {}
        return {**base, **(self.model_extra or {}), **self.secrets}


class Room(Model):
    """``[rooms.X]``: a named preset."""

    title: Title = Field("Meeting room", title="Name", description="What people see of the room.")
    account: Key = Field("on-device", title="Account")
    from_language: Language = Field("en-US", title="Spoken language")
    to_languages: tuple[Language, ...] = Field((), title="Translate to")
    fallback: Key | None = Field(
        None,
        title="Fallback",
        description="The account to use while the first one cannot be reached.",
        json_schema_extra={"labels": {"": "None: captions wait"}},
    )
    fallback_after: float = Field(
        5.0,
        ge=0,
        le=3_600,
        title="Fall back after (seconds)",
        description="So long may the first account be away before the fallback takes over.",
    )
    options: Mapping[str, Any] = Field(default_factory=dict, title="The vendor's own options")


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

    @field_validator("accounts", mode="before")
    @classmethod
    def _on_device_is_always_there(cls, accounts: Any) -> Any:
        """A room that names no account, or falls back, finds the on-device engine though nobody wrote it."""
        if not isinstance(accounts, dict):
            return accounts
        for name, account in accounts.items():
            if isinstance(account, dict) and "secrets" in account:
                raise wrong(f"{name}.secrets", f"belongs in secrets.toml, under [accounts.{name}]")
        return {"on-device": {"vendor": "local"}, **accounts}

    @field_validator("rooms", mode="before")
    @classmethod
    def _a_room_is_always_there(cls, rooms: Any) -> Any:
        return {"meeting-room": {}} if rooms == {} else rooms

    @model_validator(mode="before")
    @classmethod
    def _room_in_use(cls, data: Any) -> Any:
        """With rooms but no ``[box] room``, the first room is in use."""
        if not isinstance(data, dict):
            return data
        box, rooms = data.get("box", {}), data.get("rooms")
        if not isinstance(box, dict) or not isinstance(rooms, dict) or "room" in box:
            return data
        first = next(filter(_KEY.fullmatch, rooms), None)
        return {**data, "box": {**box, "room": first}} if first else data

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for key, room in self.rooms.items():
            _known(room.account, self.accounts, f"rooms.{key}.account", "account")
            _known(room.fallback or room.account, self.accounts, f"rooms.{key}.fallback", "account")
        _known(self.box.room, self.rooms, "box.room", "room")
        return self

    @property
    def room(self) -> Room:
        """The room in use."""
        return self.rooms[self.box.room]


def _known(name: str, names: Mapping[str, Any], key: str, what: str) -> None:
    if name not in names:
        likely = get_close_matches(name, names, n=1)
        hint = f'did you mean "{likely[0]}"?' if likely else "known: " + ", ".join(names)
        raise wrong(key, f'there is no {what} "{name}"; {hint}')
