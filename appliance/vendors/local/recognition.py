"""A recording that is there already, understood by the on-device engine."""

from collections.abc import Sequence

from appliance.sound import Frame
from appliance.vendors.local.config import LocalOptions
from appliance.vendors.local.stream import LocalStream


async def recognised(frames: Sequence[Frame]) -> str:
    """The English words in a few seconds of sound; empty for none.

    Raises:
        VendorFailure: the engine does not work.
    """
    stream = await LocalStream.open(LocalOptions())
    try:
        for frame in frames:
            await stream.send(frame)
        await stream.finish()
        finals = [words.text async for words in stream if words.final]
        return " ".join(finals).strip()
    finally:
        await stream.close()
