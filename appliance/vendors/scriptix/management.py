"""Scriptix's batch sessions: transcripts that are made of whole recordings. They need the batch token."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, model_validator

from appliance.settings.schemas import ADVANCED
from appliance.vendors.answers import count_of, rows_of
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, VendorFailure, VendorModel
from appliance.vendors.management import Action, Kind, Outcome
from appliance.vendors.scriptix.batch import SESSIONS
from appliance.vendors.scriptix.config import ScriptixAccount
from appliance.vendors.transport import Refused, call, part

_NO_TOKEN: Final = "Sessions need the batch token of Scriptix: enter it in the account."  # noqa: S105 - a sentence
_NONSENSE: Final = "Scriptix's answer makes no sense."
_MEANINGS: Final[Mapping[int, str]] = {
    400: "Scriptix does not take what was given; most likely it does not know the language.",
    401: "Scriptix refuses the batch token; copy a token of the type “batch” again from scriptix.app.",
    402: "Scriptix says that the account is unpaid, or its plan does not have this.",
    403: "Scriptix does not allow this with the batch token; only the token that made a session may use it.",
    404: "Scriptix knows no such session; only the token that made a session may use it.",
    415: "Scriptix does not take this kind of content.",
    422: "Scriptix does not take the values that were given; correct them.",
}


def _json_object(text: str) -> str:
    try:
        if isinstance(json.loads(text), dict):
            return text
    except (ValueError, RecursionError):
        pass
    raise ValueError("must be a JSON object, such as {}")


_Url = Annotated[str, Field(pattern=r"^https://[^\s]+$", max_length=2_000)]
_Line = Annotated[str, Field(min_length=1, max_length=1_000)]
_Pair = Annotated[str, Field(pattern=r"^[^=\s][^=]*=.*$", max_length=1_000)]


class SessionPage(VendorModel):
    """Which part of the list."""

    limit: int = Field(default=50, ge=1, le=1_000, title="Sessions on a page")
    offset: int = Field(default=0, ge=0, le=1_000_000_000, title="Sessions to leave out before")


class SessionId(VendorModel):
    """Which session."""

    session_id: str = Field(title="Session ID", min_length=1, max_length=200)


class NewSession(VendorModel):
    """All that a session can be asked for."""

    language: str = Field(
        title="Language",
        min_length=1,
        max_length=35,
        description="As Scriptix's portal lists it, such as en or nl.",
    )
    media_source: _Url | None = Field(
        default=None, title="Address of a recording", description="Scriptix fetches it and begins at once."
    )
    punctuation: bool = Field(default=False, title="Write punctuation")
    multichannel: bool = Field(
        default=False,
        title="Each channel by itself",
        description="For a recording with a speaker on each channel.",
    )
    keep_source: bool = Field(default=False, title="Keep the recording for Scriptix's editor")
    document: Annotated[str, AfterValidator(_json_object)] | None = Field(
        default=None,
        max_length=10_000,
        title="Document to make of it",
        description="Scriptix's CreateDocument, as JSON.",
        json_schema_extra=ADVANCED,
    )
    meta_data: tuple[_Pair, ...] = Field(
        default=(), max_length=100, title="Notes", description="Each as name=value.", json_schema_extra=ADVANCED
    )
    webhook_url: _Url | None = Field(
        default=None,
        title="Address to call when it is done",
        description="HTTPS only.",
        json_schema_extra=ADVANCED,
    )
    webhook_method: Literal["POST", "PUT"] | None = Field(
        default=None, title="Method of that call", json_schema_extra=ADVANCED
    )
    webhook_headers: tuple[_Line, ...] = Field(
        default=(), max_length=50, title="Headers of that call", json_schema_extra=ADVANCED
    )

    @model_validator(mode="after")
    def _whom_to_call(self) -> Self:
        if (self.webhook_method or self.webhook_headers) and not self.webhook_url:
            raise ValueError("webhook_method and webhook_headers need webhook_url")
        return self


async def list_sessions(account: ScriptixAccount, args: SessionPage) -> Outcome:
    """The sessions there are."""
    found = await _ask(account, "GET", f"?{urlencode(args.model_dump())}")
    rows = rows_of(found or [], secrets=account.secrets)
    return Outcome(done=count_of(rows, "session"), rows=rows)


async def create_session(account: ScriptixAccount, args: NewSession) -> Outcome:
    """Make a session."""
    rows = rows_of(await _ask(account, "POST", "", new_session(args)), secrets=account.secrets)
    done = "Scriptix fetches the recording." if args.media_source else "The session waits for its recording."
    return Outcome(done=done, rows=rows)


async def retrieve_session(account: ScriptixAccount, args: SessionId) -> Outcome:
    """How a session is."""
    rows = rows_of(await _ask(account, "GET", _path(args)), secrets=account.secrets)
    return Outcome(done=f"This is the session {args.session_id}.", rows=rows)


async def retrieve_result(account: ScriptixAccount, args: SessionId) -> Outcome:
    """What was said in a session."""
    result = await _ask(account, "GET", f"{_path(args)}/result")
    if not isinstance(result, dict):
        raise Lost(_NONSENSE)
    rows = rows_of(result.get("results") or [], hidden={"result"}, secrets=account.secrets)
    return Outcome(done="This was said." if rows else "There is nothing that was said, or not yet.", rows=rows)


async def delete_session(account: ScriptixAccount, args: SessionId) -> Outcome:
    """Delete a session."""
    await _ask(account, "DELETE", _path(args))
    return Outcome(done=f"The session {args.session_id} is deleted.")


def new_session(args: NewSession) -> dict[str, Any]:
    """The body of the request for a session, with the fields that Scriptix documents."""
    given = {key: value for key, value in args.model_dump(mode="json").items() if value not in (None, [])}
    if args.document is not None:
        given["document"] = json.loads(args.document)
    if args.meta_data:
        given["meta_data"] = dict(pair.split("=", 1) for pair in args.meta_data)
    return given


def _path(args: SessionId) -> str:
    return f"/{part(args.session_id)}"


async def _ask(account: ScriptixAccount, method: str, path: str, document: Any = None) -> Any:
    """What stands in ``result`` of the answer.

    Raises:
        VendorFailure: it is refused, or Scriptix cannot be reached.
    """
    if account.batch_token is None:
        raise ConfigurationFault(_NO_TOKEN)
    headers = {"x-zoom-s2t-key": account.batch_token.get_secret_value()}
    try:
        answer = await call(method, account.address(SESSIONS + path), headers=headers, document=document)
    except Refused as refused:
        raise _failure(refused, account.secrets) from None
    if answer.body is None:
        return None
    if not isinstance(answer.body, dict):
        raise Lost(_NONSENSE)
    return answer.body.get("result")


def _failure(refused: Refused, secrets: tuple[str, ...]) -> VendorFailure:
    status, said = refused.status, _said(refused, secrets)
    if status in (409, 429):
        return Busy(f"Scriptix is busy or asks to wait.{said}", refused.retry_after)
    if status == 408 or status >= 500:
        return Lost(f"Scriptix has trouble (HTTP status {status}).{said}")
    return ConfigurationFault(_MEANINGS.get(status, f"Scriptix refuses it (HTTP status {status}).") + said)


def _said(refused: Refused, secrets: tuple[str, ...]) -> str:
    """The vendor's own words, wherever its several kinds of error keep them; empty for none."""
    body = refused.json()
    while isinstance(body, dict):
        body = next(
            (body[key] for key in ("error", "message", "error_description", "detail") if body.get(key)), None
        )
    words = rows_of({"said": body}, secrets=secrets)[0]["said"] if isinstance(body, str) else ""
    return f" It says: “{words[:200]}”" if words else ""


ACTIONS: Final = (
    Action(
        group="sessions",
        name="list",
        summary="List the batch sessions.",
        kind=Kind.READS,
        args=SessionPage,
        run=list_sessions,
    ),
    Action(
        group="sessions",
        name="create",
        summary="Make a batch session.",
        kind=Kind.CHANGES,
        args=NewSession,
        run=create_session,
    ),
    Action(
        group="sessions",
        name="retrieve",
        summary="Show how a batch session is.",
        kind=Kind.READS,
        args=SessionId,
        run=retrieve_session,
        names=("session_id",),
    ),
    Action(
        group="sessions",
        name="result",
        summary="Show what was said in a batch session.",
        kind=Kind.READS,
        args=SessionId,
        run=retrieve_result,
        names=("session_id",),
    ),
    Action(
        group="sessions",
        name="delete",
        summary="Delete a batch session and its transcript.",
        kind=Kind.DESTROYS,
        args=SessionId,
        run=delete_session,
        names=("session_id",),
    ),
)
