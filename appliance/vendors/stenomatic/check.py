"""Finding out whether an account works, free of charge."""

from typing import Any, Final

from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.stenomatic.api import ask
from appliance.vendors.stenomatic.calls import dial, try_key
from appliance.vendors.stenomatic.config import LANGUAGES, StenomaticAccount
from appliance.vendors.stenomatic.protocol import credentials
from appliance.vendors.transport import Refused, call

_ROOMS: Final = "Stenomatic accepts the developer key for rooms."
_ROOMS_ONLY: Final = "Stenomatic accepts the developer key for rooms; captions on this box need an API key."


async def check(account: StenomaticAccount) -> str:
    """Try each key with calls that cost nothing, and ask for the languages where that can be done."""
    if account.developer_key is None:
        return await _check_captions(account)
    await ask(account, "GET", "/v1/clients")
    try:
        return f"{_ROOMS} {await _check_captions(account)}"
    except ConfigurationFault:
        if account.api_key:
            raise
        return _ROOMS_ONLY


async def _check_captions(account: StenomaticAccount) -> str:
    channel = dial(account)
    try:
        await try_key(channel, account)
    finally:
        await channel.close()
    languages = await _languages(account)
    many = f" for {languages} languages" if languages else ""
    return f"Stenomatic accepts the key{many}; this check is free."


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
