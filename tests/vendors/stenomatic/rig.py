"""What a room says to Stenomatic's emulator, and the key with which it does."""

from appliance.vendors.contract import Stream, Words

SAID = ["The work will begin in March.", "The children will be very happy."]
CANARY = "stn-canary-4711-key"


async def everything(stream: Stream) -> list[Words]:
    return [event async for event in stream if isinstance(event, Words)]
