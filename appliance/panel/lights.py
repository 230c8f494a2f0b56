"""How the light says what the box is doing: one table, and the thread that animates it.

Colour is never the only sign: each state also has a rhythm or a brightness of its own.
"""

import logging
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from threading import Condition, Thread
from time import monotonic
from typing import Final, NamedTuple, Protocol

from appliance.state import RESTING, Fault, State, Status

FRAME_SECONDS: Final = 1 / 20
"""How often a fading light changes; a steady one costs nothing."""

RETRY_SECONDS: Final = 5.0
"""Between two attempts to reach LEDs that do not work."""

QUIET_DBFS: Final = -50.0
LOUD_DBFS: Final = -20.0
"""Between these levels of the microphone the light follows speech."""

SAMPLE_SECONDS: Final = 0.1
"""How often the light looks at the level."""

_FALL_DB: Final = 3.0
"""How far the light may fall behind speech that ends, a sample: it swells at once and calms down slowly."""

_log = logging.getLogger(__name__)


class Lights(NamedTuple):
    """A colour of the light, each part from 0 to 1."""

    red: float
    green: float
    blue: float

    def dimmed(self, part: float) -> "Lights":
        """The same colour with `part` of its brightness."""
        return Lights(self.red * part, self.green * part, self.blue * part)


DARK: Final = Lights(0, 0, 0)
WHITE: Final = Lights(1, 1, 1)
RED: Final = Lights(1, 0, 0)
GREEN: Final = Lights(0, 1, 0)
BLUE: Final = Lights(0, 0, 1)
AMBER: Final = Lights(1, 0.4, 0)
CYAN: Final = Lights(0, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a rhythm.

    Attributes:
        colour: at its beginning.
        seconds: how long it lasts.
        fades: whether it glides to the colour of the next step.
    """

    colour: Lights
    seconds: float
    fades: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A rhythm that repeats; one step alone is a steady light."""

    steps: tuple[Step, ...]

    def at(self, elapsed: float) -> tuple[Lights, float | None]:
        """The colour after `elapsed` seconds, and the seconds until it changes (None: never)."""
        if len(self.steps) == 1:
            return self.steps[0].colour, None
        ends = list(accumulate(step.seconds for step in self.steps))
        elapsed %= ends[-1]
        number = bisect_right(ends, elapsed, hi=len(ends) - 1)
        step, left = self.steps[number], ends[number] - elapsed
        if not step.fades:
            return step.colour, left
        following = self.steps[(number + 1) % len(self.steps)]
        way = 1 - left / step.seconds
        mixed = (a + (b - a) * way for a, b in zip(step.colour, following.colour, strict=True))
        return Lights(*mixed), FRAME_SECONDS


def steady(colour: Lights) -> Look:
    """A light that does not change."""
    return Look((Step(colour, 1),))


OFF: Final = steady(DARK)

PRESSED: Final = steady(WHITE)
"""While a finger is on a button: the box has felt it."""

RESETTING: Final = Look((Step(RED, 0.17), Step(DARK, 0.17), Step(WHITE, 0.17), Step(DARK, 0.17)))
"""While both buttons are held and the access is about to be reset."""

_SPEECH: Final = tuple(steady(GREEN.dimmed(0.5 + 0.05 * step)) for step in range(11))
"""From silence to loud speech."""

LOOKS: Final = {
    State.IDLE: steady(WHITE.dimmed(0.1)),
    State.CONNECTING: Look((Step(BLUE.dimmed(0.1), 1, fades=True), Step(BLUE, 1, fades=True))),
    State.LIVE: _SPEECH[0],
    State.MUTED: Look((Step(RED, 1.8), Step(DARK, 0.2))),
    State.RECONNECTING: Look((Step(AMBER, 0.2), Step(DARK, 0.2), Step(AMBER, 0.2), Step(DARK, 0.9))),
    State.FALLBACK: Look((Step(AMBER, 1), Step(GREEN.dimmed(0.15), 1))),
    State.FINISHING: Look((Step(BLUE, 1.5, fades=True), Step(DARK, 0.1))),
    State.FAULT: Look((Step(RED, 0.5), Step(DARK, 0.5))),
}
"""What each state looks like; `hw/README.md` says the same to people."""

SETTING_UP: Final = Look((Step(CYAN, 0.5, fades=True), Step(CYAN.dimmed(0.2), 0.5, fades=True)))
"""While the set-up code is shown; in a meeting the light goes on saying whether the box listens."""

BLINKS: Final = {Fault.SETTINGS: 1, Fault.SOUND: 2, Fault.CAP: 3, Fault.MISTAKE: 4}
"""How often the light blinks before a pause, a number for each kind of fault."""


def _counted(blinks: int) -> Look:
    """Blinks that can be counted from across the room."""
    blink = (Step(RED, 0.25), Step(DARK, 0.35))
    return Look((*(blink * blinks), Step(DARK, 1.5)))


FAULTS: Final = {fault: _counted(blinks) for fault, blinks in BLINKS.items()}


def look(status: Status) -> Look:
    """What the light looks like at a status, in a silent room."""
    if status.shows_setup and status.state in RESTING:
        return SETTING_UP
    if status.state is State.FAULT and status.fault:
        return FAULTS[status.fault]
    return LOOKS[status.state]


class Speech:
    """The light of `State.LIVE`, which swells a little while somebody speaks."""

    def __init__(self) -> None:
        self._level = QUIET_DBFS

    @property
    def look(self) -> Look:
        """What the light looks like now."""
        loudness = (self._level - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS)
        return _SPEECH[round(loudness * (len(_SPEECH) - 1))]

    def hear(self, level: float) -> None:
        """Take in the level of the microphone now, in dBFS; `SAMPLE_SECONDS` after the one before."""
        self._level = min(max(level, self._level - _FALL_DB, QUIET_DBFS), LOUD_DBFS)


class Led(Protocol):
    """What shines: LEDs of one kind, which all show the same colour."""

    def shine(self, colour: Lights) -> None:
        """Show a colour; may raise whatever its library raises."""

    def trouble(self, fault: Exception) -> str:
        """Why it does not shine, and what to do: one plain sentence."""

    def close(self) -> None:
        """Give the hardware back."""


class Lamp:
    """Animates the LED in a thread of its own; of the looks it is asked for only the latest counts.

    Args:
        led: what shines.
        changed: called in the thread after each change of the colour.

    Attributes:
        lights: the colour as it is shown now, before the brightness of the settings.
        warning: why the light stays dark: one plain sentence.
    """

    def __init__(self, led: Led, changed: Callable[[], None]) -> None:
        self.lights = DARK
        self.warning: str | None = None
        self._led = led
        self._changed = changed
        self._look = OFF
        self._stopped = False
        self._asked = Condition()
        self._thread = Thread(target=self._animate, name="panel-lamp", daemon=True)

    def start(self) -> None:
        """Begin to shine."""
        self._thread.start()

    def show(self, look: Look) -> None:
        """Change over to a look, at once."""
        with self._asked:
            if look is not self._look:
                self._look = look
                self._asked.notify()

    def stop(self) -> None:
        """Go dark and end the thread."""
        with self._asked:
            self._stopped = True
            self._asked.notify()
        self._thread.join()

    def _animate(self) -> None:
        look, began = OFF, monotonic()
        lasts: float | None = 0.0
        while asked := self._next(look, lasts):
            if asked is not look:
                look, began = asked, monotonic()
            colour, lasts = look.at(monotonic() - began)
            self._shine(colour)
            lasts = RETRY_SECONDS if self.warning else lasts
        self._shine(DARK)

    def _next(self, shown: Look, lasts: float | None) -> Look | None:
        """The look to go on with, as soon as another is asked for or after a while; None at the end."""
        with self._asked:
            self._asked.wait_for(lambda: self._stopped or self._look is not shown, lasts)
            return None if self._stopped else self._look

    def _shine(self, colour: Lights) -> None:
        try:
            self._led.shine(colour)
        except Exception as fault:  # noqa: BLE001 - whatever an LED does, captions go on
            self._warn(self._led.trouble(fault), fault)
        else:
            self.lights = colour
            self._warn(None)
        self._changed()

    def _warn(self, sentence: str | None, fault: Exception | None = None) -> None:
        if sentence != self.warning:
            self.warning = sentence
            _log.warning("%s", sentence or "The light works again.")
            _log.debug("What the light said", exc_info=fault)
