"""A small box in a process of its own: ``python -m tests.spool.box_to_be_killed FOLDER URL SECONDS``.

It records so many seconds of tones, at eight times their speed, unless they are 0, and ends once all words have
come. It says ``R`` when it begins, and a dot for every frame that was taken.
"""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from appliance import deliveries
from appliance.vendors.scriptix import ScriptixVendor, batch
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from tests.rigs.later import small_box
from tests.spool.tones import Tones

SPEED = 8.0


async def main(folder: Path, url: str, seconds: float) -> None:
    batch.POLL, batch.SETTLING, batch.SHOWN = 0.05, 0.3, 0.02  # type: ignore[misc]  # as for a fast vendor
    deliveries._back_off = lambda _: 0.05  # type: ignore[assignment]  # a small box has no time
    account = ScriptixAccount(base_url=url, batch_token=SecretStr("scx-batch-key"))
    async with small_box(folder, ScriptixVendor(), account, ScriptixOptions(mode="batch")) as box:
        box.sent = lambda: void(os.write(1, b"."))
        os.write(1, b"R")
        if seconds:
            await box.meet(Tones(seconds, SPEED))  # type: ignore[arg-type]  # it sounds like one
        await box.emptied(60.0)


def void(_: object) -> None:
    """For a callback that gives nothing."""


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
