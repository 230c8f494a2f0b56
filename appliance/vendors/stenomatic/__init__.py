"""Stenomatic: live captions and translations over gRPC."""

from typing import Any

from appliance.vendors.contract import ConfigurationFault, Delivery, Lost, Manifest, Order, Stream, Vendor
from appliance.vendors.stenomatic import quiet  # noqa: F401 - before gRPC is imported
from appliance.vendors.stenomatic.calls import dial, try_key
from appliance.vendors.stenomatic.config import LANGUAGES, StenomaticAccount, StenomaticOptions
from appliance.vendors.stenomatic.protocol import CHUNK_SECONDS, credentials
from appliance.vendors.stenomatic.stream import StenomaticStream
from appliance.vendors.transport import Refused, call


class StenomaticVendor(Vendor[StenomaticAccount, StenomaticOptions]):
    """Recognises and translates speech; billed for each language that is translated to."""

    manifest = Manifest(
        title="Stenomatic",
        delivery=Delivery.LIVE,
        translates=True,
        frame_seconds=CHUNK_SECONDS,
        fed_in_silence=True,
    )
    account_model = StenomaticAccount
    options_model = StenomaticOptions

    async def check(self, account: StenomaticAccount) -> str:
        """Try the key with a call that costs nothing, and ask for the languages where that can be done."""
        channel = dial(account)
        try:
            await try_key(channel, account)
        finally:
            await channel.close()
        languages = await _languages(account)
        many = f" for {languages} languages" if languages else ""
        return f"Stenomatic accepts the key{many}; this check is free."

    async def open(self, account: StenomaticAccount, order: Order[StenomaticOptions]) -> Stream:
        """Try the key and begin a call."""
        return await StenomaticStream.open(account, order)


async def _languages(account: StenomaticAccount) -> int:
    """How many languages the key may use; 0 where the list cannot be had, which hinders no captions."""
    headers = dict(credentials(account.key.get_secret_value()))
    try:
        answer = await call("GET", account.address(LANGUAGES), headers=headers)
    except (Lost, ConfigurationFault):
        return 0
    except Refused as refusal:
        if refusal.status == 401:
            raise ConfigurationFault(
                "Stenomatic does not accept the key when asked for its languages."
            ) from None
        return 0
    return _count(answer.body)


def _count(body: Any) -> int:
    """Entries of the list, which may stand alone or under a name of its own."""
    found = (
        next((value for value in body.values() if isinstance(value, list)), None)
        if isinstance(body, dict)
        else body
    )
    return len(found) if isinstance(found, list) else 0
