"""Walks a person through every button, light and screen, and says what is broken."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from queue import Empty, Queue
from threading import Event
from time import monotonic, sleep
from typing import Final, Protocol

from PIL import Image

from appliance.panel.fonts import Fonts
from appliance.panel.front import Parts
from appliance.panel.gestures import ButtonName, Edge
from appliance.panel.lights import BLUE, DARK, GREEN, RED, WHITE, Lamp, Lights, steady
from appliance.panel.oled import NoOled, OledWriter
from appliance.panel.pins import Pins
from appliance.panel.screens import Screens
from appliance.panel.typesetting import Typesetter
from appliance.settings.models import Panel

PRESS_SECONDS: Final = 15.0
"""How long a person has to press a button, and to let go of it."""

SHOW_SECONDS: Final = 5.0
"""How long the light has to take a colour, and the display a picture."""

_QUIET_SECONDS: Final = 0.15
"""Without an edge: the finger has gone and the contact has come to rest."""

_BOUNCE_SECONDS: Final = 0.03
"""Between two edges; what is further apart was the finger."""

_COLOURS: Final = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}


class Person(Protocol):
    """Who presses, looks and answers."""

    def hear(self, sentence: str) -> None:
        """Be told something."""

    def sees(self, question: str) -> bool:
        """Answer whether something is to be seen."""

    def press(self, button: ButtonName) -> None:
        """Be asked to press a button and let go of it; may return before it is done."""


class Walkthrough:
    """One walk over an opened panel.

    Args:
        parts: the panel.
        settings: how it should be.
        person: walks along.
    """

    def __init__(self, parts: Parts, settings: Panel, person: Person) -> None:
        self._settings = settings
        self._person = person
        self._pins = parts.pins
        self._edges: Queue[Edge] = Queue()
        self._shown = Event()
        self._lamp = Lamp(parts.pins.led, self._shown.set)
        oled = settings.oled
        self._oled = OledWriter(oled, parts.wire, self._shown.set) if parts.wire else NoOled(oled)
        self._screens = Screens(Typesetter(Fonts()), (oled.width, oled.height))

    def walk(self) -> list[str]:
        """Go through it all; what is broken, a sentence each."""
        self._pins.listen(self._edges.put)
        self._lamp.start()
        self._oled.start()
        try:
            return [*self._buttons(), *self._light(), *self._glass()]
        finally:
            self._oled.stop(self._blank)
            self._lamp.stop()
            self._pins.close()

    def _buttons(self) -> Iterator[str]:
        for button in ButtonName:
            fault = self._button(button)
            self._person.hear(fault or "Felt.")
            if fault:
                yield fault

    def _button(self, button: ButtonName) -> str | None:
        """Why a button does not work; None if it does."""
        pin = self._pins.numbers[button]
        stuck = f"The {button} button stays down: check that it opens, and that GPIO{pin} is not joined to GND."
        if button in self._pins.held:
            return stuck
        self._forget_edges()
        self._person.press(button)
        edges = self._touch()
        if not edges:
            return f"The {button} button was not felt: check its wires to GPIO{pin} and GND."
        if any(edge.button is not button for edge in edges):
            other = next(edge.button for edge in edges if edge.button is not button)
            return f"The {other} button was felt instead of the {button} button: swap their wires or pins."
        if edges[-1].down:
            return stuck
        if (bounced := bounce(edges)) > self._settings.times.debounce:
            enough = min(0.1, round(1.5 * bounced, 3))
            return (
                f"The {button} button bounces for {1000 * bounced:.0f} ms:"
                f" set debounce = {enough} under [panel.times], or change the button."
            )
        return None

    def _touch(self) -> list[Edge]:
        """The edges of one press, until the contact rests with the button up or time is over."""
        edges: list[Edge] = []
        deadline = monotonic() + PRESS_SECONDS
        while (left := deadline - monotonic()) > 0:
            resting = edges and not edges[-1].down
            try:
                edges.append(self._edges.get(timeout=min(left, _QUIET_SECONDS) if resting else left))
            except Empty:
                break
        return edges

    def _forget_edges(self) -> None:
        while not self._edges.empty():
            self._edges.get_nowait()

    def _light(self) -> Iterator[str]:
        many = f", all {self._settings.leds.count} LEDs" if self._settings.leds.on_spi else ""
        for name, colour in self._colours().items():
            if not self._shine(colour):
                yield self._lamp.warning or "The light does not answer: unplug the box and plug it in again."
                return
            if not self._person.sees(f"The light is {name} now{many}: do you see it?"):
                yield f"The light does not shine {name}: {self._remedy(name)}"
        if self._colours() and self._shine(DARK) and not self._person.sees("The light is off now: is it dark?"):
            yield "The light does not go off: check common under [panel.leds], and its wires."

    def _colours(self) -> dict[str, Lights]:
        """What the light of the settings can show."""
        leds = self._settings.leds
        if leds.on_spi or len(leds.pins) == len(Lights._fields):
            return _COLOURS
        return {name: colour for name, colour in _COLOURS.items() if name in leds.pins}

    def _remedy(self, name: str) -> str:
        leds = self._settings.leds
        if leds.on_spi:
            return "check its power, its wires to GPIO10 and GPIO11, and kind and count under [panel.leds]."
        pins = ", ".join(f"GPIO{pin}" for colour, pin in leds.pins.items() if name in (colour, "white"))
        return f"check the LED, its resistors and wires to {pins}, and common under [panel.leds]."

    def _shine(self, colour: Lights) -> bool:
        self._lamp.show(steady(colour))
        return self._wait(lambda: self._lamp.lights == colour or self._lamp.warning) and not self._lamp.warning

    def _glass(self) -> Iterator[str]:
        if isinstance(self._oled, NoOled):
            return
        for screen, question in (
            (self._lit, "The display is lit all over now: do you see it, without dark lines or spots?"),
            (
                partial(self._screens.farewell, "Captionbox"),
                "The display says “Captionbox” now: can you read it?",
            ),
            (self._blank, "The display is dark now: is it?"),
        ):
            if not self._show(screen):
                yield self._oled.warning or "The display takes no picture: unplug the box and plug it in again."
                return
            if not self._person.sees(question):
                yield "The display shows something else: check device, width and height under [panel.oled]."
                return

    def _show(self, screen: Callable[[], Image.Image]) -> bool:
        number = self._oled.number
        self._oled.show(screen)
        return self._wait(lambda: self._oled.number > number or self._oled.warning) and not self._oled.warning

    def _wait(self, true: Callable[[], object]) -> bool:
        """Wait for something that light or display tell; whether it came."""
        deadline = monotonic() + SHOW_SECONDS
        while not (come := true()) and (left := deadline - monotonic()) > 0:
            self._shown.wait(left)
            self._shown.clear()
        return bool(come)

    def _lit(self) -> Image.Image:
        return Image.new("1", (self._settings.oled.width, self._settings.oled.height), 1)

    def _blank(self) -> Image.Image:
        return Image.new("1", (self._settings.oled.width, self._settings.oled.height))


class Robot:
    """Walks along a simulated panel, where the walk itself sees what is shown.

    Args:
        pins: whose buttons it presses.
        tell: is told what a person would hear.
    """

    def __init__(self, pins: Pins, tell: Callable[[str], None]) -> None:
        self._pins = pins
        self._tell = tell

    def hear(self, sentence: str) -> None:
        """Pass it on."""
        self._tell(sentence)

    def sees(self, question: str) -> bool:
        """Yes: what was not shown was not asked for."""
        self._tell(f"{question} Yes (simulated).")
        return True

    def press(self, button: ButtonName) -> None:
        """Press as fast as a finger can."""
        self._tell(f"The {button} button is pressed (simulated).")
        self._pins.press(button)
        sleep(2 * _BOUNCE_SECONDS)
        self._pins.release(button)


def bounce(edges: list[Edge]) -> float:
    """For how many seconds a contact bounced at the most, after it went down or came up."""
    trains = [[edge] for edge in edges[:1]]
    for before, after in pairwise(edges):
        if after.at - before.at > _BOUNCE_SECONDS:
            trains.append([])
        trains[-1].append(after)
    # A train of an even number ends as it began: that was a tap.
    return max((train[-1].at - train[0].at for train in trains if len(train) % 2), default=0.0)
