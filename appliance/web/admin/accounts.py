"""The accounts at the vendors: their keys, which rooms use them, and whether they work."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from appliance.i18n import N_
from appliance.settings import Account, Settings
from appliance.settings.edits import Changes
from appliance.vendors.contract import AnyVendor, Delivery, Manifest
from appliance.vendors.registry import Registry
from appliance.web.admin.entries import Wrong, done, refuse_stale, saved, typed, vendor_title, version
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.admin.keys import free_key, key_of
from appliance.web.api.check import CheckApi, Checked
from appliance.web.forms.body import form_body
from appliance.web.forms.fields import account_schema, form_fields
from appliance.web.forms.kinds import Kind
from appliance.web.forms.parts import Field, Group, complaints
from appliance.web.forwarding import see
from appliance.web.problems import Correction, Problem
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import (
    ACCOUNTS,
    ON_DEVICE,
    Save,
    entry_changes,
    known,
    sends_secrets_elsewhere,
    users_of,
    without_account,
)
from appliance.web.settings_view import SECRETS, account_values, account_view, secret_keys

PATH: Final = "/admin/accounts"

_NEW: Final = f"{PATH}/_new"
"""No key begins like this."""

_ONE: Final = f"{PATH}/{{id}}"
_KEY: Final = ":key"
"""The field for the name of a new account; a vendor's own fields have no colon."""

_FEW: Final = 3
_DELIVERIES: Final = {
    Delivery.LIVE: N_("Words appear while people speak"),
    Delivery.UTTERANCE: N_("Words appear after each sentence"),
    Delivery.RECORDING: N_("A transcript comes after the meeting"),
    Delivery.BROADCAST: N_("Words are read at the vendor's own page"),
}
_TAKEN: Final = "Another account has this name already: choose another one."
_MOVED: Final = N_(
    "Enter the keys again, because the address is another one: no other host gets a key that was meant for the"
    " one before."
)
_SAVED: Final = N_("The account is saved.")
_SAVED_ELSEWHERE: Final = N_(
    "The account is saved. Its address is another one now, so the keys that you did not enter anew are deleted:"
    " no other host gets a key that was meant for the one before."
)
_DELETED: Final = N_("The account is deleted, and its keys with it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCard:
    """A vendor as people choose one; `languages` are names, or none where they are many or unknown."""

    name: str
    title: str
    delivery: str
    languages: tuple[str, ...]
    number: int
    translates: bool
    bills_by_time: bool
    on_network: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """An account of the list; `has_key` is None for a vendor without keys."""

    key: str
    vendor: str
    rooms: dict[str, str]
    has_key: bool | None
    last: Checked | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A form that could not be saved; `moved` says that the keys must be entered again."""

    typed: MultiDict[str] | None = None
    errors: tuple[Correction, ...] = ()
    moved: bool = False


class AccountsPage:
    """Lists accounts, makes, changes, checks and deletes them.

    Args:
        frame: around every page.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        registry: the vendors.
        checks: asks the vendors.
    """

    def __init__(
        self,
        frame: Frame,
        load: Callable[[], Settings],
        save: Save,
        registry: Registry,
        checks: CheckApi,
    ) -> None:
        self._frame = frame
        self._load = load
        self._save = save
        self._registry = registry
        self._checks = checks

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.all)
        table.get(_NEW, self.choose)
        table.get(f"{_NEW}/{{vendor}}", self.new)
        table.post(f"{_NEW}/{{vendor}}", self.make)
        table.get(_ONE, self.one)
        table.post(_ONE, self.change)
        table.post(f"{_ONE}/check", self.check)
        table.get(f"{_ONE}/delete", self.delete_page)
        table.post(f"{_ONE}/delete", self.delete)

    async def all(self, request: web.Request) -> web.Response:
        """All accounts."""
        settings = await self._now()
        rows = [self._row(key, account, settings) for key, account in settings.accounts.items()]
        return await self._frame.page(request, "accounts", rows=rows, written=Formats.of(request))

    async def choose(self, request: web.Request) -> web.Response:
        """The vendors, to choose one for a new account."""
        written = Formats.of(request)
        cards = [vendor_card(name, vendor, written) for name, vendor in self._registry.items()]
        cards.sort(key=lambda card: (not card.on_network, card.title.casefold()))
        return await self._frame.page(request, "account-vendors", cards=cards)

    async def new(self, request: web.Request) -> web.Response:
        """The form for a new account."""
        return await self._show_new(request, _Sent())

    async def make(self, request: web.Request) -> web.Response:
        """Make an account."""
        vendor, form = self._vendor(request), await typed(request)
        key = key_of(form.get(_KEY, "")) or free_key(vendor, (await self._now()).accounts, otherwise="account")
        return await self._save_form(request, key, vendor, form, is_new=True)

    async def one(self, request: web.Request) -> web.Response:
        """The form of an account."""
        return await self._show(request, _Sent())

    async def change(self, request: web.Request) -> web.Response:
        """Have an account as it was typed."""
        key, settings = request.match_info["id"], await self._now()
        vendor = settings.accounts[known(key, settings.accounts)].vendor
        return await self._save_form(request, key, vendor, await typed(request), is_new=False)

    async def check(self, request: web.Request) -> web.Response:
        """Ask the vendor whether an account works; the answer stands on the page that follows."""
        key = request.match_info["id"]
        await self._checks.ask(key)
        return see(PATH if "list" in await request.post() else f"{PATH}/{key}")

    async def delete_page(self, request: web.Request) -> web.Response:
        """Ask whether an account is really to be deleted, or say what still needs it."""
        key, settings = request.match_info["id"], await self._now()
        row = self._row(known(key, settings.accounts), settings.accounts[key], settings)
        return await self._frame.page(request, "account-delete", row=row, is_ours=key == ON_DEVICE)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete an account and its keys."""
        key = request.match_info["id"]
        await done(self._save, lambda now: without_account(key, now))
        return await self._frame.done(request, PATH, _DELETED)

    async def _save_form(
        self, request: web.Request, key: str, vendor: str, form: MultiDict[str], *, is_new: bool
    ) -> web.Response:
        moved = False

        def change(now: Settings) -> Changes:
            nonlocal moved
            old = now.accounts.get(key)
            if is_new and old:
                raise Wrong(Correction(_KEY, _TAKEN))
            values = self._values(old)
            if not is_new:
                refuse_stale(form, values)
            body = {"vendor": vendor, **form_body(self._schema(vendor), form, values)}
            moved = bool(old and old.secrets) and sends_secrets_elsewhere(key, body, now, self._registry)
            return entry_changes(ACCOUNTS, key, body, now, self._registry)

        try:
            await saved(self._save, change, f"{ACCOUNTS}.{key}")
        except Wrong as wrong:
            sent = _Sent(typed=form, errors=wrong.errors, moved=moved)
            return await (self._show_new if is_new else self._show)(request, sent)
        return await self._frame.done(request, f"{PATH}/{key}", _SAVED_ELSEWHERE if moved else _SAVED)

    async def _show(self, request: web.Request, sent: _Sent) -> web.Response:
        key, settings = request.match_info["id"], await self._now()
        account = settings.accounts[known(key, settings.accounts)]
        row = self._row(key, account, settings)
        form = None
        if account.vendor in self._registry:
            secrets = {} if sent.moved else account_view(account, self._registry)[SECRETS]
            form = form_fields(
                self._schema(account.vendor),
                self._values(account),
                errors=sent.errors,
                secrets=secrets,
                typed=sent.typed,
            )
        return await self._page(
            request,
            "account",
            sent,
            form,
            row=row,
            made_of=version(self._values(account)),
            is_ours=key == ON_DEVICE,
            written=Formats.of(request),
        )

    async def _show_new(self, request: web.Request, sent: _Sent) -> web.Response:
        vendor = self._vendor(request)
        asked = form_fields(self._schema(vendor), {}, errors=sent.errors, typed=sent.typed)
        key = free_key(vendor, (await self._now()).accounts, otherwise="account")
        wrong = next((error.sentence for error in sent.errors if error.key == _KEY), "")
        name = _name_field(sent.typed.get(_KEY, "") if sent.typed else key, wrong)
        form = replace(asked, members=(name, *asked.members))
        card = vendor_card(vendor, self._registry[vendor], Formats.of(request))
        return await self._page(request, "account-new", sent, form, card=card)

    async def _page(
        self, request: web.Request, name: str, sent: _Sent, form: Group | None, **values: Any
    ) -> web.Response:
        return await self._frame.page(
            request,
            name,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if sent.errors else HTTPStatus.OK,
            form=form,
            complaints=complaints(sent.errors, *([form] if form else [])),
            warning=_MOVED if sent.moved else "",
            **values,
        )

    def _row(self, key: str, account: Account, settings: Settings) -> _Row:
        needs = bool(secret_keys(self._registry, account.vendor))
        return _Row(
            key=key,
            vendor=vendor_title(account, self._registry),
            rooms={room: settings.rooms[room].title for room in users_of(key, settings)},
            has_key=bool(account.secrets) if needs else None,
            last=self._checks.last(key),
        )

    def _vendor(self, request: web.Request) -> str:
        name = request.match_info["vendor"]
        if name not in self._registry:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no such vendor.")
        return name

    def _schema(self, vendor: str) -> Any:
        return account_schema(self._registry[vendor])

    def _values(self, account: Account | None) -> dict[str, Any]:
        return account_values(account, self._registry) if account else {}

    async def _now(self) -> Settings:
        return await asyncio.to_thread(self._load)


def vendor_card(name: str, vendor: AnyVendor, written: Formats) -> VendorCard:
    """What a vendor can do, in the words of whoever reads it."""
    manifest: Manifest = vendor.manifest
    spoken = {tag.partition("-")[0] for tag in manifest.languages}
    return VendorCard(
        name=name,
        title=manifest.title,
        delivery=_DELIVERIES[manifest.delivery],
        languages=tuple(sorted(map(written.language, spoken))) if len(spoken) <= _FEW else (),
        number=len(spoken),
        translates=manifest.translates,
        bills_by_time=manifest.bills_by_time,
        on_network=bool(vendor.account_model.model_fields),
    )


def _name_field(value: str, error: str) -> Field:
    return Field(
        key=_KEY,
        kind=Kind.TEXT,
        label=N_("Name of the account"),
        help=N_("To tell it from others: small letters, digits and hyphens, such as main."),
        values=(value,),
        attributes={"maxlength": "63"},
        error=error,
    )
