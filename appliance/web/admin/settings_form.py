"""A form for some of the settings, made from their models, and the way back from it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiMapping

from appliance.i18n import N_, Translate, translation
from appliance.settings import Settings, SettingsError
from appliance.settings.edits import Changes
from appliance.web.admin.entries import VERSION, Wrong, corrections, refuse_stale, typed, version
from appliance.web.admin.restart import AFTER_RESTART, Restart
from appliance.web.forms.body import form_body
from appliance.web.forms.fields import form_fields, schema_part
from appliance.web.forms.parts import Complaint, Field, Group, complaints
from appliance.web.problems import Correction
from appliance.web.settings_changes import Save, settings_changes
from appliance.web.settings_view import Vendors
from appliance.web.templates import page_language

SAVED: Final = N_("Saved.")

_LATER: Final = N_("Takes effect when the box restarts.")

Keys = Mapping[str, Sequence[str]]
"""Of each section the keys that a form asks for."""

Choices = Mapping[str, Mapping[str, Mapping[str, str]]]
"""What can be chosen where only the box knows: by section and key, the names of values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that came back.

    Attributes:
        typed: what was typed; None for a form that is shown for the first time.
        errors: what must be corrected; none where it was saved.
        version: of the settings that the form was made of; empty for those there are now.
        status: of the page that shows it again.
    """

    typed: MultiMapping[str] | None = None
    errors: tuple[Correction, ...] = ()
    version: str = ""
    status: HTTPStatus = HTTPStatus.OK


NOTHING: Final = Sent()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A form as a template shows it.

    Attributes:
        groups: its fields, a group a section.
        complaints: what must be corrected.
        version: of the settings that it was made of.
        restart_is_due: whether something that was saved waits for a restart.
    """

    groups: tuple[Group, ...]
    complaints: list[Complaint]
    version: str
    restart_is_due: bool


class SettingsForms:
    """Makes forms for parts of the settings.

    Args:
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        vendors: know which keys of an account are secrets.
        restart: knows what waits for one.
    """

    def __init__(self, load: Callable[[], Settings], save: Save, vendors: Vendors, restart: Restart) -> None:
        self._load = load
        self._save = save
        self._vendors = vendors
        self._restart = restart

    async def now(self) -> Settings:
        """The settings as they stand in the files."""
        return await asyncio.to_thread(self._load)

    async def view(
        self, request: web.Request, settings: Settings, keys: Keys, sent: Sent, choices: Choices | None = None
    ) -> View:
        """The form for these keys, or the one that was sent with all that is wrong in it."""
        translate = await words(request)
        groups = tuple(
            form_fields(
                _schema(section, keys[section]),
                values,
                prefix=section,
                errors=sent.errors,
                choices=(choices or {}).get(section),
                typed=sent.typed,
            )
            for section, values in _values(settings, keys).items()
        )
        return View(
            groups=tuple(_warned(group, translate) for group in groups),
            complaints=complaints(sent.errors, *groups),
            version=sent.version or version(_values(settings, keys)),
            restart_is_due=self._restart.is_due(settings),
        )

    async def save(self, request: web.Request, keys: Keys) -> Sent:
        """Save what was sent, and have the box take it up; what must be corrected, where there is anything."""
        form = await typed(request)
        made_of = form.get(VERSION, "")

        def change(now: Settings) -> Changes:
            stored = _values(now, keys)
            refuse_stale({VERSION: made_of}, stored)
            body = {
                section: form_body(_schema(section, keys[section]), form, values, prefix=section)
                for section, values in stored.items()
            }
            return settings_changes(body, now, self._vendors)

        try:
            await self._save(change)
        except Wrong as stale:
            return Sent(typed=form, errors=stale.errors, status=HTTPStatus.CONFLICT)
        except SettingsError as error:
            return Sent(
                typed=form,
                errors=corrections(error),
                version=made_of,
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        return NOTHING


async def words(request: web.Request) -> Translate:
    """Translates into the language of the page."""
    return await asyncio.to_thread(translation, page_language(request))


def _schema(section: str, keys: Sequence[str]) -> Mapping[str, Any]:
    return schema_part(Settings.model_fields[section].annotation.model_json_schema(), *keys)  # type: ignore[union-attr] # every section is a model


def _values(settings: Settings, keys: Keys) -> dict[str, dict[str, Any]]:
    return {
        section: getattr(settings, section).model_dump(mode="json", include=set(names))
        for section, names in keys.items()
    }


def _warned(group: Group, translate: Translate) -> Group:
    """The group with a word at each field that takes effect late."""
    members = tuple(
        _warned(member, translate) if isinstance(member, Group) else _warned_field(member, translate)
        for member in group.members
    )
    return replace(group, members=members)


def _warned_field(field: Field, translate: Translate) -> Field:
    if field.key not in AFTER_RESTART:
        return field
    # The template leaves alone what is translated already.
    return replace(field, help=f"{translate(field.help) if field.help else ''} {translate(_LATER)}".strip())
