"""What the API shows: plain dictionaries, ready for JSON, whose types the OpenAPI document is made from."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from appliance import __version__
from appliance.captions import language_name
from appliance.state import Sign, State, Status
from appliance.transcripts.transcript import Summary
from appliance.vendors.contract import AnyVendor, Delivery


class HealthView(TypedDict):
    """Whether the box turns."""

    status: str
    state: State


class BoxView(TypedDict):
    """Which box it is, and where its pages are."""

    name: str
    address: str


class RoomInUseView(TypedDict):
    """The room in use."""

    id: str
    title: str


class LanguageView(TypedDict):
    """A language: its BCP-47 tag, and its name in a language that people read."""

    tag: str
    name: str


LanguagesView = TypedDict("LanguagesView", {"from": LanguageView, "to": list[LanguageView]})


class MicrophoneLevelView(TypedDict):
    """How well the box hears: dBFS, and seconds of sound lost since the captioning began."""

    level: float
    lost: float


class SpendView(TypedDict):
    """Minutes sent through the account of the room this month."""

    minutes: float


class SetupView(TypedDict):
    """What the box's own screen tells whoever sets it up: where its pages are, and by which code.

    ``code`` is null once the box has an administrator. ``fingerprint`` is that of a certificate that the box
    made itself, in lines as people compare them; empty where there is none.
    """

    addresses: list[str]
    code: str | None
    fingerprint: list[str]


class StateView(TypedDict):
    """How the box is.

    ``claimed``: whether it has an administrator; ``setup``: whether its screens show how to set it up.
    """

    state: State
    reason: str | None
    warning: str | None
    sign: Sign
    claimed: bool
    setup: bool
    box: BoxView
    room: RoomInUseView
    languages: LanguagesView
    microphone: MicrophoneLevelView
    vendor: str
    spend: SpendView
    version: str


class MicrophoneView(TypedDict):
    """A device that can hear; ``name`` is what to write after ``microphone:`` in the settings."""

    name: str
    description: str
    rate: int
    channels: int
    default: bool


class VendorView(TypedDict):
    """What a vendor can do, and the JSON Schemas of what can be set of it.

    ``account_schema`` is of the vendor's own keys of an account, ``options_schema`` of a room's ``options``.
    """

    name: str
    title: str
    delivery: Delivery
    languages: list[str]
    translates: bool
    bills_by_time: bool
    account_schema: dict[str, Any]
    options_schema: dict[str, Any]


class CheckView(TypedDict):
    """What the check of an account found.

    ``kind`` is null where all is well, else ``configuration`` (a person must change something), ``busy`` (the
    vendor asks to wait) or ``lost`` (the vendor could not be reached, or made no sense).
    """

    ok: bool
    sentence: str
    kind: Literal["configuration", "busy", "lost"] | None


class TranscriptView(TypedDict):
    """A transcript in short; times are ISO 8601 and UTC, ``length`` is in seconds."""

    id: int
    room: str
    title: str
    language: str
    started_at: str
    ended_at: str | None
    length: float
    languages: list[str]
    segments: int


class TimedWordEntry(TypedDict):
    """A word, and when it was said: seconds since the transcript began."""

    text: str
    start: float
    end: float


class CaptionEntry(TypedDict):
    """A caption of a transcript; times are seconds since it began.

    ``late`` is there where the words came after the meeting, or after their place in it; ``words`` where the
    vendor told the times of each.
    """

    kind: Literal["caption"]
    segment: int
    revision: int
    language: str
    text: str
    final: bool
    start: float
    end: float
    translated_from: str | None
    late: NotRequired[bool]
    words: NotRequired[list[TimedWordEntry]]


class GapEntry(TypedDict):
    """A stretch of a transcript for which there are no words."""

    kind: Literal["gap"]
    start: float
    end: float
    reason: str


class TranscriptDocument(TranscriptView):
    """A transcript in full."""

    entries: list[CaptionEntry | GapEntry]


class DeletedView(TypedDict):
    """How many were deleted."""

    deleted: int


class TokenView(TypedDict):
    """An API token; its text was told when it was made, and is kept nowhere."""

    id: int
    name: str
    made_at: str


class NewTokenView(TypedDict):
    """A new API token: its text is told this once."""

    name: str
    token: str


def status_view(status: Status) -> StateView:
    """The body of ``GET /state`` and of the event ``state``."""
    room = status.room
    return {
        "state": status.state,
        "reason": status.reason,
        "warning": status.warning,
        "sign": status.sign,
        "claimed": status.claimed,
        "setup": status.shows_setup,
        "box": {"name": status.name, "address": status.address},
        "room": {"id": room.id, "title": room.title},
        "languages": {
            "from": _language(room.from_language),
            "to": [_language(tag) for tag in room.to_languages],
        },
        "microphone": {"level": round(status.microphone.level, 1), "lost": round(status.microphone.lost, 3)},
        "vendor": room.vendor,
        "spend": {"minutes": round(status.minutes, 1)},
        "version": __version__,
    }


def vendor_views(vendors: Mapping[str, AnyVendor]) -> list[VendorView]:
    """The body of ``GET /vendors``."""
    return [
        {
            "name": name,
            "title": vendor.manifest.title,
            "delivery": vendor.manifest.delivery,
            "languages": list(vendor.manifest.languages),
            "translates": vendor.manifest.translates,
            "bills_by_time": vendor.manifest.bills_by_time,
            "account_schema": vendor.account_model.model_json_schema(),
            "options_schema": vendor.options_model.model_json_schema(),
        }
        for name, vendor in vendors.items()
    ]


def transcript_view(summary: Summary) -> TranscriptView:
    """An entry of ``GET /transcripts``."""
    return {
        "id": summary.id,
        "room": summary.room,
        "title": summary.title,
        "language": summary.language,
        "started_at": summary.started_at.isoformat(timespec="milliseconds"),
        "ended_at": summary.ended_at.isoformat(timespec="milliseconds") if summary.ended_at else None,
        "length": round(summary.length, 3),
        "languages": list(summary.languages),
        "segments": summary.segments,
    }


def _language(tag: str) -> LanguageView:
    return {"tag": tag, "name": language_name(tag, tag)}
