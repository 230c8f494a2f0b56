"""What the box is doing, in the words that LEDs, OLED, pages and log all use. No I/O."""

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.sound import SILENCE_DBFS


class State(StrEnum):
    """What the box is doing."""

    IDLE = "idle"
    """Ready, not listening."""
    CONNECTING = "connecting"
    LIVE = "live"
    MUTED = "muted"
    RECONNECTING = "reconnecting"
    FALLBACK = "fallback"
    """Captioning, but not with the vendor that was chosen."""
    FINISHING = "finishing"
    """Draining the last words."""
    FAULT = "fault"
    """Needs a person; the reason says what and what to do."""


RESTING = frozenset({State.IDLE, State.FAULT})
"""The states in which no meeting is under way."""

LISTENING = frozenset(State) - RESTING - {State.MUTED}
"""The states in which the microphone may be open."""


class Command(StrEnum):
    """What a person or a program can ask of the box."""

    START = "start"
    STOP = "stop"
    TOGGLE = "toggle"
    MUTE = "mute"
    UNMUTE = "unmute"
    NEXT_ROOM = "next_room"
    SHOW_JOIN = "show_join"
    SHOW_SETUP = "show_setup"


class Sign(StrEnum):
    """What the screens show over the captions for a while."""

    NONE = "none"
    JOIN = "join"
    """The QR code that opens the captions on a phone."""
    SETUP = "setup"
    """The set-up code."""


class Fault(StrEnum):
    """What kind of trouble a fault is, for those who cannot read the reason from where they stand."""

    SETTINGS = "settings"
    """The settings or a vendor's key."""
    SOUND = "sound"
    """The microphone or a sound file."""
    CAP = "cap"
    """What may be spent is spent."""
    MISTAKE = "mistake"
    """The box's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomInUse:
    """The room whose settings are in use.

    Attributes:
        id: its key in the settings.
        title: what people see.
        from_language: BCP-47 tag of what is spoken.
        to_languages: BCP-47 tags it is translated to.
        vendor: which vendor hears it.
    """

    id: str
    title: str
    from_language: str
    to_languages: tuple[str, ...] = ()
    vendor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Microphone:
    """How well the box hears.

    Attributes:
        level: RMS level of the last frame in dBFS.
        lost: seconds of sound lost since the captioning began.
    """

    level: float = SILENCE_DBFS
    lost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All that a screen needs to say how the box is.

    Attributes:
        state: what it is doing.
        reason: why, for `State.FAULT`, `State.FALLBACK` and `State.RECONNECTING`: one plain sentence.
        fault: what kind of trouble it is, for `State.FAULT`; None where nobody knows.
        warning: what a person should know though captions go on: one plain sentence.
        sign: what is shown over the captions for a while.
        claimed: whether the box has an administrator.
        name: the name of the box.
        address: where its pages are found, such as ``http://192.0.2.7:8080``.
        room: the room in use.
        microphone: how well it hears.
        minutes: minutes sent to vendors this month.
    """

    state: State = State.IDLE
    reason: str | None = None
    fault: Fault | None = None
    warning: str | None = None
    sign: Sign = Sign.NONE
    claimed: bool = True
    name: str = ""
    address: str = ""
    room: RoomInUse = field(default_factory=lambda: RoomInUse(id="", title="", from_language="en-US"))
    microphone: Microphone = field(default_factory=Microphone)
    minutes: float = 0.0

    @property
    def shows_setup(self) -> bool:
        """Whether screens show how to set the box up: somebody asked for it, or nobody has done so yet."""
        waiting = not self.claimed and self.sign is Sign.NONE and self.state is State.IDLE
        return waiting or self.sign is Sign.SETUP
