"""What the scripts of the pages say; what stands in the pages themselves is in their templates."""

from typing import Any, Final

from appliance.captioning.captioning import BROADCAST, RECORDED
from appliance.i18n import N_, Translate
from appliance.state import State

FIXED: Final = (
    N_("The microphone was muted."),
    N_("The microphone could not be heard."),
    N_("The microphone delivers no sound: it is being started again."),
    N_("The microphone gives nothing but silence; is it switched off or muted at the microphone itself?"),
    N_("The microphone is too loud and distorts; turn it down or move it away from the speaker."),
    N_("The microphone hears the speaker very quietly; move it closer or turn it up."),
    N_("The box was too busy to hear the microphone."),
    N_("The speech vendor did not take the sound in time."),
    N_("The speech vendor did not say its last words."),
    N_("Someone is talking, but no words come from the speech vendor."),
    N_("The box made a mistake; press the button to start again."),
    RECORDED,
    BROADCAST,
    N_("Somebody is trying the microphone on the set-up page."),
)
"""What the box itself says as a reason or a warning and that never differs; all else it says stays English."""


def page_words(_: Translate) -> dict[str, Any]:
    """Everything the scripts say, as ``static/words.js`` reads it. A script fills in what is in braces."""
    return {
        "captions": _("Captions"),
        "titled": _("{room}: live captions"),
        "untitled": _("Live captions"),
        "gap": _("[{duration} without captions: {reason}]"),
        "restarted": _("[The box was restarted.]"),
        "listening": _("Listening…"),
        "nothingYet": _("What is said appears here."),
        "spoken": _("{language} (as spoken)"),
        "asSpoken": _("As spoken"),
        "none": _("None"),
        "states": {
            state: {"word": word, "sentence": sentence} for state, (word, sentence) in _states(_).items()
        },
        "connections": {
            "opening": {"word": _("Connecting"), "sentence": _("Connecting to the box…")},
            "down": {
                "word": _("Not connected"),
                "sentence": _("The box is not answering. Trying again…"),
            },
            "refused": {
                "word": _("Not let in"),
                "sentence": _("Scan the code on the box's screen to read its captions here."),
            },
        },
        "said": {sentence: _(sentence) for sentence in FIXED},
        "frontPanel": _("Front panel"),
        "panelOf": _("{box}: front panel"),
        "display": _("The box's display"),
        "displayShows": _("The box's display: {state}"),
        "lights": _lights(_),
    }


def _states(_: Translate) -> dict[State, tuple[str, str]]:
    """A word that is always there, and a sentence where the box gives no reason itself."""
    return {
        State.IDLE: (_("Ready"), _("Press the button on the box to start captions.")),
        State.CONNECTING: (_("Connecting"), _("Captions begin in a moment.")),
        State.LIVE: (_("Live"), ""),
        State.MUTED: (_("Muted"), _("The microphone is off. Press mute on the box to go on.")),
        State.RECONNECTING: (_("Reconnecting"), _("Captions will go on in a moment.")),
        State.FALLBACK: (
            _("Live on backup"),
            _("The usual service cannot be reached; another one is used."),
        ),
        State.FINISHING: (_("Finishing"), _("The last words are on their way.")),
        State.FAULT: (
            _("Needs attention"),
            _("The box cannot go on by itself; its own screen says why."),
        ),
    }


def _lights(_: Translate) -> dict[State, str]:
    return {
        State.IDLE: _("The light is dim white: ready."),
        State.CONNECTING: _("The light is blue, swelling: connecting."),
        State.LIVE: _("The light is steady green: live."),
        State.MUTED: _("The light is red, with a short break: muted."),
        State.RECONNECTING: _("The light is amber, blinking twice: reconnecting."),
        State.FALLBACK: _("The light is amber and green in turn: live on backup."),
        State.FINISHING: _("The light is blue, fading: finishing."),
        State.FAULT: _("The light is red, blinking: needs attention."),
    }
