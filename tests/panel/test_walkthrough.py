import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.panel import walkthrough
from appliance.panel.display import Wire
from appliance.panel.front import Parts, open_parts
from appliance.panel.gestures import ButtonName, Edge
from appliance.panel.pins import Pins
from appliance.panel.simulated import SimulatedPins
from appliance.panel.strips import Port, Strip
from appliance.panel.walkthrough import Robot, Walkthrough, bounce
from appliance.settings.models import Leds, Oled, Panel, Times
from tests.panel.bounces import TRACES, Trace
from tests.panel.chips import Ssd1306

Press = Callable[[Pins, ButtonName], None]


def well(pins: Pins, button: ButtonName) -> None:
    pins.press(button)
    time.sleep(0.05)
    pins.release(button)


class Scripted:
    """A person who presses as told, sees all but some things, and remembers what was said."""

    def __init__(self, pins: Pins, *, blind_to: str = "nothing", press: Press = well) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self._pins = pins
        self._blind_to = blind_to
        self._press = press

    def hear(self, sentence: str) -> None:
        self.said.append(sentence)

    def sees(self, question: str) -> bool:
        self.asked.append(question)
        return self._blind_to not in question

    def press(self, button: ButtonName) -> None:
        self._press(self._pins, button)


def walked(settings: Panel, **person: object) -> tuple[list[str], Scripted]:
    parts = open_parts(settings)
    scripted = Scripted(parts.pins, **person)  # type: ignore[arg-type] # passed on
    return Walkthrough(parts, settings, scripted).walk(), scripted


def test_a_panel_in_order_is_walked_through_to_the_end_and_nothing_is_called_broken() -> None:
    broken, person = walked(Panel(driver="simulated"))
    assert broken == []
    assert person.said == ["Felt.", "Felt."]
    assert [question.split(" now")[0] for question in person.asked] == [
        *(f"The light is {colour}" for colour in ("red", "green", "blue", "white", "off")),
        *("The display is lit all over", "The display says “Captionbox”", "The display is dark"),
    ]


def test_what_a_person_is_asked_about_is_on_light_and_glass_at_that_moment() -> None:
    chip, settings = Ssd1306(), Panel(driver="simulated")
    pins = SimulatedPins(settings)
    lit: list[tuple[list[float], int]] = []

    class Watching(Scripted):
        def sees(self, question: str) -> bool:
            levels = [float(pins.factory.pin(pin).state) for pin in settings.leds.pins.values()]
            lit.append((levels, sum(count for count, value in chip.picture().getcolors() or [] if value)))
            return super().sees(question)

    parts = Parts(pins, Wire(lambda: chip))
    assert Walkthrough(parts, settings, Watching(pins)).walk() == []
    assert [levels for levels, _ in lit[:5]] == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]
    everything, word, nothing = (pixels for _, pixels in lit[5:])
    assert everything > 128 * 64 * 0.95
    assert 0 < word < everything
    assert nothing == 0


def test_a_button_that_is_not_felt_is_named_with_its_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walkthrough, "PRESS_SECONDS", 0.3)

    def only_caption(pins: Pins, button: ButtonName) -> None:
        if button is ButtonName.CAPTION:
            well(pins, button)

    broken, person = walked(Panel(driver="simulated"), press=only_caption)
    assert broken == ["The mute button was not felt: check its wires to GPIO27 and GND."]
    assert person.said == ["Felt.", *broken]


def test_swapped_buttons_are_found() -> None:
    def swapped(pins: Pins, button: ButtonName) -> None:
        well(pins, next(other for other in ButtonName if other is not button))

    broken, _ = walked(Panel(driver="simulated"), press=swapped)
    assert [sentence.split(":")[0] for sentence in broken] == [
        "The mute button was felt instead of the caption button",
        "The caption button was felt instead of the mute button",
    ]


def test_a_button_that_sticks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walkthrough, "PRESS_SECONDS", 0.3)
    broken, _ = walked(Panel(driver="simulated"), press=lambda pins, button: pins.press(button))
    assert "The caption button stays down" in broken[0]


def test_a_button_whose_wire_touches_ground_is_found_before_anybody_is_asked_to_press_it() -> None:
    settings = Panel(driver="simulated")
    parts = open_parts(settings)
    parts.pins.press(ButtonName.CAPTION)
    person = Scripted(parts.pins)
    broken = Walkthrough(parts, settings, person).walk()
    assert broken == [
        "The caption button stays down: check that it opens, and that GPIO17 is not joined to GND."
    ]
    assert person.said == [*broken, "Felt."]


def test_a_button_that_bounces_longer_than_the_settings_allow_is_told_what_to_set() -> None:
    def rattling(pins: Pins, button: ButtonName) -> None:
        for _ in range(3):
            pins.press(button)
            time.sleep(0.004)
            pins.release(button)
            time.sleep(0.004)
        pins.press(button)
        time.sleep(0.06)
        pins.release(button)

    broken, _ = walked(Panel(driver="simulated", times=Times(debounce=0.01)), press=rattling)
    assert "bounces for" in broken[0]
    assert "set debounce = 0.0" in broken[0]


@pytest.mark.parametrize("trace", [trace for trace in TRACES if trace.presses == 1], ids=str)
def test_the_bouncing_that_is_measured_fits_the_debounce_of_the_trace(trace: Trace) -> None:
    assert bounce(trace.edges(ButtonName.MUTE)) <= trace.debounce


def test_a_tap_is_not_taken_for_bouncing() -> None:
    tap = [Edge(ButtonName.MUTE, down=True, at=1.0), Edge(ButtonName.MUTE, down=False, at=1.025)]
    assert bounce(tap) == 0


def test_a_colour_that_is_not_seen_is_named_with_its_pin() -> None:
    broken, _ = walked(Panel(driver="simulated"), blind_to="is green")
    (sentence,) = broken
    assert sentence.startswith(
        "The light does not shine green: check the LED, its resistors and wires to GPIO23"
    )


def test_a_light_that_does_not_go_off_is_found() -> None:
    broken, _ = walked(Panel(driver="simulated"), blind_to="is it dark")
    assert broken == ["The light does not go off: check common under [panel.leds], and its wires."]


def test_only_the_colours_that_an_led_has_are_asked_for() -> None:
    _, person = walked(Panel(driver="simulated", leds=Leds(green="none", blue="none")))
    assert [question for question in person.asked if "light" in question] == [
        "The light is red now: do you see it?",
        "The light is off now: is it dark?",
    ]


def test_all_leds_of_a_ring_are_asked_for() -> None:
    _, person = walked(Panel(driver="simulated", leds=Leds(kind="ws2812", count=12)))
    assert "The light is red now, all 12 LEDs: do you see it?" in person.asked


def test_a_ring_whose_bus_is_off_is_broken_without_asking_anybody() -> None:
    settings = Panel(driver="simulated", leds=Leds(kind="apa102"))

    def off(_rate: int) -> Port:
        raise FileNotFoundError(2, "No such file or directory")

    pins = SimulatedPins(settings)
    assert isinstance(pins.led, Strip)
    pins.led._spi = off
    person = Scripted(pins)
    broken = Walkthrough(Parts(pins, None), settings, person).walk()
    assert broken == ["The light does not work: switch SPI on with dtparam=spi=on in config.txt."]
    assert not person.asked


def test_a_box_without_light_and_display_is_asked_for_its_buttons_only() -> None:
    settings = Panel(driver="simulated", leds=Leds(kind="none"), oled=Oled(device="none"))
    pins = SimulatedPins(settings)
    person = Scripted(pins)
    assert Walkthrough(Parts(pins, None), settings, person).walk() == []
    assert not person.asked


def test_a_display_that_does_not_answer_is_broken_without_asking_anybody() -> None:
    def connect() -> Ssd1306:
        raise OSError(121, "Remote I/O error")

    settings = Panel(driver="simulated")
    pins = SimulatedPins(settings)
    person = Scripted(pins)
    (sentence,) = Walkthrough(Parts(pins, Wire(connect)), settings, person).walk()
    assert "No display answers" in sentence
    assert not any("display" in question for question in person.asked)


def test_a_display_that_shows_something_else_is_broken() -> None:
    broken, _ = walked(Panel(driver="simulated"), blind_to="can you read")
    assert "check device, width and height" in broken[0]


def test_a_simulated_panel_needs_nobody() -> None:
    settings = Panel(driver="simulated")
    parts = open_parts(settings)
    said: list[str] = []
    assert Walkthrough(parts, settings, Robot(parts.pins, said.append)).walk() == []
    assert "The mute button is pressed (simulated)." in said


AT_THE_BOX = """
import signal, sys, time
from threading import Thread
from appliance import cli
from appliance.panel import front
from appliance.panel.gpio import PinsBusy
from appliance.panel.simulated import SimulatedPins

def open_pins(settings):
    if busy:
        raise PinsBusy("Another program has the buttons.")
    pins = SimulatedPins(settings)
    def finger(number, _):
        def press():
            button = "caption" if number == signal.SIGUSR1 else "mute"
            pins.press(button)
            time.sleep(0.05)
            pins.release(button)
        Thread(target=press).start()
    signal.signal(signal.SIGUSR1, finger)
    signal.signal(signal.SIGUSR2, finger)
    return pins

front.open_pins = open_pins
busy = sys.argv[-1:] == ["busy"]
sys.argv = ["captionbox", "panel", "test", "--state", sys.argv[1]]
cli.main()
"""


class Terminal:
    """A terminal at which somebody walks through a panel of simulated pins that passes for a real one."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self._terminal = terminal
        self._read = ""
        self.process = process

    def until(self, text: str) -> str:
        """What is on the terminal, as soon as there is that text that was not read before."""
        while text not in self._read:
            self._read += os.read(self._terminal, 4096).decode()
        read, self._read = self._read.split(text, 1)
        return read + text

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())


@contextmanager
def at_the_box(tmp_path: Path, *more: str) -> Iterator[Terminal]:
    (tmp_path / "settings.toml").write_text('[panel.oled]\ndevice = "none"\n', "utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", AT_THE_BOX, str(tmp_path), *more]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def test_somebody_at_a_terminal_is_led_through_and_told_what_is_broken(tmp_path: Path) -> None:
    with at_the_box(tmp_path) as terminal:
        for name, finger in (("caption", signal.SIGUSR1), ("mute", signal.SIGUSR2)):
            terminal.until(f"Press the {name} button now, and let go of it…")
            terminal.process.send_signal(finger)
            terminal.until("Felt.")
        for colour, answer in (("red", "y"), ("green", "n"), ("blue", "y"), ("white", "y"), ("off", "y")):
            terminal.until(f"The light is {colour} now")
            terminal.until("[y/n]: ")
            terminal.type(answer + "\n")
        terminal.until("Broken:")
        terminal.until("- The light does not shine green: check the LED")
        assert terminal.process.wait(10) == 1


def test_the_walk_is_refused_in_one_sentence_while_the_box_runs(tmp_path: Path) -> None:
    with at_the_box(tmp_path, "busy") as terminal:
        said = terminal.until("systemctl stop captionbox")
        assert said.splitlines() == [
            "captionbox: The buttons and the light are in use; stop captionbox first: systemctl stop captionbox"
        ]
        assert terminal.process.wait(10) == 1


@pytest.mark.parametrize(
    ("more", "code", "sentence"), [([], 2, "--simulate"), (["--simulate"], 0, "All works.")]
)
def test_without_a_terminal_only_a_simulated_panel_is_tested(
    tmp_path: Path, more: list[str], code: int, sentence: str
) -> None:
    command = [sys.executable, "-m", "appliance", "panel", "test", "--state", str(tmp_path), *more]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )
    assert ran.returncode == code
    assert sentence in ran.stdout + ran.stderr
