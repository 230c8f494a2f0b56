"""Palabra's REST calls: a session of one's own, and the check of an account."""

import asyncio
import logging
from contextlib import suppress
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from appliance.vendors.contract import Lost, VendorFailure
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.refusals import failure, refusal, troubles
from appliance.vendors.transport import Answer, Refused, call, part

HOST: Final = "https://api.palabra.ai"

DELETING: Final = 3.0
"""Seconds that deleting a session may take; one that is not deleted expires by itself."""

LONGEST_TOKEN: Final = 8192
"""Characters of a token or of a session's id."""

_log = logging.getLogger(__name__)


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Tokens = Annotated[
    tuple[Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_TOKEN)], ...],
    BeforeValidator(_list),
    Field(max_length=50),
]


class Session(BaseModel):
    """A session as the vendor made it. Its id and tokens open it, so they count as secrets.

    Attributes:
        publisher: the document calls it a list of tokens; the vendor's clients know it as one text.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    publisher: Annotated[Tokens, Field(min_length=1)]
    subscriber: Tokens | None = ()
    webrtc_room_name: str | None = Field(None, max_length=2083)
    webrtc_url: str | None = Field(None, max_length=2083)
    ws_url: str = Field(max_length=2083, pattern=r"^wss://[^\s?#]+$")
    intent: str | None = Field(None, max_length=100)
    id: SecretStr = Field(min_length=1, max_length=LONGEST_TOKEN)


async def check(account: PalabraAccount) -> None:
    """List a session, which costs nothing, to see whether the account works.

    Raises:
        VendorFailure: it does not.
    """
    await _call(account, "GET", "/session-storage/sessions?page_size=1")


async def create_session(account: PalabraAccount, options: PalabraOptions) -> Session:
    """Make a session. One that is made although nobody waits any more is deleted again.

    Raises:
        VendorFailure: the vendor refuses, or cannot be reached.
    """
    making = asyncio.create_task(_create(account, options))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        with suppress(VendorFailure):
            await delete_session(account, (await making).id)
        raise


async def delete_session(account: PalabraAccount, identity: SecretStr) -> None:
    """Delete a session of one's own, or leave it to expire; sessions count against the plan."""
    try:
        path = f"/session-storage/sessions/{part(identity.get_secret_value())}"
        await _call(account, "DELETE", path, within=DELETING)
    except VendorFailure as problem:
        _log.info("A session at Palabra is left to expire by itself: %s", problem)


async def _create(account: PalabraAccount, options: PalabraOptions) -> Session:
    wanted = {"subscriber_count": options.subscriber_count, "intent": options.intent}
    answer = await _call(account, "POST", "/session-storage/session", document={"data": wanted})
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    try:
        return Session.model_validate(data)
    except ValidationError:
        identity = data.get("id") if isinstance(data, dict) else None
        if isinstance(identity, str) and 0 < len(identity) <= LONGEST_TOKEN:
            await delete_session(account, SecretStr(identity))
        raise Lost("Palabra's answer about the session makes no sense.") from None


async def _call(account: PalabraAccount, method: str, path: str, **how: Any) -> Answer:
    try:
        answer = await call(method, account.address(HOST + path), headers=account.headers, **how)
    except Refused as refused:
        raise refusal(refused, account.secrets) from None
    if isinstance(answer.body, dict) and answer.body.get("ok") is False:
        listed = troubles(answer.body)
        raise failure(next((t.status for t in listed if t.status), 400), listed, secrets=account.secrets)
    return answer
