"""The second step: who turns speech into words, and whether the key for it is good."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict
from pydantic import SecretStr

from appliance.i18n import N_
from appliance.settings import Account, Room, Settings, SettingsError
from appliance.settings.edits import Changes
from appliance.vendors.contract import AnyVendor
from appliance.vendors.registry import Registry
from appliance.web.admin.accounts import vendor_card
from appliance.web.admin.entries import done, typed, vendor_title
from appliance.web.admin.formats import Formats
from appliance.web.admin.keys import free_key
from appliance.web.api.check import CheckApi
from appliance.web.first_start.steps import ROOM, VENDOR, Steps, is_english
from appliance.web.forms.body import form_body
from appliance.web.forms.fields import account_schema, form_fields
from appliance.web.forms.parts import complaints, corrections_within
from appliance.web.forwarding import see
from appliance.web.problems import Correction, Problem
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import ACCOUNTS, ON_DEVICE, ROOMS, Save, entry_changes, known
from appliance.web.views import CheckView

_ONE: Final = f"{VENDOR}/{{vendor}}"
_WORKS: Final = N_("The vendor accepts your key. It is saved.")
_KEPT: Final = N_("It is saved, although it could not be checked.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """An account that is not saved, for its vendor did not say that it works; kept until there is another."""

    vendor: str
    body: Mapping[str, Any] = field(repr=False)
    view: CheckView


class VendorStep:
    """Chooses the account of the room in use: one that is there, or a new one that was tried before.

    Args:
        steps: around every page.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        registry: the vendors.
        checks: asks the vendors.
    """

    def __init__(
        self, steps: Steps, load: Callable[[], Settings], save: Save, registry: Registry, checks: CheckApi
    ) -> None:
        self._steps = steps
        self._load = load
        self._save = save
        self._registry = registry
        self._checks = checks
        self._tried: _Tried | None = None

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(VENDOR, self.page)
        table.post(VENDOR, self.use)
        table.get(_ONE, self.form)
        table.post(_ONE, self.check)
        table.post(f"{_ONE}/keep", self.keep)

    async def page(self, request: web.Request) -> web.Response:
        """The engine of the box itself, the accounts that are there, and the vendors."""
        settings, written = await self._now(), Formats.of(request)
        cards = [vendor_card(name, vendor, written) for name, vendor in self._registry.items()]
        cards.sort(key=lambda card: card.title.casefold())
        return await self._steps.page(
            request,
            "vendor",
            cards=[card for card in cards if card.on_network],
            accounts={
                key: vendor_title(account, self._registry)
                for key, account in settings.accounts.items()
                if key != ON_DEVICE
            },
            on_device=ON_DEVICE,
            used=settings.room.account,
        )

    async def use(self, request: web.Request) -> web.Response:
        """Use an account that is there."""
        account = (await typed(request)).get("account", "")

        def change(now: Settings) -> Changes:
            vendor = now.accounts[known(account, now.accounts)].vendor
            return self._room_changes(now, account, vendor)

        await done(self._save, change)
        return see(ROOM)

    async def form(self, request: web.Request) -> web.Response:
        """What a vendor wants to know."""
        return await self._show(request)

    async def check(self, request: web.Request) -> web.Response:
        """Ask the vendor whether what was typed is good, and save it if so."""
        vendor, form, now = self._vendor(request), await typed(request), await self._now()
        body = {"vendor": vendor, **form_body(account_schema(self._registry[vendor]), form, {})}
        key = free_key(vendor, now.accounts, otherwise="account")
        try:
            with_it = self._with(now, key, body)
        except SettingsError as error:
            problems = [Correction(problem.key, problem.sentence) for problem in error.problems]
            return await self._show(request, form, corrections_within(problems, f"{ACCOUNTS}.{key}"))
        view = await self._checks.trial(with_it, key)
        if not view["ok"]:
            self._tried = _Tried(vendor=vendor, body=body, view=view)
            return await self._show(request, form, view=view)
        return await self._saved(request, vendor, body, _WORKS)

    async def keep(self, request: web.Request) -> web.Response:
        """Save what was typed although its vendor did not say that it works."""
        vendor, tried = self._vendor(request), self._tried
        if tried is None or tried.vendor != vendor:
            return see(f"{VENDOR}/{vendor}")
        return await self._saved(request, vendor, tried.body, _KEPT)

    async def _saved(
        self, request: web.Request, vendor: str, body: Mapping[str, Any], sentence: str
    ) -> web.Response:
        def change(now: Settings) -> Changes:
            key = free_key(vendor, now.accounts, otherwise="account")
            account = entry_changes(ACCOUNTS, key, body, now, self._registry)
            return {**account, **self._room_changes(now, key, vendor)}

        await done(self._save, change)
        self._tried = None
        return await self._steps.done(request, ROOM, sentence)

    async def _show(
        self,
        request: web.Request,
        form: MultiDict[str] | None = None,
        errors: list[Correction] | None = None,
        *,
        view: CheckView | None = None,
    ) -> web.Response:
        vendor = self._vendor(request)
        fields = form_fields(account_schema(self._registry[vendor]), {}, errors=errors or [], typed=form)
        return await self._steps.page(
            request,
            "vendor-form",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors or view else HTTPStatus.OK,
            card=vendor_card(vendor, self._registry[vendor], Formats.of(request)),
            form=fields,
            complaints=complaints(errors or [], fields),
            view=view,
        )

    def _with(self, now: Settings, key: str, body: Mapping[str, Any]) -> Settings:
        """The settings as they would be with another account, without saving them.

        Raises:
            SettingsError: it is none.
        """
        changes = entry_changes(ACCOUNTS, key, body, now, self._registry)[ACCOUNTS][key]
        fields = {name: value for name, value in changes.items() if value is not None}
        secrets = {name: value for name, value in fields.items() if isinstance(value, SecretStr)}
        public = {name: value for name, value in fields.items() if name not in secrets}
        account = Account.model_validate({**public, "secrets": secrets})
        settings = now.model_copy(update={"accounts": {**now.accounts, key: account}})
        self._registry.check(settings)
        return settings

    def _room_changes(self, now: Settings, account: str, vendor: str) -> Changes:
        """The changes after which the room in use is captioned by an account.

        What its vendor cannot do is left out; where English is spoken the box itself steps in for it.
        """
        room, manifest = now.room, self._vendor_named(vendor).manifest
        spoken = room.from_language
        if not manifest.knows(spoken):
            spoken = manifest.languages[0]
        body = Room(
            title=room.title,
            account=account,
            from_language=spoken,
            to_languages=room.to_languages if manifest.translates else (),
            fallback=ON_DEVICE if is_english(spoken) and account != ON_DEVICE else None,
            fallback_after=room.fallback_after,
            options=room.options if now.accounts[room.account].vendor == vendor else {},
        )
        return entry_changes(ROOMS, now.box.room, body.model_dump(mode="json"), now, self._registry)

    def _vendor(self, request: web.Request) -> str:
        name = request.match_info["vendor"]
        self._vendor_named(name)
        return name

    def _vendor_named(self, name: str) -> AnyVendor:
        if name not in self._registry:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no such vendor.")
        return self._registry[name]

    async def _now(self) -> Settings:
        return await asyncio.to_thread(self._load)
