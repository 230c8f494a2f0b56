"""What the settings mean for captions: which way the words of the room in use take, and what may be spent."""

from dataclasses import replace
from typing import Any

from appliance.captioning.captioning import Routes
from appliance.captioning.controller import Plan
from appliance.captioning.spend import Caps
from appliance.deliveries import Deliveries
from appliance.settings import Settings, SettingsError
from appliance.state import RoomInUse
from appliance.vendors.contract import AnyVendor, ConfigurationFault, Loudspeaker, Route
from appliance.vendors.registry import Registry


def plan(settings: Settings, registry: Registry, deliveries: Deliveries, loudspeaker: Loudspeaker) -> Plan:
    """How the room in use is captioned.

    Raises:
        ConfigurationFault: an account or the options of the room are not what its vendor wants.
    """
    name, room, audio = settings.box.room, settings.room, settings.audio
    fallback = room.fallback if room.fallback != room.account else None
    try:
        first = _aloud(registry.route(settings, name), loudspeaker)
        second = _aloud(registry.route(settings, name, fallback), loudspeaker) if fallback else None
    except SettingsError as error:
        raise ConfigurationFault(str(error)) from None
    # Where words come later, their sound is kept; where another account steps in, nothing need be.
    shelved = second is None or not first.delivery.captions
    routes = Routes(
        first=deliveries.shelved(first) if shelved else first,
        fallback=second,
        patience=room.fallback_after,
        idle_after=audio.idle_after,
    )
    return Plan(room=room_in_use(settings), routes=routes, source=audio.input, gain=audio.gain)


def _aloud(route: Route, loudspeaker: Loudspeaker) -> Route:
    """The same route, whose streams may say something aloud."""
    return replace(route, order=replace(route.order, loudspeaker=loudspeaker))


def room_in_use(settings: Settings) -> RoomInUse:
    """The room in use, as screens show it."""
    room = settings.room
    return RoomInUse(
        id=settings.box.room,
        title=room.title,
        from_language=room.from_language,
        to_languages=room.to_languages,
        vendor=settings.accounts[room.account].vendor,
    )


def all_that_is_heard(settings: Settings) -> tuple[object, ...]:
    """All that decides on how the room in use is captioned."""
    room, accounts = settings.room, settings.accounts
    return settings.box.room, room, accounts[room.account], accounts.get(room.fallback or ""), settings.audio


def reading_link(settings: Settings, registry: Registry) -> str | None:
    """Where the captions of the room in use are read, if not here."""
    try:
        return registry.route(settings, settings.box.room).reading_link
    except SettingsError:
        return None


def vendor_and_account(settings: Settings, registry: Registry, name: str) -> tuple[AnyVendor, Any]:
    """The vendor of an account, and its credentials.

    Raises:
        ConfigurationFault: there is no such account, or it is not what its vendor wants.
    """
    if name not in settings.accounts:
        raise ConfigurationFault(
            f"The account “{name}” is no longer in the settings; set it up again, or delete the recording."
        )
    try:
        return registry.account(settings, name)
    except SettingsError as error:
        raise ConfigurationFault(str(error)) from None


def caps(settings: Settings, registry: Registry) -> Caps:
    """What may be spent in a month."""
    accounts = settings.accounts
    vendors = {key: registry.get(account.vendor) for key, account in accounts.items()}
    return Caps(
        box=settings.spend.monthly_minutes,
        accounts={key: a.monthly_minutes for key, a in accounts.items() if a.monthly_minutes},
        costly=frozenset(key for key, vendor in vendors.items() if vendor and vendor.manifest.bills_by_time),
    )
