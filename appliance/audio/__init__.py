"""The sense of hearing: microphones and WAV files, made into the frames that the rest of the box uses."""

from appliance.audio.listener import Listener, listen
from appliance.audio.loudspeaker import Loudspeaker
from appliance.audio.microphone import NO_SOUND, Microphone, microphones
from appliance.audio.quality import Quality
from appliance.audio.source import SoundError

__all__ = [
    "NO_SOUND",
    "Listener",
    "Loudspeaker",
    "Microphone",
    "Quality",
    "SoundError",
    "listen",
    "microphones",
]
