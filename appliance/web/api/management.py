"""Managing what there is at the vendors: rooms, customers, units, sessions."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from appliance.settings import SettingsError
from appliance.vendors.contract import AnyVendor, Busy, ConfigurationFault, VendorFailure
from appliance.vendors.management import AnyAction, Kind, Outcome
from appliance.vendors.manager import Manager
from appliance.web.bodies import body_as, json_answer
from appliance.web.problems import Problem
from appliance.web.routes import Exchange, RouteTable

PATIENCE: Final = 60.0
"""Seconds that a vendor has to do something."""

_LATE: Final = (
    "The vendor did not answer within {seconds:.0f} seconds; look whether it was done before you try again."
)


class ActionView(TypedDict):
    """Something that can be done at a vendor; ``args_schema`` is the JSON Schema of the body."""

    group: str
    name: str
    summary: str
    kind: Kind
    args_schema: dict[str, Any]


class OutcomeView(TypedDict):
    """What came of it.

    ``done`` says what was done. ``rows`` are the vendor's own. ``trouble`` says what went wrong afterwards and
    what to do; it is empty where nothing did.
    """

    done: str
    rows: list[dict[str, Any]]
    trouble: str


class ManagementApi:
    """Does for programs what the pages of vendors do for people.

    Args:
        manager: does it.
    """

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        path = "/api/v1/accounts/{id}/actions"
        table.get(path, self.actions, exchange=Exchange(gives=list[ActionView]))
        exchange = Exchange(takes=dict[str, Any], gives=OutcomeView)
        table.post(f"{path}/{{group}}/{{name}}", self.act, exchange=exchange)

    async def actions(self, request: web.Request) -> web.Response:
        """What can be managed at the vendor of an account."""
        vendor = await managed(self._manager, request.match_info["id"])
        views: list[ActionView] = [
            {
                "group": action.group,
                "name": action.name,
                "summary": action.summary,
                "kind": action.kind,
                "args_schema": action.args.model_json_schema(),
            }
            for action in vendor.actions
        ]
        return json_answer(views)

    async def act(self, request: web.Request) -> web.Response:
        """Do something at the vendor of an account."""
        account = request.match_info["id"]
        vendor = await managed(self._manager, account)
        action = action_of(vendor, request.match_info["group"], request.match_info["name"])
        args: BaseModel = await body_as(request, action.args)
        outcome = await act(self._manager, account, action, args)
        view: OutcomeView = {
            "done": outcome.done,
            "rows": [dict(row) for row in outcome.rows],
            "trouble": outcome.trouble,
        }
        return json_answer(view)


async def managed(manager: Manager, account: str) -> AnyVendor:
    """The vendor of an account at which something can be managed.

    Raises:
        Problem: there is none.
    """
    vendor = (await manager.accounts()).get(account)
    if vendor is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no account “{account}” with anything to manage.")
    return vendor


def action_of(vendor: AnyVendor, group: str, name: str) -> AnyAction:
    """One of the actions of a vendor.

    Raises:
        Problem: there is none.
    """
    for action in vendor.actions:
        if (action.group, action.name) == (group, name):
            return action
    raise Problem(HTTPStatus.NOT_FOUND, f"{vendor.manifest.title} has no “{group} {name}”.")


async def act(manager: Manager, account: str, action: AnyAction, args: BaseModel) -> Outcome:
    """Do something.

    Raises:
        Problem: it was not done.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            return await manager.run(account, action, args)
    except (ConfigurationFault, SettingsError) as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from None
    except Busy as error:
        wait = None if error.wait is None else round(error.wait)
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), wait=wait) from None
    except VendorFailure as error:
        raise Problem(HTTPStatus.BAD_GATEWAY, str(error)) from None
    except TimeoutError:
        raise Problem(HTTPStatus.GATEWAY_TIMEOUT, _LATE.format(seconds=PATIENCE)) from None
