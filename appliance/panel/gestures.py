"""What a finger meant: edges of the two buttons in, orders out. No I/O and no clock of its own.

=============  ==================================  ====================================================
Caption        pressed shortly                     start or stop
Caption        pressed twice within 0.4 s          show the join code
Caption        held for 1 s                        next room, while still held
Mute           pressed                             mute or unmute, at the press: silence is wanted now
Both           held for 5 s                        show the set-up code
Both           held for 15 s                       reset the administrator's access
=============  ==================================  ====================================================

Nobody waits for a start: at rest it comes with the first release, and if a second press makes it a double press
after all, it is taken back. A stop waits until no second press can come, for a stop that is taken back would
have lost words. Likewise a mute is taken back if the caption button joins it.

A button that was down before anybody listened, or stays down longer than any hand would hold it, is jammed: it
means nothing and disturbs nothing until it has come up again.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.settings.models import Times
from appliance.state import Command

WARNING_SECONDS: Final = 5.0
"""For which the light warns before a reset, so that a person can let go."""

JAM_SECONDS: Final = 10.0
"""For which a button may be held beyond the longest gesture; then no hand holds it."""


class ButtonName(StrEnum):
    """The buttons of the panel."""

    CAPTION = "caption"
    MUTE = "mute"


class HandsOnly(StrEnum):
    """What only a person at the box can ask of it, and no program."""

    RESET_ACCESS = "reset_access"


Order = Command | HandsOnly


@dataclass(frozen=True, slots=True)
class Edge:
    """A button went down or up, as the pin saw it, bounces included.

    Attributes:
        button: which one.
        down: whether it is pressed now.
        at: seconds on the monotonic clock.
    """

    button: ButtonName
    down: bool
    at: float


class _Contact:
    """Believes the first edge at once and then no other for a while; what the pin says after that counts."""

    def __init__(self, debounce: float, patience: float) -> None:
        self.down = False
        self.jammed = False
        self._debounce = debounce
        self._patience = patience
        self._pressed_at = 0.0
        self._last = Edge(ButtonName.CAPTION, down=False, at=0.0)
        self._quiet_until = 0.0

    @property
    def due(self) -> float | None:
        """When the pin is to be believed, if it says something new."""
        if self.jammed:
            return None if self._last.down else self._last.at
        return None if self._last.down == self.down else max(self._last.at, self._quiet_until)

    @property
    def jams_at(self) -> float | None:
        """When it has been down for too long."""
        return self._pressed_at + self._patience if self.down else None

    def hear(self, edge: Edge) -> None:
        self._last = edge

    def jam(self) -> None:
        """Count as up from now on; it is free again when the pin comes up."""
        self.jammed, self.down = True, False

    def settle(self, at: float) -> bool:
        """Believe what is due; whether that was something."""
        if self.due is None or at < self.due:
            return False
        self._quiet_until = self.due + self._debounce
        self.jammed, self.down = False, self._last.down
        self._pressed_at = at
        return True


class Gestures:
    """Turns edges and the passing of time into orders.

    Args:
        times: what is a double and what a long press.

    Attributes:
        resting: whether the box is idle or at fault, so that a press means a start.
        muted: whether the box is muted, so that mute means unmute.
        resetting: whether the access is reset in a moment unless a button is let go.
    """

    def __init__(self, times: Times) -> None:
        self.resting = True
        self.muted = False
        self.resetting = False
        self._times = times
        patience = times.reset + JAM_SECONDS
        self._contacts = {name: _Contact(times.debounce, patience) for name in ButtonName}
        self._long_at: float | None = None
        self._held: deque[tuple[float, Order | None]] = deque()
        """What comes next while both buttons are held, and when; None: the warning of a reset."""
        self._double_until: float | None = None
        self._started = False
        self._muting = Command.MUTE
        self._spent = False
        """This touch has meant something already; until all buttons are up it means nothing more."""

    @property
    def active(self) -> bool:
        """Whether a finger is on a button or what it meant is not yet certain."""
        waiting = self._double_until is not None and not self._started
        return waiting or any(contact.down for contact in self._contacts.values())

    @property
    def jammed(self) -> list[ButtonName]:
        """The buttons that something but a hand holds down."""
        return [name for name, contact in self._contacts.items() if contact.jammed]

    @property
    def due(self) -> float | None:
        """When `tick` must be called next, in seconds on the clock of the edges."""
        contacts = (moment for contact in self._contacts.values() for moment in (contact.due, contact.jams_at))
        moments = (*contacts, self._long_at, self._held_at, self._double_until)
        return min((moment for moment in moments if moment is not None), default=None)

    def begin(self, held: Iterable[ButtonName]) -> None:
        """Take it that these buttons are down already: whoever pressed them did not mean what follows."""
        for name in held:
            self._contacts[name].hear(Edge(name, down=True, at=0.0))
            self._contacts[name].jam()

    def edge(self, edge: Edge) -> list[Order]:
        """Take in an edge."""
        orders = self.tick(edge.at)
        self._contacts[edge.button].hear(edge)
        return orders + self.tick(edge.at)

    def tick(self, at: float) -> list[Order]:
        """Let time pass."""
        orders: list[Order] = []
        while (moment := self.due) is not None and moment <= at:
            orders += self._reach(moment)
        return orders

    @property
    def _held_at(self) -> float | None:
        return self._held[0][0] if self._held else None

    def _reach(self, moment: float) -> list[Order]:
        for name, contact in self._contacts.items():
            if contact.settle(moment):
                return self._pressed(name, moment) if contact.down else self._released(name, moment)
            if contact.jams_at == moment:
                contact.jam()
                return self._released(name, moment)
        if self._held_at == moment:
            return self._hold()
        if self._long_at == moment:
            self._long_at = None
            return [Command.NEXT_ROOM]
        return self._single()

    def _hold(self) -> list[Order]:
        """Both buttons are still held."""
        _, order = self._held.popleft()
        self.resetting = order is None
        return [] if order is None else [order]

    def _single(self) -> list[Order]:
        """No second press came."""
        self._double_until = None
        return [] if self._started else [Command.TOGGLE]

    def _pressed(self, name: ButtonName, at: float) -> list[Order]:
        if self._spent:
            return []
        if all(contact.down for contact in self._contacts.values()):
            return self._joined(name, at)
        if name is ButtonName.MUTE:
            return self._mute(Command.UNMUTE if self.muted else Command.MUTE)
        if self._double_until is not None:
            self._double_until = None
            self._spent = True
            return [Command.STOP, Command.SHOW_JOIN] if self._started else [Command.SHOW_JOIN]
        self._long_at = at + self._times.long
        return []

    def _joined(self, second: ButtonName, at: float) -> list[Order]:
        """The second button went down beside the first."""
        times = self._times
        self._long_at = self._double_until = None
        self._held += (
            (at + times.setup, Command.SHOW_SETUP),
            (at + max(times.setup, times.reset - WARNING_SECONDS), None),
            (at + times.reset, HandsOnly.RESET_ACCESS),
        )
        self._spent = True
        if second is ButtonName.MUTE:
            return []
        return self._mute(Command.MUTE if self._muting is Command.UNMUTE else Command.UNMUTE)

    def _mute(self, order: Command) -> list[Order]:
        """Mute or unmute; a press that follows means the opposite, though the box may be slow to obey."""
        self._muting = order
        if not self.resting:
            self.muted = order is Command.MUTE
        return [order]

    def _released(self, name: ButtonName, at: float) -> list[Order]:
        self._held.clear()
        self.resetting = False
        self._spent = self._spent and any(contact.down for contact in self._contacts.values())
        if name is ButtonName.MUTE or self._long_at is None:
            return []
        self._long_at = None
        self._double_until = at + self._times.double
        self._started = self.resting
        return [Command.TOGGLE] if self._started else []
