"""A vendor that does as the test says: every stream of it follows a script."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from appliance.sound import Frame
from appliance.vendors.contract import (
    Delivery,
    Ending,
    Manifest,
    Notice,
    Order,
    Route,
    Stream,
    Vendor,
    VendorFailure,
    VendorModel,
    Words,
)


class NoFields(VendorModel):
    """Neither credentials nor options."""


@dataclass
class Script:
    """What one stream does.

    Attributes:
        refuses: raised instead of opening.
        hangs: never opens.
        breaks_after: frames after which `breaks_with` is raised, by sending and iterating alike.
        breaks_with: the failure; None ends the iteration as if the vendor had hung up politely.
        mute: never says a word, not even when asked to finish.
        ends_in: announces its end in so many seconds with the first frame.
        pauses: whether it can be paused.
        changes: whether it takes another order without a new stream.
    """

    refuses: VendorFailure | None = None
    hangs: bool = False
    breaks_after: int | None = None
    breaks_with: VendorFailure | None = None
    mute: bool = False
    ends_in: float | None = None
    pauses: bool = False
    changes: bool = False


class ScriptedStream(Stream):
    """Says “heard N” after every 25 frames, as a final of its own."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._events: asyncio.Queue[Words | Notice | Ending | VendorFailure | None] = asyncio.Queue()
        self.frames: list[Frame] = []
        self.closed = False
        self.paused_at: list[int] = []
        """How many frames had come at each pause."""
        self.orders: list[Order[Any]] = []

    async def send(self, frame: Frame) -> None:
        """Count the frame, and break where the script says."""
        if self._script.breaks_after == len(self.frames):
            self._events.put_nowait(self._script.breaks_with)
            if self._script.breaks_with:
                raise self._script.breaks_with
            await asyncio.Event().wait()
        if self._script.ends_in and not self.frames:
            self._events.put_nowait(Ending(self._script.ends_in))
        self.frames.append(frame)
        if len(self.frames) % 25 == 0 and not self._script.mute:
            number = len(self.frames) // 25
            self._events.put_nowait(Words(segment=str(number), text=f"heard {number}", final=True))
        await asyncio.sleep(0)

    async def __aiter__(self) -> AsyncIterator[Words | Notice | Ending]:
        """What was put there."""
        while event := await self._events.get():
            if isinstance(event, VendorFailure):
                raise event
            yield event

    async def pause(self) -> bool:
        """Note it, if the script allows."""
        if self._script.pauses:
            self.paused_at.append(len(self.frames))
        return self._script.pauses

    async def change(self, order: Order[Any]) -> bool:
        """Note it, if the script allows."""
        if self._script.changes:
            self.orders.append(order)
        return self._script.changes

    async def finish(self) -> None:
        """Say the last words."""
        if not self._script.mute:
            self._events.put_nowait(Words(segment="last", text="the last words", final=True))
            self._events.put_nowait(None)

    async def close(self) -> None:
        """Note it."""
        self.closed = True


@dataclass
class ScriptedVendor(Vendor[NoFields, NoFields]):
    """Opens one stream after the other, each by the next script; the last script serves all that follow."""

    scripts: list[Script]
    streams: list[ScriptedStream] = field(default_factory=list)
    opened: Callable[[], None] = lambda: None
    longest: float | None = None
    account: str = "scripted"

    manifest = Manifest(title="Scripted", delivery=Delivery.LIVE, hold_back=0)
    account_model = NoFields
    options_model = NoFields

    def longest_stream(self, order: Order[NoFields]) -> float | None:
        """As the test says."""
        del order
        return self.longest

    async def check(self, account: NoFields) -> str:
        """Always well."""
        del account
        return "It works."

    async def open(self, account: NoFields, order: Order[NoFields]) -> Stream:
        """The next stream of the script."""
        del account, order
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.opened()
        if script.hangs:
            await asyncio.Event().wait()
        if script.refuses:
            raise script.refuses
        self.streams.append(ScriptedStream(script))
        return self.streams[-1]

    def route(self, from_language: str = "en-US") -> Route:
        """The way of a room to this vendor."""
        order = Order(from_language=from_language, to_languages=(), options=NoFields())
        return Route(account=self.account, vendor=self, credentials=NoFields(), order=order)
