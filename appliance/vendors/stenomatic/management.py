"""Stenomatic's clients, their rooms, and what was used. All need the developer key."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, Self
from urllib.parse import urlencode

from pydantic import Field, SecretStr, model_validator

from appliance.settings.schemas import ADVANCED
from appliance.vendors.answers import count_of, rows_of
from appliance.vendors.contract import ConfigurationFault, Lost, VendorModel
from appliance.vendors.management import Action, Kind, NoArgs, Outcome
from appliance.vendors.stenomatic.api import NONSENSE, ask, new_url
from appliance.vendors.stenomatic.config import Phrase, RoomId, StenomaticAccount
from appliance.vendors.transport import part

HIDDEN: Final = ("api_key", "secret")
"""Fields of a room that nobody is shown."""

_FIRST: Final = ("id", "title", "from_language", "to_languages", "is_archived", "name")
"""What is worth seeing at once of many."""

_OWN: Final = "Left empty, it is that of the account."
_NANOSECONDS: Final = 60_000_000_000
_NO_CLIENT: Final = (
    "Which client? Give its ID, or enter the client ID in the account; list the clients to see it."
)
_STAYS: Final = "Stenomatic took the request but does not say that the room is archived; look at its own page."

_Line = Annotated[str, Field(max_length=200)]
_Text = Annotated[str, Field(max_length=5_000)]
_Language = Annotated[str, Field(min_length=1, max_length=35, json_schema_extra={"format": "language"})]
_Password = Annotated[SecretStr, Field(min_length=1, max_length=200)]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class NewClient(VendorModel):
    """A client to make."""

    name: str = Field(title="Name", min_length=1, max_length=200)


class OfClient(VendorModel):
    """Whose."""

    client_id: str | None = Field(
        default=None, title="Client ID", description=_OWN, min_length=1, max_length=100
    )


class ThisRoom(VendorModel):
    """Which room."""

    id: RoomId = Field(title="Room ID")


class Details(VendorModel):
    """What can be said of a room."""

    title: _Line | None = Field(default=None, title="Title")
    description: _Text | None = Field(default=None, title="Description")
    from_language: _Language | None = Field(default=None, title="Spoken language")
    to_languages: tuple[_Language, ...] | None = Field(default=None, max_length=50, title="Translate to")
    sponsorship_credit_title: _Line | None = Field(
        default=None, title="Sponsor: title of the credit", json_schema_extra=ADVANCED
    )
    sponsorship_title: _Line | None = Field(default=None, title="Sponsor", json_schema_extra=ADVANCED)
    sponsorship_description: _Text | None = Field(
        default=None, title="Sponsor: description", json_schema_extra=ADVANCED
    )
    sponsorship_info_url: _Line | None = Field(default=None, title="Sponsor: page", json_schema_extra=ADVANCED)
    speaker_password: _Password | None = Field(default=None, title="Password of speakers")
    participant_password: _Password | None = Field(default=None, title="Password of participants")

    @property
    def document(self) -> dict[str, Any]:
        """What is given, as Stenomatic wants it."""
        passwords = {
            "speaker": self.speaker_password,
            "participant": self.participant_password,
        }
        given = self.model_dump(
            exclude={f"{who}_password" for who in passwords}, exclude_none=True, mode="json"
        )
        told = {who: secret.get_secret_value() for who, secret in passwords.items() if secret}
        return given | ({"passwords": told} if told else {})


class NewRoom(Details, OfClient):
    """A room to make."""

    id: RoomId | None = Field(
        default=None,
        title="Room ID",
        description="Words of letters and digits with hyphens between them, such as board-room; nobody else may"
        " have it, and the plan must allow to choose it. Left empty, Stenomatic makes one up.",
    )


class RoomChange(Details, ThisRoom):
    """What is to change of a room."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.document.keys() <= {"id"}:
            raise ValueError("nothing is to be changed; say what")
        return self


class StreamUrl(ThisRoom):
    """Who will speak in a room."""

    speaker_name: str = Field(title="Name of the speaker", max_length=100)
    language: _Language = Field(title="Spoken language")
    phrases: tuple[Phrase, ...] = Field(default=(), max_length=100, title="Names and terms that will be said")


class Period(VendorModel):
    """From when to when, in days of UTC."""

    since: _Day | None = Field(
        default=None, title="First day", description="Such as 2026-03-01; left empty, the first of this month."
    )
    until: _Day | None = Field(default=None, title="Last day", description="Left empty, it is until now.")

    @property
    def query(self) -> str:
        """In milliseconds, as a query."""
        now = datetime.now(UTC)
        begin = _begin(date.fromisoformat(self.since)) if self.since else _begin(now.date().replace(day=1))
        end = _begin(date.fromisoformat(self.until) + timedelta(days=1)) if self.until else now
        return urlencode({"from": round(begin.timestamp() * 1000), "to": round(end.timestamp() * 1000)})

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [date.fromisoformat(day) for day in (self.since, self.until) if day]
        if days != sorted(days):
            raise ValueError("the last day must not be before the first")
        return self


class PeriodOfClient(Period, OfClient):
    """Whose, and from when to when."""


def client_of(account: StenomaticAccount, given: str | None = None) -> str:
    """The client that is meant.

    Raises:
        ConfigurationFault: none is.
    """
    if client := given or account.client_id:
        return client
    raise ConfigurationFault(_NO_CLIENT)


async def create_client(account: StenomaticAccount, args: NewClient) -> Outcome:
    """Make a client."""
    answer = await ask(account, "POST", "/v1/clients", {"name": args.name})
    return Outcome(done=f"The client {args.name} is made.", rows=shown(account, answer))


async def list_clients(account: StenomaticAccount, _args: NoArgs) -> Outcome:
    """All clients of the customer."""
    return _listed(account, await ask(account, "GET", "/v1/clients"), "client")


async def create_room(account: StenomaticAccount, args: NewRoom) -> Outcome:
    """Make a room."""
    room = await make_room(account, args)
    return Outcome(done=f"The room {room['id']} is made.", rows=shown(account, room))


async def list_rooms(account: StenomaticAccount, args: OfClient) -> Outcome:
    """All rooms of a client."""
    client = client_of(account, args.client_id)
    found = await ask(account, "GET", _rooms(client), missing=f"the client {client}")
    return _listed(account, found, "room")


async def retrieve_room(account: StenomaticAccount, args: ThisRoom) -> Outcome:
    """One room."""
    return Outcome(done=f"This is the room {args.id}.", rows=shown(account, await get_room(account, args.id)))


async def update_room(account: StenomaticAccount, args: RoomChange) -> Outcome:
    """Change what is given of a room."""
    changes = {key: value for key, value in args.document.items() if key != "id"}
    room = await change_room(account, args.id, changes)
    return Outcome(done=f"The room {args.id} is changed.", rows=shown(account, room))


async def archive_room(account: StenomaticAccount, args: ThisRoom) -> Outcome:
    """Put a room away."""
    room = await change_room(account, args.id, {"is_archived": True})
    trouble = "" if room.get("is_archived") is True else _STAYS
    return Outcome(done=f"The room {args.id} is archived.", rows=shown(account, room), trouble=trouble)


async def retrieve_passwords(account: StenomaticAccount, args: ThisRoom) -> Outcome:
    """The passwords of a room, to be told to people."""
    told = await passwords_of(account, args.id)
    return Outcome(done=f"These are the passwords of the room {args.id}.", rows=rows_of(told))


async def retrieve_stream_url(account: StenomaticAccount, args: StreamUrl) -> Outcome:
    """An address to push sound to."""
    wanted = args.model_dump(exclude={"id"}, mode="json")
    url = await new_url(account, args.id, wanted)
    done = "Whoever knows this address can speak in the room: treat it as a password."
    return Outcome(done=done, rows=[{"url": url}])


async def customer_usage(account: StenomaticAccount, args: Period) -> Outcome:
    """What the customer has used, with all clients."""
    return _used(await ask(account, "GET", f"/v1/customers/me/api_usage?{args.query}"))


async def client_usage(account: StenomaticAccount, args: PeriodOfClient) -> Outcome:
    """What a client has used."""
    client = client_of(account, args.client_id)
    path = f"/v1/clients/{part(client)}/api_usage?{args.query}"
    return _used(await ask(account, "GET", path, missing=f"the client {client}"))


async def make_room(account: StenomaticAccount, args: NewRoom) -> dict[str, Any]:
    """Make a room; as Stenomatic has it then."""
    client = client_of(account, args.client_id)
    document = {key: value for key, value in args.document.items() if key != "client_id"}
    room = await ask(account, "POST", _rooms(client), document, missing=f"the client {client}")
    return _room(room)


async def get_room(account: StenomaticAccount, name: str) -> dict[str, Any]:
    """A room as Stenomatic has it."""
    return _room(await ask(account, "GET", _path(name), missing=f"the room {name}"))


async def change_room(account: StenomaticAccount, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change a room; as Stenomatic has it then."""
    return _room(await ask(account, "PATCH", _path(name), changes, missing=f"the room {name}"))


async def passwords_of(account: StenomaticAccount, name: str) -> dict[str, str]:
    """The passwords of a room by who needs them."""
    told = await ask(account, "GET", f"{_path(name)}/passwords", missing=f"the room {name}")
    if not isinstance(told, dict):
        raise Lost(NONSENSE)
    return {who: told[who] for who in ("speaker", "participant") if isinstance(told.get(who), str)}


def shown(account: StenomaticAccount, document: Any) -> list[dict[str, Any]]:
    """What Stenomatic answered, as rows without keys.

    Raises:
        Lost: it is neither an object nor a list of them.
    """
    return rows_of(document, hidden=HIDDEN, secrets=account.secrets)


def _listed(account: StenomaticAccount, answer: Any, thing: str) -> Outcome:
    rows = shown(account, answer or [])
    found = [{key: row[key] for key in _FIRST if key in row} | row for row in rows]
    return Outcome(done=count_of(found, thing), rows=found)


def _used(answer: Any) -> Outcome:
    """Stenomatic leaves out what is zero."""
    used = {} if answer is None else answer
    if not isinstance(used, dict):
        raise Lost(NONSENSE)
    amounts = {kind: used.get(kind, 0) for kind in ("speech_recognition", "voice_translate")}
    if not all(isinstance(amount, int | float) and amount >= 0 for amount in amounts.values()):
        raise Lost(NONSENSE)
    minutes = {f"{kind}_minutes": round(amount / _NANOSECONDS, 2) for kind, amount in amounts.items()}
    recognised, translated = minutes.values()
    done = f"{recognised} minutes of recognition and {translated} minutes of translation were used."
    return Outcome(done=done, rows=[minutes])


def _room(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        raise Lost(NONSENSE)
    return answer


def _rooms(client: str) -> str:
    return f"/v1/clients/{part(client)}/rooms"


def _path(name: str) -> str:
    return f"/v1/rooms/{part(name)}"


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


ACTIONS: Final = (
    Action(
        group="rooms",
        name="list",
        summary="List the rooms of a client.",
        kind=Kind.READS,
        args=OfClient,
        run=list_rooms,
    ),
    Action(
        group="rooms",
        name="create",
        summary="Make a room.",
        kind=Kind.CHANGES,
        args=NewRoom,
        run=create_room,
    ),
    Action(
        group="rooms",
        name="retrieve",
        summary="Show a room.",
        kind=Kind.READS,
        args=ThisRoom,
        run=retrieve_room,
        names=("id",),
    ),
    Action(
        group="rooms",
        name="update",
        summary="Change something of a room.",
        kind=Kind.CHANGES,
        args=RoomChange,
        run=update_room,
        names=("id",),
    ),
    Action(
        group="rooms",
        name="passwords",
        summary="Show the passwords of speakers and participants of a room.",
        kind=Kind.READS,
        args=ThisRoom,
        run=retrieve_passwords,
        names=("id",),
    ),
    Action(
        group="rooms",
        name="stream-url",
        summary="Make an address to push sound to; it is secret.",
        kind=Kind.READS,
        args=StreamUrl,
        run=retrieve_stream_url,
        names=("id",),
    ),
    Action(
        group="rooms",
        name="archive",
        summary="Put a room away.",
        kind=Kind.DESTROYS,
        args=ThisRoom,
        run=archive_room,
        names=("id",),
    ),
    Action(
        group="clients",
        name="list",
        summary="List the clients.",
        kind=Kind.READS,
        args=NoArgs,
        run=list_clients,
    ),
    Action(
        group="clients",
        name="create",
        summary="Make a client.",
        kind=Kind.CHANGES,
        args=NewClient,
        run=create_client,
    ),
    Action(
        group="usage",
        name="customer",
        summary="Show what the customer has used, with all clients.",
        kind=Kind.READS,
        args=Period,
        run=customer_usage,
    ),
    Action(
        group="usage",
        name="client",
        summary="Show what a client has used.",
        kind=Kind.READS,
        args=PeriodOfClient,
        run=client_usage,
    ),
)
