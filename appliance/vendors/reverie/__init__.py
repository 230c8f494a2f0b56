"""Reverie: live recognition of Indian languages over a WebSocket."""

from typing import Final

from appliance.vendors.contract import Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.reverie.config import LONGEST, ReverieAccount, ReverieOptions
from appliance.vendors.reverie.stream import CHUNK, ReverieStream

CHECKED: Final = "hi-IN"
"""The language of the check: that of the example in the vendor's own document."""


class ReverieVendor(Vendor[ReverieAccount, ReverieOptions]):
    """Hears the languages of India; at most three minutes a stream."""

    manifest = Manifest(
        title="Reverie",
        delivery=Delivery.LIVE,
        languages=(
            *("hi-IN", "en-IN", "bn-IN", "gu-IN", "kn-IN", "ml-IN", "mr-IN", "pa-IN", "ta-IN", "te-IN"),
            *("as-IN", "or-IN", "hi-Latn-IN"),
        ),
        frame_seconds=CHUNK,
        longest_stream=LONGEST,
    )
    account_model = ReverieAccount
    options_model = ReverieOptions

    def longest_stream(self, order: Order[ReverieOptions]) -> float:
        """What the room asks Reverie for."""
        return order.options.timeout

    async def check(self, account: ReverieAccount) -> str:
        """Open a stream and end it without any sound: no free call is documented."""
        stream = await ReverieStream.open(account, CHECKED, ReverieOptions())
        await stream.close()
        return "Reverie accepts the account; to ask, a stream was opened for a moment, without sound."

    async def open(self, account: ReverieAccount, order: Order[ReverieOptions]) -> Stream:
        """Open a stream and wait until Reverie is ready."""
        return await ReverieStream.open(account, order.from_language, order.options)
