"""Palabra: live captions with translations, over its speech-to-text or its speech-to-speech service."""

from appliance.vendors.contract import Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.palabra import api, management
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.languages import SOURCES
from appliance.vendors.palabra.limits import Connects
from appliance.vendors.palabra.opening import open_stream
from appliance.vendors.palabra.protocol import CHUNK_SECONDS


class PalabraVendor(Vendor[PalabraAccount, PalabraOptions]):
    """Recognises and translates in the cloud."""

    manifest = Manifest(
        title="Palabra",
        delivery=Delivery.LIVE,
        languages=SOURCES,
        translates=True,
        frame_seconds=CHUNK_SECONDS,
        fed_in_silence=True,
        hold_back=1,
        catches_up=1.25,
    )
    actions = management.ACTIONS
    account_model = PalabraAccount
    options_model = PalabraOptions

    def __init__(self) -> None:
        self._connects = Connects()

    async def check(self, account: PalabraAccount) -> str:
        """List the account's sessions, which is free of charge."""
        await api.check(account)
        return "Palabra accepts the key; this check costs nothing."

    async def open(self, account: PalabraAccount, order: Order[PalabraOptions]) -> Stream:
        """Open a stream in the mode of the room's options."""
        self._connects.count(hash((account.base_url, account.client_id, *account.secrets)))
        return await open_stream(account, order)
