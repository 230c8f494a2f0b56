"""Attendi's calls over HTTP."""

from typing import Any, Final

from pydantic import SecretStr

from appliance import __version__
from appliance.vendors.attendi import protocol
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.transport import OPENING, Answer, Refused, call, part

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
    answer = await request(account, "POST", "/v1/identity/authenticate", document=document)
    return protocol.token(answer.body)


async def transcribe(account: AttendiAccount, options: AttendiOptions, pcm: bytes) -> str:
    """The text of mono s16le sound at 16 kHz.

    Raises:
        VendorFailure: there is none to be had.
    """
    document = protocol.transcription(
        pcm=pcm, user=account.user_id, unit=account.unit_id, model=options.model, agent=AGENT
    )
    answer = await request(account, "POST", "/v1/speech/transcribe", document=document, within=ANSWERING)
    return protocol.transcript(answer.body)


async def look_up_customer(account: AttendiAccount, key: SecretStr) -> None:
    """See whether the secret key is good, and the customer known where one is set.

    Raises:
        VendorFailure: it is not.
    """
    customer = "" if account.customer_id is None else f"/{part(account.customer_id)}"
    await request(account, "GET", f"/v1/customers{customer}", key=key)


async def request(
    account: AttendiAccount,
    method: str,
    path: str,
    *,
    key: SecretStr | None = None,
    document: Any = None,
    content_type: str = "application/json",
    within: float = OPENING,
    missing: str = "",
) -> Answer:
    """Make a call.

    Args:
        account: whose.
        method: of HTTP.
        path: from the host on.
        key: to be sent; None for the customer key.
        document: the body.
        content_type: of the body.
        within: seconds until it must have answered.
        missing: what Attendi does not know if it answers 404.

    Raises:
        VendorFailure: it failed.
    """
    headers = {"x-API-key": (key or account.customer_key).get_secret_value()}
    url = account.endpoint(path)
    try:
        return await call(
            method, url, headers=headers, document=document, content_type=content_type, within=within
        )
    except Refused as refused:
        raise protocol.failure(refused, account.secrets, missing=missing) from None
