"""A vendor's emulator in a process of its own, to be stopped as one: `python -m tests.faults.apart NAME`."""

import asyncio
import sys

from tests.rigs.cases import CASES, url_of
from tests.rigs.speech import SAID


async def main(name: str) -> None:
    """Serve until killed; the address is the first line."""
    async with CASES[name].emulator(SAID) as emulator:
        print(url_of(emulator), flush=True)
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
