"""The rooms: in the order of the button, which one is in use, and what each is set to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web
from multidict import MultiDict

from appliance.i18n import N_
from appliance.settings import Room, Settings
from appliance.settings.edits import Changes
from appliance.settings.schemas import Schema
from appliance.vendors.registry import Registry
from appliance.web.admin.entries import Wrong, done, refuse_stale, saved, typed, vendor_title, version
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.admin.keys import free_key
from appliance.web.forms.body import form_body
from appliance.web.forms.fields import form_fields, schema_part
from appliance.web.forms.parts import Field, Group, complaints
from appliance.web.languages import languages
from appliance.web.problems import Correction
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import ROOMS, Save, entry_changes, known, room_order, without_room
from appliance.web.templates import page_language

PATH: Final = "/admin/rooms"

_NEW: Final = f"{PATH}/_new"
"""No key begins like this."""

_ONE: Final = f"{PATH}/{{id}}"
_OPTIONS: Final = "options"
_ASKED: Final = schema_part(
    Room.model_json_schema(),
    *("title", "account", "from_language", "to_languages", "fallback", "fallback_after"),
)
_VENDOR: Final = "vendor"
"""The hidden field that says whose options a form asks for."""

_ANEW: Final = "change"
"""The button that asks for the options of another vendor."""

_NAMELESS: Final = "Give the room a name: people see it on the display and on their phones."
_SAVED: Final = N_("The room is saved.")
_USED: Final = N_("This room is in use now.")
_MOVED: Final = N_("The order is changed. A long press of the button goes to the next room.")
_DELETED: Final = N_("The room is deleted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubts:
    """What a vendor may not do well for a room; the vendor decides.

    Attributes:
        vendor: its title.
        unlisted: the spoken language where the vendor does not list it, else empty.
        untranslated: whether there are languages to translate to, in vain.
    """

    vendor: str
    unlisted: str = ""
    untranslated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A room of the list."""

    key: str
    room: Room
    in_use: bool
    doubts: _Doubts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A form that is shown again: to be corrected, or because another vendor asks for other options."""

    typed: MultiDict[str] | None = None
    errors: tuple[Correction, ...] = ()


class RoomsPage:
    """Lists rooms, puts them in order, makes, changes and deletes them, and chooses the one in use.

    Args:
        frame: around every page.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        registry: the vendors.
    """

    def __init__(self, frame: Frame, load: Callable[[], Settings], save: Save, registry: Registry) -> None:
        self._frame = frame
        self._load = load
        self._save = save
        self._registry = registry

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.all)
        table.get(_NEW, self.new)
        table.post(_NEW, self.make)
        table.get(_ONE, self.one)
        table.post(_ONE, self.change)
        table.post(f"{_ONE}/use", self.use)
        table.post(f"{_ONE}/up", self.up)
        table.post(f"{_ONE}/down", self.down)
        table.get(f"{_ONE}/delete", self.delete_page)
        table.post(f"{_ONE}/delete", self.delete)

    async def all(self, request: web.Request) -> web.Response:
        """All rooms."""
        settings, written = await self._now(), Formats.of(request)
        rows = [self._row(key, settings, written) for key in settings.rooms]
        return await self._frame.page(request, "rooms", rows=rows, written=written)

    async def new(self, request: web.Request) -> web.Response:
        """The form for a new room."""
        return await self._show(request, _Sent())

    async def make(self, request: web.Request) -> web.Response:
        """Make a room."""
        form = await typed(request)
        return await self._save_form(request, form)

    async def one(self, request: web.Request) -> web.Response:
        """The form of a room."""
        return await self._show(request, _Sent())

    async def change(self, request: web.Request) -> web.Response:
        """Have a room as it was typed."""
        return await self._save_form(request, await typed(request))

    async def use(self, request: web.Request) -> web.Response:
        """Use a room from now on."""
        key = request.match_info["id"]
        await done(self._save, lambda now: {"box": {"room": known(key, now.rooms)}})
        return await self._frame.done(request, PATH, _USED)

    async def up(self, request: web.Request) -> web.Response:
        """Have a room come sooner."""
        return await self._move(request, -1)

    async def down(self, request: web.Request) -> web.Response:
        """Have a room come later."""
        return await self._move(request, 1)

    async def delete_page(self, request: web.Request) -> web.Response:
        """Ask whether a room is really to be deleted."""
        key, settings = request.match_info["id"], await self._now()
        row = self._row(known(key, settings.rooms), settings, Formats.of(request))
        return await self._frame.page(request, "room-delete", row=row)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a room."""
        key = request.match_info["id"]
        await done(self._save, lambda now: without_room(key, now))
        return await self._frame.done(request, PATH, _DELETED)

    async def _move(self, request: web.Request, by: int) -> web.Response:
        key = request.match_info["id"]

        def change(now: Settings) -> Changes:
            names = list(now.rooms)
            place = names.index(known(key, now.rooms))
            names.insert(max(place + by, 0), names.pop(place))
            return room_order(names, now)

        await done(self._save, change)
        return await self._frame.done(request, PATH, _MOVED)

    async def _save_form(self, request: web.Request, form: MultiDict[str]) -> web.Response:
        settings = await self._now()
        key = request.match_info.get("id")
        if key is None:
            key = free_key(form.get("title", ""), settings.rooms, otherwise="room")
        else:
            known(key, settings.rooms)
        vendor = self._vendor_of(form.get("account", ""), settings)
        if _ANEW in form or vendor != form.get(_VENDOR, ""):
            return await self._show(request, _Sent(typed=form))
        if not form.get("title", "").strip():
            return await self._show(request, _Sent(typed=form, errors=(Correction("title", _NAMELESS),)))

        def change(now: Settings) -> Changes:
            room = now.rooms.get(key)
            values = room.model_dump(mode="json") if room else {}
            if room:
                refuse_stale(form, values)
            options = form_body(self._options(vendor), form, values.get(_OPTIONS, {}), prefix=_OPTIONS)
            body = {**form_body(_ASKED, form, values), _OPTIONS: options}
            return entry_changes(ROOMS, key, body, now, self._registry)

        try:
            await saved(self._save, change, f"{ROOMS}.{key}")
        except Wrong as wrong:
            return await self._show(request, _Sent(typed=form, errors=wrong.errors))
        return await self._frame.done(request, PATH, _SAVED)

    async def _show(self, request: web.Request, sent: _Sent) -> web.Response:
        settings, written = await self._now(), Formats.of(request)
        key = request.match_info.get("id")
        room = settings.rooms[known(key, settings.rooms)] if key else _proposed(settings)
        values = room.model_dump(mode="json")
        account = sent.typed.get("account", "") if sent.typed else room.account
        vendor = self._vendor_of(account, settings)
        accounts = {name: self._account_title(name, settings) for name in settings.accounts}
        form = form_fields(
            _ASKED,
            values | ({} if key else {"title": ""}),
            errors=sent.errors,
            choices={"account": accounts, "fallback": accounts},
            typed=sent.typed,
        )
        is_same = vendor == self._vendor_of(room.account, settings)
        options = form_fields(
            self._options(vendor),
            values[_OPTIONS] if is_same else {},
            prefix=_OPTIONS,
            errors=sent.errors,
            typed=sent.typed if sent.typed and sent.typed.get(_VENDOR) == vendor else None,
        )
        return await self._frame.page(
            request,
            "room",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if sent.errors else HTTPStatus.OK,
            row=self._row(key, settings, written) if key else None,
            form=form,
            options=options,
            vendor=vendor,
            made_of=version(values),
            doubts=self._doubts(vendor, *_languages_in(form), written),
            complaints=complaints(sent.errors, form, options),
            language_names=await self._language_names(request, vendor, form, written),
        )

    async def _language_names(
        self, request: web.Request, vendor: str, form: Group, written: Formats
    ) -> dict[str, str]:
        """The languages to choose from, first those that the vendor lists; all where it lists none."""
        manifest = self._registry[vendor].manifest if vendor in self._registry else None
        listed = manifest.languages if manifest else ()
        spoken, others = _languages_in(form)
        names = {tag: written.language(tag) for tag in (*listed, spoken, *others)}
        names = {tag: name for tag, name in names.items() if name != tag}
        if listed and manifest and not manifest.translates:
            return names
        every = await asyncio.to_thread(languages, page_language(request))
        return names | {language["tag"]: language["name"] for language in every}

    def _row(self, key: str, settings: Settings, written: Formats) -> _Row:
        room = settings.rooms[key]
        vendor = settings.accounts[room.account].vendor
        doubts = self._doubts(vendor, room.from_language, room.to_languages, written)
        return _Row(key=key, room=room, in_use=key == settings.box.room, doubts=doubts)

    def _doubts(self, vendor: str, spoken: str, others: Sequence[str], written: Formats) -> _Doubts:
        if vendor not in self._registry:
            return _Doubts(vendor=vendor)
        manifest, name = self._registry[vendor].manifest, written.language(spoken)
        is_doubtful = name != spoken and not manifest.knows(spoken)  # what has no name is no language yet
        return _Doubts(
            vendor=manifest.title,
            unlisted=name if is_doubtful else "",
            untranslated=bool(others) and not manifest.translates,
        )

    def _account_title(self, key: str, settings: Settings) -> str:
        return f"{vendor_title(settings.accounts[key], self._registry)} ({key})"

    def _vendor_of(self, account: str, settings: Settings) -> str:
        """The vendor of an account; empty where there is none."""
        return settings.accounts[account].vendor if account in settings.accounts else ""

    def _options(self, vendor: str) -> Schema:
        return self._registry[vendor].options_model.model_json_schema() if vendor in self._registry else {}

    async def _now(self) -> Settings:
        return await asyncio.to_thread(self._load)


def _languages_in(form: Group) -> tuple[str, tuple[str, ...]]:
    """What is spoken, and what to translate to, as it stands in a form."""
    fields = {part.key: part for part in form.parts if isinstance(part, Field)}
    return fields["from_language"].value, fields["to_languages"].values


def _proposed(settings: Settings) -> Room:
    """A new room, as much like the one in use as makes sense."""
    used = settings.room
    return Room(account=used.account, from_language=used.from_language, fallback=used.fallback)
