"""What there is at the vendors: their rooms, customers, units and sessions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from appliance.captions import language_name
from appliance.vendors.contract import AnyVendor
from appliance.vendors.management import AnyAction, Kind, Outcome
from appliance.vendors.manager import Manager
from appliance.web.admin.entries import Wrong, typed
from appliance.web.admin.frame import Frame
from appliance.web.admin.vendor_forms import LIST, WAS, Deed, args_of, befores, deeds, is_of_rows, named, now
from appliance.web.api.management import act, action_of, managed
from appliance.web.forms.fields import form_fields
from appliance.web.forms.kinds import Kind as Asked
from appliance.web.forms.parts import Field, Group, complaints
from appliance.web.problems import Correction, Problem
from appliance.web.routes import RouteTable

PATH: Final = "/admin/vendors"

_GROUP: Final = f"{PATH}/{{account}}/{{group}}"
_FROM_ROW: Final = ":row"
_CONFIRMED: Final = ":confirmed"
_TONGUES: Final = (Asked.LANGUAGE, Asked.LANGUAGES)
_OURS: Final = ("csrf", _FROM_ROW, _CONFIRMED)
"""Hidden fields that are no arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where:
    """What a page is about."""

    account: str
    vendor: AnyVendor
    group: str

    @property
    def path(self) -> str:
        return f"{PATH}/{self.account}/{self.group}"

    @property
    def actions(self) -> list[AnyAction]:
        return [action for action in self.vendor.actions if action.group == self.group]

    @property
    def groups(self) -> list[str]:
        return groups_of(self.vendor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What a list gave; `wrong` says why it gave nothing."""

    form: Group | None = None
    outcome: Outcome | None = None
    wrong: str = ""
    errors: tuple[Correction, ...] = ()
    deeds: Sequence[Sequence[Deed]] = ()

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        return self.outcome.rows if self.outcome else ()


class VendorsPage:
    """Shows what there is at the vendors of the accounts, and changes it.

    Args:
        frame: around every page.
        manager: does it.
    """

    def __init__(self, frame: Frame, manager: Manager) -> None:
        self._frame = frame
        self._manager = manager

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.all)
        table.get(_GROUP, self.group)
        table.get(f"{_GROUP}/{{action}}", self.form)
        table.post(f"{_GROUP}/{{action}}", self.do)

    async def all(self, request: web.Request) -> web.Response:
        """The accounts at whose vendors something can be managed."""
        found = (await self._manager.accounts()).items()
        cards = [(account, vendor.manifest.title, groups_of(vendor)) for account, vendor in found]
        return await self._frame.page(request, "vendors", cards=cards)

    async def group(self, request: web.Request) -> web.Response:
        """What there is of one kind, and what can be done with it."""
        where = await self._where(request)
        listed = await self._list(request, where)
        others = [a for a in where.actions if a.name != LIST and not (listed.rows and is_of_rows(a))]
        return await self._frame.page(
            request,
            "vendor-group",
            where=where,
            listed=listed,
            columns=list(listed.rows[0]) if listed.rows else [],
            complaints=complaints(listed.errors, *([listed.form] if listed.form else [])),
            others=others,
            cell=cell,
            language_names={},
        )

    async def form(self, request: web.Request) -> web.Response:
        """The form of something that can be done."""
        where = await self._where(request)
        return await self._ask(request, where, self._action(request, where), None)

    async def do(self, request: web.Request) -> web.Response:
        """Do what was typed; what cannot be taken back only after it was confirmed."""
        where, form = await self._where(request), await typed(request)
        action = self._action(request, where)
        if _FROM_ROW in form:
            return await self._ask(request, where, action, form)
        try:
            args = args_of(action, form)
            if action.kind is Kind.DESTROYS and _CONFIRMED not in form:
                hidden = [(key, text) for key, text in form.items() if key not in _OURS]
                return await self._page(
                    request, "vendor-confirm", where, action, hidden=hidden, named=named(action, args)
                )
            outcome = await act(self._manager, where.account, action, args)
        except Wrong as wrong:
            return await self._ask(request, where, action, form, errors=wrong.errors)
        except Problem as problem:
            return await self._ask(request, where, action, form, wrong=problem)
        if action.kind is not Kind.READS and not outcome.rows and not outcome.trouble:
            return await self._frame.done(request, where.path, outcome.done)
        return await self._page(request, "vendor-outcome", where, action, outcome=outcome, cell=cell)

    async def _list(self, request: web.Request, where: _Where) -> _Listed:
        action = next((action for action in where.actions if action.name == LIST), None)
        if action is None:
            return _Listed()
        form = MultiDict(request.query)
        schema = action.args.model_json_schema()
        asked = form_fields(schema, {}, typed=form or None)
        shown = asked if asked.members else None
        try:
            args = args_of(action, form)
            outcome = await act(self._manager, where.account, action, args)
        except Wrong as wrong:
            errors = wrong.errors if form else ()
            return _Listed(form=form_fields(schema, {}, typed=form or None, errors=errors), errors=errors)
        except Problem as problem:
            return _Listed(form=shown, wrong=problem.detail)
        around = args.model_dump(mode="json", by_alias=True, exclude_none=True)
        found = [deeds(where.actions, row, around) for row in outcome.rows]
        return _Listed(form=shown, outcome=outcome, deeds=found)

    async def _ask(
        self,
        request: web.Request,
        where: _Where,
        action: AnyAction,
        form: MultiDict[str] | None,
        *,
        errors: tuple[Correction, ...] = (),
        wrong: Problem | None = None,
    ) -> web.Response:
        schema = action.args.model_json_schema()
        if form is not None and _FROM_ROW in form:
            fields, before = form_fields(schema, now(action, form)), befores(action, form)
        else:
            fields = form_fields(schema, {}, typed=form, errors=errors)
            before = [(key, text) for key, text in (form or {}).items() if key.startswith(WAS)]
        status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else wrong.status if wrong else HTTPStatus.OK
        return await self._page(
            request,
            "vendor-action",
            where,
            action,
            status=status,
            form=fields,
            complaints=complaints(errors, fields),
            wrong=wrong.detail if wrong else "",
            before=before,
            language_names=_language_names(fields),
        )

    async def _page(
        self, request: web.Request, name: str, where: _Where, action: AnyAction, **values: Any
    ) -> web.Response:
        return await self._frame.page(request, name, where=where, action=action, **values)

    async def _where(self, request: web.Request) -> _Where:
        account, group = request.match_info["account"], request.match_info["group"]
        vendor = await managed(self._manager, account)
        if group not in groups_of(vendor):
            raise Problem(HTTPStatus.NOT_FOUND, f"{vendor.manifest.title} has no “{group}”.")
        return _Where(account=account, vendor=vendor, group=group)

    def _action(self, request: web.Request, where: _Where) -> AnyAction:
        return action_of(where.vendor, where.group, request.match_info["action"])


def groups_of(vendor: AnyVendor) -> list[str]:
    """What kinds of things can be managed at a vendor."""
    return list(dict.fromkeys(action.group for action in vendor.actions))


def _language_names(form: Group) -> dict[str, str]:
    """The names of the languages that stand in a form."""
    tongues = [part for part in form.parts if isinstance(part, Field) and part.kind in _TONGUES]
    return {tag: language_name(tag) for part in tongues for tag in part.values}


def cell(value: Any) -> str:
    """A value as a table shows it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(cell, value))
        case Mapping():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
