"""Does what an administrator wants done at a vendor, and keeps the keys that the vendor gives out."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import SecretStr

from appliance.settings import Problem, Settings, SettingsError
from appliance.settings.edits import Changes
from appliance.settings.problems import SETTINGS
from appliance.vendors.contract import AnyVendor, VendorFailure
from appliance.vendors.management import AnyAction, BoxRoom, Kind, OfBoxRoom, Outcome
from appliance.vendors.registry import Registry

Load = Callable[[], Settings]
Change = Callable[[Settings], Changes]
Save = Callable[[Change], Awaitable[Settings]]

_log = logging.getLogger(__name__)

_UNSTORED: Final = (
    "The new key could not be stored ({reason}). It is shown this once: write it down, and enter it in the"
    " account, for the old one will stop working."
)

_ROOM_UNSTORED: Final = (
    "The settings of the room {room} could not be changed ({reason}). Correct what is wrong, and do it again."
)


class Manager:
    """Runs the actions of vendors with the accounts of the settings.

    Args:
        registry: the vendors.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does.
    """

    def __init__(self, registry: Registry, load: Load, save: Save) -> None:
        self._registry = registry
        self._load = load
        self._save = save
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def accounts(self) -> dict[str, AnyVendor]:
        """The accounts at whose vendors something can be managed, and these vendors."""
        settings = await asyncio.to_thread(self._load)
        vendors = {name: self._registry.get(account.vendor) for name, account in settings.accounts.items()}
        return {name: vendor for name, vendor in vendors.items() if vendor and vendor.actions}

    async def run(self, account: str, action: AnyAction, args: Any) -> Outcome:
        """Do something with an account that there is. Changes with one account are made one after another.

        Raises:
            SettingsError: the account is not what its vendor wants, or a new key of it could not be stored.
            VendorFailure: the vendor does not do it, or cannot be reached.
        """
        if action.kind is Kind.READS:
            return await self._run(account, action, args)
        _log.info("“%s %s” is done with the account “%s”.", action.group, action.name, account)
        async with self._changing[account]:
            doing = asyncio.create_task(self._run(account, action, args))
            try:
                return await asyncio.shield(doing)
            except asyncio.CancelledError:
                await asyncio.wait({doing})  # what the vendor tells once must be stored, whoever still waits
                if not doing.cancelled():
                    doing.exception()  # asyncio would complain that nobody was told
                raise

    async def keep_in_step(self) -> dict[str, str]:
        """Bring rooms of the box and what their vendors know of them into step; what went wrong, by room.

        Raises:
            SettingsError: the settings cannot be read.
        """
        settings = await asyncio.to_thread(self._load)
        wrong = {}
        for name, room in settings.rooms.items():
            vendor = self._registry.get(settings.accounts[room.account].vendor)
            for action in vendor.actions if vendor else ():
                if action.keeps_in_step:
                    try:
                        args = action.args.model_validate({"box_room": name})
                        outcome = await self.run(room.account, action, args)
                    except (SettingsError, VendorFailure) as error:
                        wrong[name] = str(error)
                    else:
                        wrong |= {name: outcome.trouble} if outcome.trouble else {}
        return wrong

    async def _run(self, account: str, action: AnyAction, args: Any) -> Outcome:
        settings = await asyncio.to_thread(self._load)
        _, credentials = self._registry.account(settings, account)
        if isinstance(args, OfBoxRoom):
            args = args.finding(self._box_room(settings, account, args.box_room))
        if action.renews:
            await self._store(account, {key: getattr(credentials, key) for key in action.renews})
        outcome: Outcome = await action.run(credentials, args)
        if outcome.room:
            outcome = await self._store_room(args.box_room, outcome)
        if not outcome.secrets:
            return outcome
        try:
            await self._store(account, outcome.secrets)
        except (SettingsError, OSError) as error:
            shown = {key: secret.get_secret_value() for key, secret in outcome.secrets.items()}
            return replace(outcome, rows=[shown], secrets={}, trouble=_UNSTORED.format(reason=error))
        return outcome

    async def _store(self, account: str, secrets: Mapping[str, SecretStr | None]) -> None:
        def changes(now: Settings) -> Changes:
            if account not in now.accounts:
                raise SettingsError([Problem(SETTINGS, f"accounts.{account}", "is no longer there")])
            return {"accounts": {account: {key: secret for key, secret in secrets.items() if secret}}}

        await self._save(changes)

    async def _store_room(self, room: str, outcome: Outcome) -> Outcome:
        def changes(now: Settings) -> Changes:
            if room not in now.rooms:
                raise SettingsError([Problem(SETTINGS, f"rooms.{room}", "is no longer there")])
            return {"rooms": {room: outcome.room}}

        try:
            await self._save(changes)
        except (SettingsError, OSError) as error:
            return replace(outcome, trouble=_ROOM_UNSTORED.format(room=room, reason=error))
        return outcome

    def _box_room(self, settings: Settings, account: str, name: str) -> BoxRoom:
        """A room of the box that uses the account.

        Raises:
            SettingsError: there is none of this name.
        """
        room = settings.rooms.get(name)
        if room is None or room.account != account:
            fitting = (
                ", ".join(key for key, each in settings.rooms.items() if each.account == account) or "none"
            )
            problem = f"is no room of this box that uses the account {account}; such rooms are: {fitting}"
            raise SettingsError([Problem(SETTINGS, f"rooms.{name}", problem)])
        order = self._registry.route(settings, name).order
        return BoxRoom(
            title=room.title,
            from_language=order.from_language,
            to_languages=order.to_languages,
            options=order.options,
        )
