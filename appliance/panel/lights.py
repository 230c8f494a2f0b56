"""How the light says what the box is doing: one table, and the thread that animates it.

Colour is never the only sign: each state also has a rhythm or a brightness of its own.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final, NamedTuple

from appliance.state import State

FRAME_SECONDS: Final = 1 / 20
"""How often a fading light changes; a steady one costs nothing."""


class Lights(NamedTuple):
    """The colour of the RGB LED, each part from 0 to 1."""

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

LOOKS: Final = {
    State.IDLE: steady(WHITE.dimmed(0.1)),
    State.CONNECTING: Look((Step(BLUE.dimmed(0.1), 1, fades=True), Step(BLUE, 1, fades=True))),
    State.LIVE: steady(GREEN),
    State.MUTED: Look((Step(RED, 1.8), Step(DARK, 0.2))),
    State.RECONNECTING: Look((Step(AMBER, 0.2), Step(DARK, 0.2), Step(AMBER, 0.2), Step(DARK, 0.9))),
    State.FALLBACK: Look((Step(AMBER, 1), Step(GREEN.dimmed(0.3), 1))),
    State.FINISHING: Look((Step(BLUE, 1.5, fades=True), Step(DARK, 0.1))),
    State.FAULT: Look((Step(RED, 0.5), Step(DARK, 0.5))),
}
"""What each state looks like; `hw/README.md` says the same to people."""


class Lamp:
    """Animates the LED in a thread of its own; of the looks it is asked for only the latest counts.

    Args:
        led: a gpiozero RGBLED.
        changed: called in the thread after each change of the colour.

    Attributes:
        lights: the colour as it is on the pins now.
    """

    def __init__(self, led: Any, changed: Callable[[], None]) -> None:
        self.lights = DARK
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
        look = OFF
        began = monotonic()
        with self._asked:
            while not self._stopped:
                if look is not self._look:
                    look, began = self._look, monotonic()
                colour, lasts = look.at(monotonic() - began)
                self._shine(colour)
                self._asked.wait(lasts)
            self._shine(DARK)

    def _shine(self, colour: Lights) -> None:
        self._led.value = colour
        self.lights = Lights(*self._led.value)
        self._changed()
