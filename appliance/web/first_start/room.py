"""The third step: what the room is called, which language is spoken there, and what it is translated to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from appliance.i18n import N_
from appliance.settings import Settings
from appliance.settings.edits import Changes
from appliance.vendors.contract import Manifest
from appliance.vendors.registry import Registry
from appliance.web.admin.entries import Wrong, saved, typed
from appliance.web.admin.formats import Formats
from appliance.web.first_start.steps import BOX, ROOM, Steps, is_english
from appliance.web.forwarding import see
from appliance.web.languages import languages
from appliance.web.problems import Correction
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import ON_DEVICE, ROOMS, Save, entry_changes
from appliance.web.templates import page_language

TRANSLATIONS: Final = 3
"""Languages that are asked for here; a room may have more."""

_UNKNOWN: Final = N_("There is no such language; choose one of the list.")
_NAMELESS: Final = N_("Give the room a name; people see it on the display and on their phones.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Languages:
    """What can be chosen, by tags: `spoken` is None where only the vendor knows, so that any may be named."""

    spoken: Mapping[str, str] | None
    all: Mapping[str, str]

    def tag(self, text: str) -> str:
        """The tag of what was typed, the name of a language or a tag; empty where it is neither."""
        wanted = text.strip().casefold()
        return next((tag for tag, name in self.all.items() if wanted in (tag.casefold(), name.casefold())), "")

    def name(self, tag: str) -> str:
        """The name of a language."""
        return self.all.get(tag, tag)


class RoomStep:
    """Names the room in use and its languages.

    Args:
        steps: around every page.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        registry: the vendors.
    """

    def __init__(self, steps: Steps, load: Callable[[], Settings], save: Save, registry: Registry) -> None:
        self._steps = steps
        self._load = load
        self._save = save
        self._registry = registry

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(ROOM, self.page)
        table.post(ROOM, self.change)

    async def page(self, request: web.Request) -> web.Response:
        """What is set of the room."""
        return await self._show(request)

    async def change(self, request: web.Request) -> web.Response:
        """Have the room as it was typed."""
        form, settings = await typed(request), await self._now()
        languages = await self._languages(request, settings)
        spoken = languages.tag(form.get("from_language", ""))
        named = [text for text in form.getall("to_languages", []) if text.strip()]
        errors = [] if spoken else [Correction("from_language", _UNKNOWN)]
        errors += [Correction("to_languages", _UNKNOWN) for text in named if not languages.tag(text)][:1]
        if not form.get("title", "").strip():
            errors.append(Correction("title", _NAMELESS))
        if errors:
            return await self._show(request, form, errors)
        wanted: dict[str, Any] = {"title": form["title"].strip(), "from_language": spoken}
        if self._manifest(settings).translates:
            kept = settings.room.to_languages[TRANSLATIONS:]
            wanted["to_languages"] = list(dict.fromkeys([*map(languages.tag, named), *kept]))
        try:
            await saved(self._save, lambda now: self._changes(now, wanted), f"{ROOMS}.{settings.box.room}")
        except Wrong as wrong:
            return await self._show(request, form, wrong.errors)
        return see(BOX)

    def _changes(self, now: Settings, wanted: Mapping[str, Any]) -> Changes:
        body = {**now.room.model_dump(mode="json"), **wanted}
        if body["fallback"] == ON_DEVICE and not is_english(body["from_language"]):
            body["fallback"] = None  # the box itself would understand nothing
        return entry_changes(ROOMS, now.box.room, body, now, self._registry)

    async def _show(
        self,
        request: web.Request,
        form: MultiDict[str] | None = None,
        errors: Sequence[Correction] = (),
    ) -> web.Response:
        settings = await self._now()
        room, manifest = settings.room, self._manifest(settings)
        languages = await self._languages(request, settings)
        targets = [*map(languages.name, room.to_languages), *[""] * TRANSLATIONS][:TRANSLATIONS]
        return await self._steps.page(
            request,
            "room",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            title=form.get("title", "") if form else room.title,
            spoken=form.get("from_language", "") if form else room.from_language,
            spoken_name=languages.name(form.get("from_language", "") if form else room.from_language),
            targets=form.getall("to_languages", targets) if form else targets,
            offered=languages,
            vendor=manifest.title,
            translates=manifest.translates,
            errors={error.key: error.sentence for error in reversed(errors)},
        )

    async def _languages(self, request: web.Request, settings: Settings) -> _Languages:
        """The names of languages, in the language of the page."""
        written, manifest = Formats.of(request), self._manifest(settings)
        every = await asyncio.to_thread(languages, page_language(request))
        listed = {tag: written.language(tag) for tag in (*manifest.languages, settings.room.from_language)}
        names = {language["tag"]: language["name"] for language in every} | listed
        spoken = dict(sorted(listed.items(), key=lambda item: item[1].casefold()))
        return _Languages(spoken=spoken if manifest.languages else None, all=names)

    def _manifest(self, settings: Settings) -> Manifest:
        manifest: Manifest = self._registry[settings.accounts[settings.room.account].vendor].manifest
        return manifest

    async def _now(self) -> Settings:
        return await asyncio.to_thread(self._load)
