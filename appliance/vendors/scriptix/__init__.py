"""Scriptix: live captions over its realtime WebSocket."""

from typing import Final

from appliance.vendors.contract import Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.scriptix.protocol import Dialogue, Service
from appliance.vendors.scriptix.service import RealtimeService
from appliance.vendors.scriptix.stream import CHUNK, ScriptixStream, try_token

_WORKS: Final = "Scriptix accepts the realtime token. No sound was sent, so this should have cost nothing."
_ASLEEP: Final = (
    "Scriptix answers, but its realtime service is asleep: it needs 1 to 5 minutes when captioning begins. "
    "Whether it accepts the token shows only then."
)


class ScriptixVendor(Vendor[ScriptixAccount, ScriptixOptions]):
    """Captions live through Scriptix's cloud. Which languages an account has, only Scriptix's portal says."""

    manifest = Manifest(title="Scriptix", delivery=Delivery.LIVE, frame_seconds=CHUNK)
    account_model = ScriptixAccount
    options_model = ScriptixOptions

    async def check(self, account: ScriptixAccount) -> str:
        """Begin a conversation and send no sound; a service that sleeps is left asleep."""
        order = Order(from_language="en", to_languages=(), options=ScriptixOptions())
        service = RealtimeService(account, order)
        if await service.state() in (Service.ASLEEP, Service.STARTING):
            return _ASLEEP
        await try_token(service, Dialogue(order.options, service.secrets))
        return _WORKS

    async def open(self, account: ScriptixAccount, order: Order[ScriptixOptions]) -> Stream:
        """Connect; where the service must warm up first, the stream says so and waits."""
        service = RealtimeService(account, order)
        return await ScriptixStream.open(service, Dialogue(order.options, service.secrets))
