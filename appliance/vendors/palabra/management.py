"""Palabra's streaming sessions: each opens a room at Palabra, and they count against the plan."""

from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from appliance.vendors.answers import count_of, rows_of
from appliance.vendors.contract import ConfigurationFault, Lost, VendorModel
from appliance.vendors.management import Action, Kind, Outcome
from appliance.vendors.palabra import api
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.refusals import refusal
from appliance.vendors.transport import Answer, Refused, call, part

_SESSIONS: Final = "/session-storage/sessions"
_NO_SESSION: Final = "Palabra knows no such session: it has expired, or was deleted already."
_NO_SESSION_OR_CLIENT: Final = "Palabra knows no such session, or does not accept the client ID and its secret."
_NONSENSE: Final = "Palabra's list of sessions makes no sense."


class SessionPage(VendorModel):
    """Which part of the list."""

    page_size: int = Field(default=50, ge=1, le=100, title="Sessions on a page")
    page_token: str | None = Field(
        default=None,
        min_length=1,
        max_length=api.LONGEST_TOKEN,
        title="Page token",
        description="As the page before tells it.",
    )


class NewSession(VendorModel):
    """What a session is asked for."""

    subscriber_count: int = Field(default=0, ge=0, le=10, title="Listeners' tokens")
    intent: Literal["api", "broadcaster", "desktop"] = Field(
        default="api",
        title="Purpose",
        description="For Palabra's own statistics.",
        json_schema_extra={"labels": {"api": "API", "broadcaster": "Broadcaster", "desktop": "Desktop"}},
    )


class SessionId(VendorModel):
    """Which session. Whoever has the ID can use the session, so it counts as a secret."""

    id: SecretStr = Field(title="Session ID", min_length=1, max_length=api.LONGEST_TOKEN)


async def list_sessions(account: PalabraAccount, args: SessionPage) -> Outcome:
    """The sessions there are."""
    query = urlencode(args.model_dump(exclude_none=True))
    body = (await _call(account, "GET", f"{_SESSIONS}?{query}")).body
    rows = rows_of(_listed(body), secrets=account.secrets)
    done = count_of(rows, "session")
    if more := body.get("next_page_token"):
        done = f"{done} There are more; the next page's token is {rows_of({'token': more})[0]['token']}"
    return Outcome(done=done, rows=rows)


async def create_session(account: PalabraAccount, args: NewSession) -> Outcome:
    """Make a session, and show its tokens this once."""
    options = PalabraOptions(subscriber_count=args.subscriber_count, intent=args.intent)
    session = await api.create_session(account, options)
    row = {
        "id": session.id.get_secret_value(),
        "publisher": [token.get_secret_value() for token in session.publisher],
        "subscriber": [token.get_secret_value() for token in session.subscriber or ()],
        "webrtc_room_name": session.webrtc_room_name,
        "webrtc_url": session.webrtc_url,
        "ws_url": session.ws_url,
        "intent": session.intent,
    }
    done = "The session is made. Palabra ends it if nobody uses it; delete it when you no longer need it."
    return Outcome(done=done, rows=[row])


async def delete_session(account: PalabraAccount, args: SessionId) -> Outcome:
    """Delete a session."""
    try:
        await _call(account, "DELETE", f"{_SESSIONS}/{part(args.id.get_secret_value())}")
    except Refused:
        raise ConfigurationFault(_NO_SESSION if account.api_key else _NO_SESSION_OR_CLIENT) from None
    return Outcome(done="The session is deleted.")


def _listed(body: Any) -> list[Any]:
    """The entries, which may stand directly in ``data`` or in ``data.sessions``, or be null."""
    data = body.get("data") if isinstance(body, dict) else body
    if isinstance(data, dict):
        data = data.get("sessions")
    if not isinstance(data or [], list) or not isinstance(body, dict):
        raise Lost(_NONSENSE)
    return data or []


async def _call(account: PalabraAccount, method: str, path: str) -> Answer:
    """Make a call.

    Raises:
        Refused: what the path names is not there.
        VendorFailure: it is refused, or Palabra cannot be reached.
    """
    try:
        return await call(method, account.address(api.HOST + path), headers=account.headers)
    except Refused as refused:
        if refused.status == 404 and method == "DELETE":
            raise
        raise refusal(refused, account.secrets) from None


ACTIONS: Final = (
    Action(
        group="sessions",
        name="list",
        summary="List the sessions.",
        kind=Kind.READS,
        args=SessionPage,
        run=list_sessions,
    ),
    Action(
        group="sessions",
        name="create",
        summary="Make a session and show its tokens.",
        kind=Kind.CHANGES,
        args=NewSession,
        run=create_session,
    ),
    Action(
        group="sessions",
        name="delete",
        summary="Delete a session; whoever uses it is cut off.",
        kind=Kind.DESTROYS,
        args=SessionId,
        run=delete_session,
        names=("id",),
    ),
)
