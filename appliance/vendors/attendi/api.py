"""Attendi's calls over HTTP."""

from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

from appliance import __version__
from appliance.vendors.attendi import protocol
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.transport import Refused, call

AGENT: Final = f"captionbox/{__version__}"

ANSWERING: Final = 30.0
"""Seconds that transcribing 15 s of sound may take."""


async def sign_in(account: AttendiAccount) -> str:
    """A token for one stream; no sound is sent.

    Raises:
        VendorFailure: there is none to be had.
    """
    document = {"userId": account.user_id, "userAgent": AGENT}
    if account.unit_id is not None:
        document["unitId"] = account.unit_id
    return protocol.token(await _call(account, "POST", "/v1/identity/authenticate", document=document))


async def transcribe(account: AttendiAccount, options: AttendiOptions, pcm: bytes) -> str:
    """The text of mono s16le sound at 16 kHz.

    Raises:
        VendorFailure: there is none to be had.
    """
    document = protocol.transcription(
        pcm=pcm, user=account.user_id, unit=account.unit_id, model=options.model, agent=AGENT
    )
    answer = await _call(account, "POST", "/v1/speech/transcribe", document=document, within=ANSWERING)
    return protocol.transcript(answer)


async def look_up_customer(account: AttendiAccount, key: SecretStr) -> None:
    """See whether the secret key is good, and the customer known where one is set.

    Raises:
        VendorFailure: it is not.
    """
    customer = "" if account.customer_id is None else f"/{quote(account.customer_id, safe='')}"
    await _call(account, "GET", f"/v1/customers{customer}", key=key)


async def _call(
    account: AttendiAccount,
    method: str,
    path: str,
    *,
    key: SecretStr | None = None,
    document: Any = None,
    within: float = 10.0,
) -> Any:
    headers = {"x-API-key": (key or account.customer_key).get_secret_value()}
    url = account.endpoint(path)
    try:
        return (await call(method, url, headers=headers, document=document, within=within)).body
    except Refused as refused:
        raise protocol.failure(refused, account.secrets) from None
