"""What a body asks to be changed in the settings. Only what differs is written into the files."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, SecretStr, ValidationError

from appliance.settings import Account, Problem, Room, Settings, SettingsError, problems_of
from appliance.settings.edits import Changes
from appliance.settings.order import InOrder
from appliance.settings.problems import SETTINGS
from appliance.settings.schemas import Place
from appliance.vendors.contract import AnyVendor
from appliance.web.problems import Problem as Refusal
from appliance.web.settings_view import SECRETS, Vendors, secret_keys, settings_view

ACCOUNTS: Final = "accounts"
ROOMS: Final = "rooms"
ON_DEVICE: Final = "on-device"

Change = Callable[[Settings], Changes]
Save = Callable[[Change], Awaitable[Settings]]
"""Saves a change and lets the box take it up; raises `SettingsError` if nothing was changed."""

_Fields = Mapping[str, Any]


def settings_changes(body: _Fields, now: Settings, vendors: Vendors) -> Changes:
    """The changes that `SettingsBody` asks for; whether they make sense, the settings' own models decide.

    Raises:
        SettingsError: an account or a room is none.
    """
    changes = _merged(settings_view(now, vendors), _without(body, (ACCOUNTS, ROOMS)))
    for section in (ACCOUNTS, ROOMS):
        if section in body:
            changes = _joined(section_changes(section, body[section], now, vendors), changes)
    return changes


def section_changes(section: str, body: object, now: Settings, vendors: Vendors) -> Changes:
    """The changes after which there are these accounts, or rooms, and no others; rooms in this order.

    Raises:
        SettingsError: one is none.
    """
    if not isinstance(body, Mapping):
        raise SettingsError([Problem(SETTINGS, section, "must be an object")])
    gone: dict[str, Any] = dict.fromkeys(name for name in getattr(now, section) if name not in body)
    entries = gone | _entries(section, body, now, vendors)
    return _in_order(entries, now) if section == ROOMS else {section: entries}


def entry_changes(section: str, name: str, body: object, now: Settings, vendors: Vendors) -> Changes:
    """The changes after which one account, or room, is as in the body, and the others are as they are.

    Raises:
        SettingsError: it is none.
    """
    # A room that nobody wrote down is there only as long as there is no other.
    others: dict[str, Any] = {room: {} for room in now.rooms} if section == ROOMS else {}
    return {section: others | _entries(section, {name: body}, now, vendors)}


def without_account(name: str, now: Settings) -> Changes:
    """The changes after which there is no such account.

    Raises:
        Refusal: it is needed, or there is none.
    """
    users = users_of(name, now)
    if users:
        raise _conflict(f"“{name}” is used by: {', '.join(users)}; give each another account first.")
    if name == ON_DEVICE:
        raise _conflict(f"“{name}” is always there: it is the engine of the box itself.")
    return {ACCOUNTS: {known(name, now.accounts): None}}


def users_of(account: str, now: Settings) -> list[str]:
    """The rooms that need an account."""
    return [key for key, room in now.rooms.items() if account in (room.account, room.fallback)]


def without_room(name: str, now: Settings) -> Changes:
    """The changes after which there is no such room.

    Raises:
        Refusal: it is in use, or there is none.
    """
    if known(name, now.rooms) == now.box.room:
        raise _conflict(f"“{name}” is in use: use another room first.")
    return {ROOMS: {name: None}}


def known(name: str, names: Mapping[str, Any]) -> str:
    """The name.

    Raises:
        Refusal: it is none of these.
    """
    if name not in names:
        raise Refusal(HTTPStatus.NOT_FOUND, f"There is no “{name}”; there is: {', '.join(names)}.")
    return name


def _conflict(sentence: str) -> Refusal:
    return Refusal(HTTPStatus.CONFLICT, sentence)


def room_order(names: Sequence[str], now: Settings) -> Changes:
    """The changes after which the rooms, all of them, are in this order."""
    return _in_order({name: {} for name in names}, now)


def sends_secrets_elsewhere(name: str, body: _Fields, now: Settings, vendors: Vendors) -> bool:
    """Whether an account as in the body speaks to another vendor, or to another host, than it did before.

    Then it keeps no secret: neither gets the key that was meant for the one before.
    """
    old, vendor = now.accounts.get(name), body.get("vendor")
    if old and old.vendor != vendor:
        return True
    before = old.model_dump(mode="json") if old else {}
    usual = _usual_addresses(vendors.get(vendor) if isinstance(vendor, str) else None)
    return any((body.get(key) or where) != (before.get(key) or where) for key, where in usual.items())


def _in_order(rooms: _Fields, now: Settings) -> Changes:
    """The room in use is written down, for where it is not, the first one is in use."""
    return {ROOMS: InOrder(rooms), "box": {"room": now.box.room}}


def _entries(section: str, body: _Fields, now: Settings, vendors: Vendors) -> dict[str, Any]:
    if section == ROOMS:
        return {name: _room(name, entry, now) for name, entry in body.items()}
    accounts = {name: _account(name, entry, now, vendors) for name, entry in body.items()}
    return {name: change for name, change in accounts.items() if change}


def _room(name: str, body: object, now: Settings) -> dict[str, Any]:
    room = _checked(Room, f"{ROOMS}.{name}", body)
    old = now.rooms.get(name)
    return _whole(old.model_dump(mode="json") if old else {}, room)


def _account(name: str, body: object, now: Settings, vendors: Vendors) -> dict[str, Any]:
    given = _without(body, (SECRETS,)) if isinstance(body, Mapping) else body
    account = _checked(Account, f"{ACCOUNTS}.{name}", given)
    old, vendor = now.accounts.get(name), account["vendor"]
    hidden = secret_keys(vendors, vendor)
    secrets = {key: _secret(value) for key, value in account.items() if key in hidden}
    if sends_secrets_elsewhere(name, account, now, vendors):
        secrets = {**dict.fromkeys(hidden | (old.secrets.keys() if old else set())), **secrets}
    shown = old.model_dump(mode="json") if old else {}
    public = _whole(_without(shown, hidden), _without(account, hidden))
    # The on-device engine may not be written down yet: then its vendor must be, with all else.
    return {**public, **secrets, "vendor": vendor} if public or secrets else {}


@cache
def _usual_addresses(vendor: AnyVendor | None) -> dict[str, str | None]:
    """The keys of a vendor's account that decide where its secrets are sent, and where that is by default."""
    model = vendor.account_model if vendor else Account
    places = {key: Place.of(model, [key]) for key in model.model_fields}
    marked = {key: place.said("default") for key, place in places.items() if place.said("address")}
    return {"base_url": None, **marked}


def _secret(value: object) -> object:
    return SecretStr(value) if isinstance(value, str) else value


def _checked(model: type[BaseModel], key: str, body: object) -> _Fields:
    """A body whose types are right; what it means together with all else is checked later.

    Raises:
        SettingsError: they are not.
    """
    try:
        model.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        problems = problems_of(error, SETTINGS, key, model)
    else:
        assert isinstance(body, Mapping)
        return body
    # Raised out here so that pydantic's error, which holds all that was given, does not travel along.
    raise SettingsError(problems)


def _without(fields: _Fields, keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in keys}


def _whole(old: _Fields, new: _Fields) -> dict[str, Any]:
    """The changes after which something is as the new says, and has nothing that the new leaves out."""
    gone = {key: None for key, value in old.items() if key not in new and value is not None}
    return {**gone, **_different(old, new, _whole)}


def _merged(old: _Fields, new: _Fields) -> dict[str, Any]:
    """The changes after which something is as the new says, and as it was in what the new leaves out."""
    return _different(old, new, _merged)


def _joined(first: Changes, second: Changes) -> dict[str, Any]:
    """Both; the second wins."""
    both = {key for key in first if isinstance(first[key], Mapping) and isinstance(second.get(key), Mapping)}
    return {**first, **second, **{key: _joined(first[key], second[key]) for key in both}}


def _different(old: _Fields, new: _Fields, within: Callable[[Any, Any], _Fields]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key, value in new.items():
        before = old.get(key)
        if value != before:
            nested = isinstance(before, Mapping) and isinstance(value, Mapping)
            changes[key] = within(before, value) if nested else value
    return changes
