"""A box in small, as far as words that come after the meeting are concerned."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.audio import Listener, listen
from appliance.board import Board
from appliance.captioning.calm import Erasure
from appliance.captioning.captioning import Captioning, Routes
from appliance.captions import Caption, Gap
from appliance.database import open_database
from appliance.deliveries import Deliveries
from appliance.spool import Spool
from appliance.state import RoomInUse
from appliance.transcripts.record import TranscriptRecord
from appliance.transcripts.store import TranscriptStore
from appliance.transcripts.transcript import Entry
from appliance.vendors.contract import AnyVendor, Order, Route

ROOM = RoomInUse(id="boardroom", title="Boardroom", from_language="en-US")


@dataclass
class SmallBox:
    """Holds meetings with one vendor.

    Attributes:
        vendor: the plug-in.
        account: its credentials.
        options: the room's.
        published: all that was shown.
        sent: called for every frame that a stream has taken.
    """

    vendor: AnyVendor
    account: Any
    options: Any
    spool: Spool
    store: TranscriptStore
    deliveries: Deliveries
    board: Board
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    published: list[Caption | Gap] = field(default_factory=list)
    sent: Callable[[], None] = lambda: None

    @property
    def route(self) -> Route:
        """The way of the room to the vendor."""
        order = Order(from_language=ROOM.from_language, to_languages=(), options=self.options)
        return self.deliveries.shelved(
            Route(account="acme", vendor=self.vendor, credentials=self.account, order=order)
        )

    def meeting(
        self, listener: Listener | Path | Callable[[], Listener], *, live: bool = False
    ) -> tuple[Captioning, TranscriptRecord]:
        """A meeting, to be run; its record, to be ended."""
        record = TranscriptRecord(self.store, ROOM)
        self.deliveries.meet(record, ROOM)

        async def publish(item: Caption | Gap) -> None:
            self.published.append(item)
            if isinstance(item, Gap) or (item.final and item.text):
                await record.add(item)

        def hear() -> Listener:
            if isinstance(listener, Path):
                return listen(f"file:{listener}", paced=live)
            return listener() if callable(listener) else listener

        captioning = Captioning(
            routes=Routes(first=self.route),
            listen=hear,
            publish=publish,
            board=self.board,
            numbers=self.numbers,
            erasure=Erasure(),
            sent=lambda _account: self.sent(),
            live=live,
        )
        return captioning, record

    async def meet(self, listener: Listener | Path, *, live: bool = False) -> None:
        """Hold a whole meeting."""
        captioning, record = self.meeting(listener, live=live)
        await captioning.run()
        await record.end(0.0)

    async def emptied(self, seconds: float = 20.0) -> None:
        """Wait until all words have come."""
        async with asyncio.timeout(seconds):
            while await self.deliveries.all():  # noqa: ASYNC110 - nobody tells when the last has gone
                await asyncio.sleep(0.02)

    async def entries(self, number: int = 1) -> tuple[Entry, ...]:
        """What is in a transcript."""
        return (await self.store.read(number)).entries

    async def text(self, number: int = 1) -> str:
        """The words of a transcript."""
        return " ".join(entry.text for entry in await self.entries(number) if isinstance(entry, Caption))


@asynccontextmanager
async def small_box(folder: Path, vendor: AnyVendor, account: Any, options: Any) -> AsyncIterator[SmallBox]:
    """A box whose deliveries run."""
    async with open_database(folder) as database:
        store = TranscriptStore(database)
        await store.open()
        spool, board = Spool(folder / "spool", free=0, share=1.0), Board()
        box = SmallBox(
            vendor=vendor,
            account=account,
            options=options,
            spool=spool,
            store=store,
            board=board,
            deliveries=Deliveries(spool, store, lambda _: (box.vendor, box.account), board),
        )
        running = asyncio.create_task(box.deliveries.run())
        try:
            yield box
        finally:
            running.cancel()
            await asyncio.wait({running})
            if not running.cancelled():
                running.result()
