"""Keeps the glass up to date from a thread of its own: a slow or broken display never holds up anything."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import Final

from PIL import Image

from appliance.panel.display import Display, NoSuchDisplay, Wire, trouble
from appliance.settings.models import Oled

RETRY_SECONDS: Final = 5.0
"""Between two attempts to reach a display that does not answer."""

REOPEN_SECONDS: Final = 60.0
"""After which a display that cannot answer is opened anew: it may have been pulled out and put back."""

STOP_SECONDS: Final = 1.0
"""How long the end of the box waits for a display that is stuck."""

BRIGHT: Final = 0xCF
DIM: Final = 0x10
"""For a glass that nobody looks at: it ages by light."""

SHIFT_SECONDS: Final = 60.0
"""After which the picture moves a pixel on, so that no pixel is lit for a whole meeting."""

SHIFTS: Final = ((0, 0), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
"""Pixels to the right and down; screens leave that much dark at their edges."""

Screen = Callable[[], Image.Image]
"""Draws a picture of mode ``1`` in the size of the glass; called in the thread."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    screen: Screen
    dim: bool


class OledWriter:
    """Shows screens, of those asked for only the latest, and writes nothing when nothing changed.

    Args:
        settings: which display.
        wire: where it is.
        changed: called in the thread when the picture or the warning changed.

    Attributes:
        warning: why the glass stays dark: one plain sentence.
        number: grows by one a picture.
    """

    def __init__(self, settings: Oled, wire: Wire, changed: Callable[[], None]) -> None:
        self.warning: str | None = None
        self.number = 0
        self._settings = settings
        self._wire = wire
        self._changed = changed
        self._picture = Image.new("1", (settings.width, settings.height))
        self._wanted: _Wanted | None = None
        self._taken: _Wanted | None = None
        self._began = monotonic()
        self._stopped = False
        self._asked = Condition()
        self._thread = Thread(target=self._work, name="panel-oled", daemon=True)

    @property
    def bytes_sent(self) -> int:
        """Bytes that went to the display since the box started."""
        return self._wire.bytes_sent

    def picture(self) -> Image.Image:
        """A copy of what is on the glass."""
        return self._picture.copy()

    def start(self) -> None:
        """Open the display and begin to write."""
        self._thread.start()

    def show(self, screen: Screen, *, dim: bool = False) -> None:
        """Have a screen drawn and written soon, bright or dim; never waits."""
        with self._asked:
            self._wanted = _Wanted(screen, dim)
            self._asked.notify()

    def stop(self, farewell: Screen) -> None:
        """Leave a last screen on the glass, dim, and end the thread; waits a second at most."""
        with self._asked:
            self._wanted = _Wanted(farewell, dim=True)
            self._stopped = True
            self._asked.notify()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            _log.warning("The display is stuck; leaving it as it is.")

    def _work(self) -> None:
        while not self._stopped or self._wanted is not self._taken:
            try:
                with closing(Display(self._settings, self._wire)) as display:
                    self._warn(None)
                    self._write(display)
            except Exception as fault:  # noqa: BLE001 - whatever a display does, captions go on
                self._warn(trouble(self._settings, fault), fault)
                if isinstance(fault, NoSuchDisplay):
                    return
                with self._asked:
                    if self._asked.wait_for(lambda: self._stopped, RETRY_SECONDS):
                        return

    def _write(self, display: Display) -> None:
        """Show what is asked for until the end, or until the display is to be opened anew."""
        self._taken = None
        shown, dim = Image.new("1", self._picture.size), None
        opened = monotonic()
        while wanted := self._next():
            if wanted.dim != dim:  # before the picture: a person who presses a button waits for light
                dim = wanted.dim
                display.shine(DIM if dim else BRIGHT)
            picture = shifted(wanted.screen(), int((monotonic() - self._began) / SHIFT_SECONDS))
            if picture != shown:
                display.show(picture)
                self._picture = shown = picture
                self.number += 1
                self._changed()
            if not self._wire.answers and monotonic() >= opened + REOPEN_SECONDS:
                return

    def _next(self) -> _Wanted | None:
        """The latest screen, as soon as there is one that was not taken yet; None at the end."""
        with self._asked:
            self._asked.wait_for(lambda: self._stopped or self._wanted is not self._taken)
            wanted = self._wanted if self._wanted is not self._taken else None
            self._taken = self._wanted
            return wanted

    def _warn(self, sentence: str | None, fault: Exception | None = None) -> None:
        if sentence != self.warning:
            self.warning = sentence
            _log.warning("%s", sentence or "The display works again.")
            _log.debug("What the display said", exc_info=fault)
            self._changed()


def shifted(picture: Image.Image, step: int) -> Image.Image:
    """A picture as it lies on the glass after so many steps."""
    glass = Image.new(picture.mode, picture.size)
    glass.paste(picture, SHIFTS[step % len(SHIFTS)])
    return glass


class NoOled:
    """A box without a display; the same interface."""

    def __init__(self, settings: Oled) -> None:
        self.warning: str | None = None
        self.number = 0
        self.bytes_sent = 0
        self._size = (settings.width, settings.height)

    def picture(self) -> Image.Image:
        """A dark glass."""
        return Image.new("1", self._size)

    def start(self) -> None:
        """Nothing to open."""

    def show(self, screen: Screen, *, dim: bool = False) -> None:
        """Nowhere to show it."""

    def stop(self, farewell: Screen) -> None:
        """Nothing to leave."""
