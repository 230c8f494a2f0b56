"""Checking an account: is its key good?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiohttp import web

from appliance.settings import Account, Settings, SettingsError
from appliance.vendors.contract import Busy, ConfigurationFault, VendorFailure
from appliance.vendors.registry import Registry
from appliance.web.bodies import json_answer
from appliance.web.problems import Problem
from appliance.web.routes import Exchange, RouteTable
from appliance.web.views import CheckView

PATIENCE: Final = 30.0
"""Seconds that a vendor has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a check.

    Attributes:
        account: as it was then.
        view: the answer.
        at: when it came.
    """

    account: Account
    view: CheckView
    at: datetime


class CheckApi:
    """Asks vendors whether accounts work, each account once at a time.

    Args:
        settings: the settings in use.
        registry: the vendors.
    """

    def __init__(self, settings: Callable[[], Settings], registry: Registry) -> None:
        self._settings = settings
        self._registry = registry
        self._asking: set[str] = set()
        self._answers: dict[str, Checked] = {}

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.post("/api/v1/accounts/{id}/check", self.check, exchange=Exchange(gives=CheckView))

    async def check(self, request: web.Request) -> web.Response:
        """Ask the vendor of an account whether it works, free of charge where that is possible."""
        return json_answer(await self.ask(request.match_info["id"]))

    async def ask(self, account: str) -> CheckView:
        """Ask the vendor of an account whether it works.

        Raises:
            Problem: there is no such account, or it is being checked already.
        """
        settings = self._settings()
        if account not in settings.accounts:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no account “{account}”.")
        if account in self._asking:
            raise Problem(HTTPStatus.CONFLICT, f"“{account}” is being checked already: wait for the answer.")
        self._asking.add(account)
        try:
            view = await self.trial(settings, account)
        finally:
            self._asking.discard(account)
        self._answers[account] = Checked(account=settings.accounts[account], view=view, at=datetime.now(UTC))
        return view

    def last(self, account: str) -> Checked | None:
        """The last answer since the box started; None where there is none for the account as it is now."""
        checked = self._answers.get(account)
        return checked if checked and checked.account == self._settings().accounts.get(account) else None

    async def trial(self, settings: Settings, account: str) -> CheckView:
        """Ask about an account that need not be saved yet."""
        try:
            async with asyncio.timeout(PATIENCE):
                sentence = await self._registry.check_account(settings, account)
        except (ConfigurationFault, SettingsError) as error:
            return {"ok": False, "sentence": str(error), "kind": "configuration"}
        except Busy as error:
            return {"ok": False, "sentence": str(error), "kind": "busy"}
        except VendorFailure as error:
            return {"ok": False, "sentence": str(error), "kind": "lost"}
        except TimeoutError:
            sentence = f"The vendor did not answer within {PATIENCE:.0f} seconds; try again."
            return {"ok": False, "sentence": sentence, "kind": "lost"}
        return {"ok": True, "sentence": sentence, "kind": None}
