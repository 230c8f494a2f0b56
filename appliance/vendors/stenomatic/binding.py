"""A room of the box and a room at Stenomatic that belong together: one title, the same languages."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from appliance.captions import clean
from appliance.vendors.answers import rows_of
from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.management import Action, BoxRoom, Kind, OfBoxRoom, Outcome
from appliance.vendors.stenomatic.api import NONSENSE, Unknown
from appliance.vendors.stenomatic.config import RoomId, StenomaticAccount, page_of
from appliance.vendors.stenomatic.management import (
    NewRoom,
    OfClient,
    change_room,
    get_room,
    make_room,
    passwords_of,
)

_NOT_BOUND: Final = "The room is not bound to one at Stenomatic; nothing was done."
_ABSENT: Final = "Set room_page_template to see the address of its page."

Shared = Mapping[str, Any]
"""Title and languages, by the names that both sides have for them."""


class Bind(OfClient, OfBoxRoom):
    """Which rooms belong together."""

    id: RoomId | None = Field(
        default=None,
        title="Room at Stenomatic",
        description="One that is there gives its title and languages to the room of the box; otherwise one is"
        " made with those of the room of the box. Left empty, Stenomatic makes up its ID.",
    )


async def bind(account: StenomaticAccount, args: Bind) -> Outcome:
    """Bind a room of the box to one at Stenomatic, which is made if there is none yet."""
    ours, name = _ours(args.found), args.id or args.found.options.room_id
    theirs = await _found(account, name)
    if theirs is None:
        wanted = {"client_id": args.client_id, "id": name, **ours}
        theirs = await make_room(account, NewRoom.model_validate(wanted))
        return await _bound(account, args, theirs["id"], ours, done="is made and bound")
    return await _bound(account, args, theirs["id"], _shared(theirs), done="is bound")


async def keep_in_step(account: StenomaticAccount, args: OfBoxRoom) -> Outcome:
    """Take over what was changed at either side since both last agreed; the box wins where both were."""
    options = args.found.options
    if options.room_id is None or options.in_step is None:
        return Outcome(done=_NOT_BOUND)
    ours, theirs = _ours(args.found), _shared(await get_room(account, options.room_id))
    agreed = dict(zip(ours, options.in_step.split("-"), strict=False))
    news = {key: theirs[key] for key in ours if _mark(ours[key]) == agreed.get(key)}
    result = {**ours, **news}
    if changes := {key: value for key, value in result.items() if value != theirs[key]}:
        await change_room(account, options.room_id, changes)
    if result == ours and _marks(result) == options.in_step:
        return Outcome(done=f"The room {options.room_id} is in step.")
    return await _bound(account, args, options.room_id, result, done="is in step again")


async def show_page(account: StenomaticAccount, args: OfBoxRoom) -> Outcome:
    """Where people read, and the password that they need."""
    name = args.found.options.room_id
    if name is None:
        raise ConfigurationFault("The room is not bound to one at Stenomatic: bind it first.")
    return Outcome(done=f"This is how people read the room {name}.", rows=await _page(account, args, name))


async def _bound(
    account: StenomaticAccount, args: OfBoxRoom, name: str, shared: Shared, *, done: str
) -> Outcome:
    options = {"room_id": name, "in_step": _marks(shared)}
    return Outcome(
        done=f"The room {name} {done}.",
        rows=await _page(account, args, name),
        room={**shared, "options": options},
    )


async def _page(account: StenomaticAccount, args: OfBoxRoom, name: str) -> list[dict[str, Any]]:
    options = args.found.options.model_copy(update={"room_id": name})
    told = await passwords_of(account, name)
    row = {"id": name, "page": page_of(account, options) or _ABSENT}
    return rows_of({**row, "participant_password": told.get("participant", "")})


async def _found(account: StenomaticAccount, name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    try:
        return await get_room(account, name)
    except Unknown:
        return None


def _ours(room: BoxRoom) -> dict[str, Any]:
    return {
        "title": room.title,
        "from_language": room.from_language,
        "to_languages": list(room.to_languages),
    }


def _shared(room: Mapping[str, Any]) -> dict[str, Any]:
    """What Stenomatic says of a room.

    Raises:
        Lost: it makes no sense.
    """
    title, spoken, to = room.get("title"), room.get("from_language"), room.get("to_languages") or []
    texts = [title, spoken, *to] if isinstance(to, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise Lost(NONSENSE)
    return {"title": clean(str(title)), "from_language": spoken, "to_languages": to}


def _marks(shared: Shared) -> str:
    return "-".join(_mark(value) for value in shared.values())


def _mark(value: Any) -> str:
    """A few letters that tell whether a value is still the same."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]


ACTIONS: Final = (
    Action(
        group="rooms",
        name="bind",
        summary="Bind a room of this box to one at Stenomatic.",
        kind=Kind.CHANGES,
        args=Bind,
        run=bind,
    ),
    Action(
        group="rooms",
        name="sync",
        summary="Bring title and languages of a bound room into step.",
        kind=Kind.CHANGES,
        args=OfBoxRoom,
        run=keep_in_step,
        keeps_in_step=True,
    ),
    Action(
        group="rooms",
        name="page",
        summary="Show the page and the participants' password of a bound room.",
        kind=Kind.READS,
        args=OfBoxRoom,
        run=show_page,
    ),
)
