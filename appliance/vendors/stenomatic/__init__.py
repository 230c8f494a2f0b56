"""Stenomatic: live captions and translations over gRPC, or sound for its own page over RTMPS."""

from appliance.vendors.contract import Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.stenomatic import quiet  # noqa: F401 - before gRPC is imported
from appliance.vendors.stenomatic.binding import ACTIONS as BINDING
from appliance.vendors.stenomatic.config import CHUNK_SECONDS, StenomaticAccount, StenomaticOptions, page_of
from appliance.vendors.stenomatic.management import ACTIONS as MANAGEMENT
from appliance.vendors.stenomatic.rtmps import RtmpsStream


class StenomaticVendor(Vendor[StenomaticAccount, StenomaticOptions]):
    """Recognises and translates speech; billed for each language that is translated to."""

    manifest = Manifest(
        title="Stenomatic",
        delivery=Delivery.LIVE,
        translates=True,
        frame_seconds=CHUNK_SECONDS,
        fed_in_silence=True,
    )
    actions = (*MANAGEMENT, *BINDING)
    account_model = StenomaticAccount
    options_model = StenomaticOptions

    def delivery(self, order: Order[StenomaticOptions]) -> Delivery:
        """By the mode of the room."""
        return Delivery.BROADCAST if order.options.mode == "rtmps" else Delivery.LIVE

    def reading_link(self, account: StenomaticAccount, order: Order[StenomaticOptions]) -> str | None:
        """The page at Stenomatic: where words do not come back to the box, or a room names its page."""
        options = order.options
        return page_of(account, options) if options.mode == "rtmps" or options.room_page_template else None

    async def check(self, account: StenomaticAccount) -> str:
        """Try the key with a call that costs nothing, and ask for the languages where that can be done."""
        from appliance.vendors.stenomatic.check import check  # noqa: PLC0415 - see below

        return await check(account)

    async def open(self, account: StenomaticAccount, order: Order[StenomaticOptions]) -> Stream:
        """Try the key and begin a call, or ask where to publish and begin that."""
        if order.options.mode == "rtmps":
            return await RtmpsStream.open(account, order)
        # Every plug-in is loaded with the box; gRPC's 10 MB are for boxes that use it.
        from appliance.vendors.stenomatic.stream import StenomaticStream  # noqa: PLC0415 - as said

        return await StenomaticStream.open(account, order)
