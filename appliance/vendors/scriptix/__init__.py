"""Scriptix: live captions over its realtime WebSocket, or a transcript after the meeting."""

from collections.abc import AsyncGenerator
from typing import Final

from appliance.spool import Job
from appliance.vendors.contract import Delivery, Manifest, Order, Progress, Stream, Vendor, Words
from appliance.vendors.recorded import RecordedStream
from appliance.vendors.scriptix import batch, management
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.scriptix.protocol import Dialogue, Service
from appliance.vendors.scriptix.service import RealtimeService
from appliance.vendors.scriptix.stream import CHUNK, ScriptixStream, try_token

_WORKS: Final = "Scriptix accepts the realtime token. No sound was sent, so this should have cost nothing."
_ASLEEP: Final = (
    "Scriptix answers, but its realtime service is asleep: it needs 1 to 5 minutes when captioning begins. "
    "Whether it accepts the token shows only then."
)
_BATCH_WORKS: Final = "Scriptix accepts the batch token. No sound was sent, so this cost nothing."


class ScriptixVendor(Vendor[ScriptixAccount, ScriptixOptions]):
    """Hears through Scriptix's cloud. Which languages an account has, only Scriptix's portal says."""

    manifest = Manifest(title="Scriptix", delivery=Delivery.LIVE, frame_seconds=CHUNK)
    actions = management.ACTIONS
    account_model = ScriptixAccount
    options_model = ScriptixOptions

    def delivery(self, order: Order[ScriptixOptions]) -> Delivery:
        """By the mode of the room."""
        return Delivery.RECORDING if order.options.mode == "batch" else Delivery.LIVE

    async def check(self, account: ScriptixAccount) -> str:
        """Try each token that is set, without any sound."""
        said = []
        if account.realtime_token:
            said.append(await self._check_realtime(account))
        if account.batch_token:
            await batch.BatchService(account).check()
            said.append(_BATCH_WORKS)
        return " ".join(said)

    async def _check_realtime(self, account: ScriptixAccount) -> str:
        """Begin a conversation and send no sound; a service that sleeps is left asleep."""
        order = Order(from_language="en", to_languages=(), options=ScriptixOptions())
        service = RealtimeService(account, order)
        if await service.state() in (Service.ASLEEP, Service.STARTING):
            return _ASLEEP
        await try_token(service, Dialogue(order.options, service.secrets))
        return _WORKS

    async def open(self, account: ScriptixAccount, order: Order[ScriptixOptions]) -> Stream:
        """Connect, or record; where the service must warm up first, the stream says so and waits."""
        if order.options.mode == "batch":
            batch.BatchService(account)
            return await RecordedStream.open(order)
        service = RealtimeService(account, order)
        return await ScriptixStream.open(service, Dialogue(order.options, service.secrets))

    def deliver(
        self, account: ScriptixAccount, order: Order[ScriptixOptions], job: Job
    ) -> AsyncGenerator[Words | Progress, None]:
        """Session, upload, status, result."""
        return batch.Delivery(batch.BatchService(account), order, job).run()
