"""The front panel: status and captions to the light and the glass, fingers to commands."""

import asyncio
import io
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

from luma.core.interface.serial import noop
from PIL import Image, ImageChops, ImageDraw

from appliance.board import Board
from appliance.captions import Caption, Gap
from appliance.i18n import N_, Translate
from appliance.panel.display import Wire, i2c_wire, spi_wire
from appliance.panel.farewell import farewell
from appliance.panel.fonts import Fonts
from appliance.panel.gestures import ButtonName, Edge, Gestures, HandsOnly, Order
from appliance.panel.gpio import NoPins, open_pins
from appliance.panel.lights import PRESSED, RESETTING, SAMPLE_SECONDS, Lamp, Lights, Look, Speech, look
from appliance.panel.oled import NoOled, OledWriter
from appliance.panel.pins import Pins
from appliance.panel.rollup import RollUp
from appliance.panel.screens import Scene, Screens
from appliance.panel.simulated import SimulatedPins, mock_factory
from appliance.panel.typesetting import Typesetter
from appliance.settings.models import Panel
from appliance.state import RESTING, Command, Sign, State, Status

BEAT_SECONDS: Final = 1.0

ORDERS: Final = 8
"""Orders that wait while the box is busy with one; what is pressed beyond that is dropped, and logged."""

_LET_GO: Final = N_("Let go, or all access is reset")

_JAMMED: Final = "The {} button stays down and is ignored: let go of it, or see what holds it down."

_FRAME: Final = 2
"""Pixels of the frame while a finger is on a button: screens leave one dark, so two show on a lit one too."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """How the panel looks now.

    Attributes:
        lights: the colour of the light.
        picture: number of the picture on the glass; it grows when the picture changes.
        warning: what of the panel does not work: one plain sentence.
    """

    lights: Lights
    picture: int
    warning: str | None


class FrontPanel:
    """The buttons, the light and the glass of the box, on real or simulated pins.

    Args:
        pins: the buttons and the light.
        settings: which display, its size, and what is a long press.
        wire: where the display is; None: there is none.
        warning: why the pins are not the real ones: one plain sentence.
        translate: gives the fixed words on the glass in the language of the box.
    """

    def __init__(
        self,
        pins: Pins,
        settings: Panel,
        wire: Wire | None,
        *,
        warning: str | None = None,
        translate: Translate = str,
    ) -> None:
        oled = settings.oled
        self._pins = pins
        self._pins_warning = warning
        self._lamp = Lamp(pins.led, self._changed)
        self.oled = OledWriter(oled, wire, self._changed) if wire else NoOled(oled)
        self._type = Typesetter(Fonts())
        self._screens = Screens(self._type, (oled.width, oled.height), translate=translate)
        self._translate = translate
        self._gestures = Gestures(settings.times)
        self._speech = Speech()
        self._live = asyncio.Event()
        self._rollup = RollUp()
        self._status = Status()
        self._since = monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._texts: Callable[[Sign], str] = str
        self._orders: asyncio.Queue[Order] = asyncio.Queue(ORDERS)
        self._watchers: set[asyncio.Event] = set()

    @property
    def warning(self) -> str | None:
        """What of the panel does not work, and what to do: one plain sentence."""
        jammed = next((_JAMMED.format(button) for button in self._gestures.jammed), None)
        return self._pins_warning or jammed or self.oled.warning or self._lamp.warning or self._type.warning

    @property
    def lights(self) -> Lights:
        """The colour of the light as it is now."""
        return self._lamp.lights

    @property
    def view(self) -> View:
        """How the panel looks now."""
        return View(self.lights, self.oled.number, self.warning)

    def picture(self) -> Image.Image:
        """A copy of what the glass shows, in mode ``1``."""
        return self.oled.picture()

    def png(self) -> bytes:
        """What the glass shows, as a PNG file."""
        file = io.BytesIO()
        self.picture().save(file, "PNG")
        return file.getvalue()

    def press(self, button: ButtonName) -> None:
        """Put a finger on a simulated button.

        Raises:
            NotSimulated: the buttons are real.
        """
        self._pins.press(button)

    def release(self, button: ButtonName) -> None:
        """Take the finger off; as `press`."""
        self._pins.release(button)

    async def changes(self) -> AsyncGenerator[View, None]:
        """How the panel looks, now and after each change; who is slow gets the latest only."""
        woken = asyncio.Event()
        self._watchers.add(woken)
        seen = None
        try:
            while True:
                woken.clear()
                if (view := self.view) != seen:
                    seen = view
                    yield view
                else:
                    await woken.wait()
        finally:
            self._watchers.discard(woken)

    async def run(
        self,
        board: Board,
        command: Callable[[Command], Awaitable[None]],
        texts: Callable[[Sign], str],
        reset: Callable[[], Awaitable[None]],
    ) -> None:
        """Show what is on the board and obey the buttons until cancelled, once; then leave “Off” on the glass.

        Args:
            board: the status and the captions.
            command: does what a button asked for.
            texts: gives the join link and the set-up code when they are shown.
            reset: resets the administrator's access, which only hands on the buttons can ask for.
        """
        self._loop = asyncio.get_running_loop()
        self._texts = texts
        self._lamp.start()
        self.oled.start()
        self._pins.listen(self._feel)
        self._gestures.begin(self._pins.held)
        self._wake()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(board), name="panel: board")
                tasks.create_task(self._obey(command, reset), name="panel: orders")
                tasks.create_task(self._beat(), name="panel: beat")
                tasks.create_task(self._swell(board), name="panel: speech")
        finally:
            if self._timer:
                self._timer.cancel()
            try:
                await asyncio.to_thread(self._close)
            finally:
                self._loop = None

    async def _follow(self, board: Board) -> None:
        async for events in board.watch():
            for event in events:
                match event.body:
                    case Status() as status:
                        self._take(status)
                    case Caption() | Gap() as item:
                        self._rollup.add(item)
            self._show()

    def _take(self, status: Status) -> None:
        self._rollup.follow(status)
        self._gestures.resting = status.state in RESTING
        self._gestures.muted = status.state is State.MUTED
        if _news(status) != _news(self._status):
            self._since = monotonic()
        self._status = status
        if status.state is State.LIVE:
            self._live.set()
        else:
            self._live.clear()
        self._shine()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._show()

    async def _swell(self, board: Board) -> None:
        """Let the light follow the microphone, whose level wakes no watcher of the board."""
        while True:
            await self._live.wait()
            self._speech.hear(board.status.microphone.level)
            self._shine()
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _obey(
        self, command: Callable[[Command], Awaitable[None]], reset: Callable[[], Awaitable[None]]
    ) -> None:
        while True:
            match await self._orders.get():
                case HandsOnly.RESET_ACCESS:
                    await reset()
                case Command() as order:
                    await command(order)

    def _show(self) -> None:
        scene = Scene(
            status=self._status,
            texts=self._rollup.texts,
            sign=self._sign,
            beat=int((monotonic() - self._since) / BEAT_SECONDS),
        )
        if self._gestures.resetting:
            self.oled.show(partial(self._screens.farewell, self._translate(_LET_GO)))
        elif self._gestures.active:
            self.oled.show(lambda: _framed(self._screens.draw(scene)))
        else:
            self.oled.show(partial(self._screens.draw, scene), dim=scene.dim)

    @property
    def _sign(self) -> str:
        """What the sign on the glass says; nothing where there is none."""
        sign = Sign.SETUP if self._status.shows_setup else self._status.sign
        return "" if sign is Sign.NONE else self._texts(sign)

    def _shine(self) -> None:
        self._lamp.show(self._look)

    @property
    def _look(self) -> Look:
        if self._gestures.resetting:
            return RESETTING
        if self._gestures.active:
            return PRESSED
        return self._speech.look if self._status.state is State.LIVE else look(self._status)

    def _feel(self, edge: Edge) -> None:
        """Called in a thread of the pins."""
        if loop := self._loop:
            loop.call_soon_threadsafe(self._touch, edge)

    def _touch(self, edge: Edge) -> None:
        self._react(self._gestures.edge(edge))

    def _tick(self) -> None:
        self._react(self._gestures.tick(monotonic()))

    def _react(self, orders: list[Order]) -> None:
        """Answer the finger with light and glass, pass orders on, and let time go on for the gestures."""
        self._since = monotonic()
        self._shine()
        self._show()
        self._wake()
        for order in orders:
            if self._orders.full():
                _log.warning("The box is busy; it ignores the button that asked for %s.", order)
            else:
                self._orders.put_nowait(order)
        if self._timer:
            self._timer.cancel()
        if self._loop and (due := self._gestures.due) is not None:
            self._timer = self._loop.call_later(due - monotonic(), self._tick)

    def _close(self) -> None:
        self.oled.stop(partial(self._screens.farewell, self._translate(farewell())))
        self._lamp.stop()
        self._pins.close()

    def _changed(self) -> None:
        """Called in the threads of the light and the glass."""
        if loop := self._loop:
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for woken in self._watchers:
            woken.set()


def _news(status: Status) -> tuple[object, ...]:
    """What a reader begins to read anew when it changes."""
    return status.state, status.reason, status.warning, status.sign


def _framed(picture: Image.Image) -> Image.Image:
    """A picture with its edge inverted: the box has felt the finger."""
    frame = Image.new("1", picture.size)
    ImageDraw.Draw(frame).rectangle((0, 0, picture.width - 1, picture.height - 1), outline=1, width=_FRAME)
    return ImageChops.logical_xor(picture, frame)


@dataclass(frozen=True, slots=True)
class Parts:
    """The hardware of a panel, opened.

    Attributes:
        pins: the buttons and the light.
        wire: where the display is; None: there is none.
        fault: why the pins are not the real ones.
    """

    pins: Pins
    wire: Wire | None
    fault: NoPins | None = None


def open_parts(settings: Panel) -> Parts:
    """The hardware that the settings ask for; simulated pins stand in for those that cannot be opened."""
    if settings.driver == "simulated":
        return Parts(SimulatedPins(settings), Wire(noop))
    if settings.driver == "none":
        return Parts(Pins(settings, mock_factory()), None)
    try:
        pins, fault = open_pins(settings), None
    except NoPins as why:
        pins, fault = Pins(settings, mock_factory()), why
    return Parts(pins, _wire(settings, pins), fault)


def open_panel(settings: Panel, *, translate: Translate = str) -> FrontPanel:
    """The panel that the settings ask for; what of it cannot be opened becomes its `warning`."""
    parts = open_parts(settings)
    warning = str(parts.fault) if parts.fault else None
    return FrontPanel(parts.pins, settings, parts.wire, warning=warning, translate=translate)


def _wire(settings: Panel, pins: Pins) -> Wire | None:
    if settings.oled.device == "none":
        return None
    return i2c_wire(settings.oled) if settings.oled.interface == "i2c" else spi_wire(pins.factory)
