"""Meetings held through the plug-in and the emulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.audio import listen
from appliance.sound import Frame
from appliance.vendors.contract import Notice, Order, Stream, VendorFailure, Words
from appliance.vendors.palabra import PalabraVendor
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from tests.emulators.palabra import PalabraEmulator

SAID = ["The work begins in March.", "The city will be very happy."]
CANARY = "plbr_canary-0815"
PAIR = {"client_id": "box", "client_secret": "pair-canary-4711"}


@asynccontextmanager
async def emulator(**knobs: Any) -> AsyncIterator[PalabraEmulator]:
    knobs = {"key": CANARY, "pair": tuple(PAIR.values()), "sentences": SAID} | knobs
    async with PalabraEmulator(**knobs) as served:
        yield served


def order(*to_languages: str, from_language: str = "en-US", **options: Any) -> Order[PalabraOptions]:
    return Order(
        from_language=from_language,
        to_languages=to_languages,
        options=PalabraOptions.model_validate(options),
    )


def account(served: PalabraEmulator, **credentials: str) -> PalabraAccount:
    return PalabraAccount.model_validate((credentials or {"api_key": CANARY}) | {"base_url": served.url})


@dataclass
class Meeting:
    """What comes back of a meeting."""

    stream: Stream
    words: list[Words] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def finals(self, language: str = "en-US") -> list[Words]:
        return [w for w in self.words if w.final and w.text and w.language == language]

    @property
    def text(self) -> str:
        return " ".join(w.text for w in self.finals())

    async def say(self, wav: Path) -> None:
        """Say something at the pace of speech."""
        async with listen(f"file:{wav}", paced=True) as listener:
            async for heard in listener:
                if isinstance(heard, Frame):
                    await self.stream.send(heard)

    async def hear(self) -> None:
        """Take everything that comes back."""
        async for event in self.stream:
            if isinstance(event, Words):
                self.words.append(event)
            elif isinstance(event, Notice):
                self.notices.append(event)


@asynccontextmanager
async def held(credentials: PalabraAccount, wanted: Order[PalabraOptions]) -> AsyncIterator[Meeting]:
    """A meeting that is finished and closed at the end of the block."""
    meeting = Meeting(await PalabraVendor().open(credentials, wanted))
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(meeting.hear())
            yield meeting
            await meeting.stream.finish()
    except* VendorFailure as failures:
        failure = failures.exceptions[0]
    finally:
        await meeting.stream.close()
        await meeting.stream.close()
    if failure:
        raise failure


async def hold(credentials: PalabraAccount, wanted: Order[PalabraOptions], wav: Path) -> Meeting:
    """A whole meeting at the pace of speech, as the box holds it."""
    async with held(credentials, wanted) as meeting:
        await meeting.say(wav)
    return meeting
