"""What an administrator sets: typed models, loading, saving, secrets."""

from appliance.settings.models import (
    Account,
    Audio,
    BaseUrl,
    Box,
    Leds,
    Oled,
    Panel,
    Room,
    Settings,
    Spend,
    Times,
    Transcripts,
    Web,
)
from appliance.settings.problems import Problem, SettingsError, misplaced_secrets, problems_of
from appliance.settings.store import SettingsStore, load

__all__ = [
    "Account",
    "Audio",
    "BaseUrl",
    "Box",
    "Leds",
    "Oled",
    "Panel",
    "Problem",
    "Room",
    "Settings",
    "SettingsError",
    "SettingsStore",
    "Spend",
    "Times",
    "Transcripts",
    "Web",
    "load",
    "misplaced_secrets",
    "problems_of",
]
