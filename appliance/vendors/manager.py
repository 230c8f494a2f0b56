"""Does what an administrator wants done at a vendor, and keeps the keys that the vendor gives out."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import SecretStr

from appliance.settings import Problem, Settings, SettingsError
from appliance.settings.edits import Changes
from appliance.settings.problems import SETTINGS
from appliance.vendors.contract import AnyVendor
from appliance.vendors.management import AnyAction, Kind, Outcome
from appliance.vendors.registry import Registry

Load = Callable[[], Settings]
Change = Callable[[Settings], Changes]
Save = Callable[[Change], Awaitable[Settings]]

_log = logging.getLogger(__name__)

_UNSTORED: Final = (
    "The new key could not be stored ({reason}). It is shown this once: write it down, and enter it in the"
    " account, for the old one will stop working."
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
        return dict(self._managed(await asyncio.to_thread(self._load)))

    def _managed(self, settings: Settings) -> Iterator[tuple[str, AnyVendor]]:
        for name, account in settings.accounts.items():
            vendor = self._registry.get(account.vendor)
            if vendor and vendor.actions:
                yield name, vendor

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

    async def _run(self, account: str, action: AnyAction, args: Any) -> Outcome:
        _, credentials = self._registry.account(await asyncio.to_thread(self._load), account)
        if action.renews:
            await self._store(account, {key: getattr(credentials, key) for key in action.renews})
        outcome: Outcome = await action.run(credentials, args)
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
