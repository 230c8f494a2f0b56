"""The on-device engine: pocketsphinx with the model of its package. English, no network, no account."""

from appliance.vendors.contract import ConfigurationFault, Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.local.config import LocalAccount, LocalOptions
from appliance.vendors.local.stream import LocalStream


class LocalVendor(Vendor[LocalAccount, LocalOptions]):
    """Recognises English on the box itself, in a child process of its own for every stream."""

    manifest = Manifest(
        title="On-device engine",
        delivery=Delivery.LIVE,
        languages=("en-US", "en-GB", "en-IN", "en-AU", "en-CA", "en"),
        hold_back=5,
        in_real_time=False,
        bills_by_time=False,
    )
    account_model = LocalAccount
    options_model = LocalOptions

    async def check(self, account: LocalAccount) -> str:
        """Start the engine once and let it load its model."""
        del account
        stream = await LocalStream.open(LocalOptions())
        await stream.close()
        return "The on-device engine works; it needs no key and no network."

    async def open(self, account: LocalAccount, order: Order[LocalOptions]) -> Stream:
        """Start an engine of its own for this stream."""
        del account
        if order.from_language.partition("-")[0] != "en":
            raise ConfigurationFault(
                "The on-device engine understands English only; choose English or another account."
            )
        return await LocalStream.open(order.options)
