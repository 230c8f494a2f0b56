"""A room that Attendi's emulator hears."""

import asyncio
from pathlib import Path
from typing import Any

from appliance.audio import listen
from appliance.sound import Frame
from appliance.vendors.attendi import AttendiVendor
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.contract import Order, Stream, Words
from tests.emulators.attendi import AttendiEmulator

SAID = ("The work will begin in the middle of March.", "The children of the city will be very happy.")


def account(emulator: AttendiEmulator | str, **fields: Any) -> AttendiAccount:
    url = emulator if isinstance(emulator, str) else emulator.url
    return AttendiAccount.model_validate({"customer_key": "ck_test", "base_url": url, **fields})


async def opened(account: AttendiAccount, **options: Any) -> Stream:
    order = Order(from_language="nl-NL", to_languages=(), options=AttendiOptions.model_validate(options))
    return await AttendiVendor().open(account, order)


async def frames(wav: Path, *, paced: bool = False) -> list[Frame]:
    async with listen(f"file:{wav}", paced=paced) as listener:
        return [heard async for heard in listener if isinstance(heard, Frame)]


async def everything(stream: Stream) -> list[Words]:
    return [event async for event in stream if isinstance(event, Words)]


async def speak_into(stream: Stream, wav: Path, *, paced: bool = False) -> None:
    async with listen(f"file:{wav}", paced=paced) as listener:
        async for heard in listener:
            if isinstance(heard, Frame):
                await stream.send(heard)
    await stream.finish()


async def conversation(stream: Stream, wav: Path, *, paced: bool = False) -> list[Words]:
    """All that comes back; the first failure of sending or iterating is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            words = group.create_task(everything(stream))
            group.create_task(speak_into(stream, wav, paced=paced))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    finally:
        await stream.close()
    return words.result()


def finals(words: list[Words]) -> str:
    return " ".join(w.text for w in words if w.final)
