"""What the API shows: plain dictionaries, ready for JSON."""

from typing import Any

from appliance import __version__
from appliance.captions import language_name
from appliance.state import Status


def status_view(status: Status) -> dict[str, Any]:
    """The body of ``GET /state`` and of the event ``state``."""
    room = status.room
    return {
        "state": status.state,
        "reason": status.reason,
        "warning": status.warning,
        "sign": status.sign,
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


def _language(tag: str) -> dict[str, str]:
    return {"tag": tag, "name": language_name(tag, tag)}
