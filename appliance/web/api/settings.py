"""The settings over the API: accounts and rooms as well, one by one or all of them.

Answers carry an ``ETag``. Who sends it back as ``If-Match`` changes nothing that somebody else has changed in
the meantime.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from appliance.settings import Room, Settings, SettingsError
from appliance.settings.edits import Changes
from appliance.web.bodies import json_answer, json_body, no_content
from appliance.web.problems import Correction, Problem
from appliance.web.routes import Exchange, RouteTable
from appliance.web.settings_changes import (
    ACCOUNTS,
    ROOMS,
    Change,
    Save,
    entry_changes,
    known,
    section_changes,
    settings_changes,
    without_account,
    without_room,
)
from appliance.web.settings_view import (
    AccountBody,
    AccountView,
    SettingsBody,
    SettingsView,
    Vendors,
    settings_view,
)

_STALE: Final = "Somebody else has changed this meanwhile: read it again, then change it."
_RUN: Final = secrets.token_bytes(16)
"""Makes entity tags that tell nobody anything about the secrets they depend on."""


class SettingsApi:
    """Reads and changes settings.

    Args:
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        vendors: know which keys of an account are secrets.
    """

    def __init__(
        self,
        load: Callable[[], Settings],
        save: Save,
        vendors: Vendors,
    ) -> None:
        self._load = load
        self._save = save
        self._vendors = vendors

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        settings = _exchange(SettingsBody, SettingsView)
        table.get("/api/v1/settings", self.settings, exchange=_shown(SettingsView))
        table.put("/api/v1/settings", self.put_settings, exchange=settings)
        accounts = _exchange(dict[str, AccountBody], dict[str, AccountView])
        table.get("/api/v1/accounts", self.accounts, exchange=_shown(dict[str, AccountView]))
        table.put("/api/v1/accounts", self.put_accounts, exchange=accounts)
        table.get("/api/v1/accounts/{id}", self.account, exchange=_shown(AccountView))
        table.put(
            "/api/v1/accounts/{id}", self.put_account, exchange=_exchange(AccountBody, AccountView, made=True)
        )
        table.delete("/api/v1/accounts/{id}", self.delete_account, exchange=_GONE)
        table.get("/api/v1/rooms", self.rooms, exchange=_shown(dict[str, Room]))
        table.put("/api/v1/rooms", self.put_rooms, exchange=_exchange(dict[str, Room], dict[str, Room]))
        table.get("/api/v1/rooms/{id}", self.room, exchange=_shown(Room))
        table.put("/api/v1/rooms/{id}", self.put_room, exchange=_exchange(Room, Room, made=True))
        table.delete("/api/v1/rooms/{id}", self.delete_room, exchange=_GONE)

    async def settings(self, _: web.Request) -> web.Response:
        """All settings."""
        return await self._read()

    async def put_settings(self, request: web.Request) -> web.Response:
        """Change settings; what is left out stays as it is."""
        body = await json_body(request)
        return await self._write(request, lambda now: settings_changes(body, now, self._vendors))

    async def accounts(self, _: web.Request) -> web.Response:
        """All accounts, by their names."""
        return await self._read(ACCOUNTS)

    async def put_accounts(self, request: web.Request) -> web.Response:
        """Have these accounts and no others."""
        return await self._put_section(request, ACCOUNTS)

    async def account(self, request: web.Request) -> web.Response:
        """One account."""
        return await self._read(ACCOUNTS, request.match_info["id"])

    async def put_account(self, request: web.Request) -> web.Response:
        """Have this account as it is here; a secret that is left out stays as it is."""
        return await self._put_entry(request, ACCOUNTS)

    async def delete_account(self, request: web.Request) -> web.Response:
        """Take an account away, with its secrets."""
        name = request.match_info["id"]
        await self._change(request, ACCOUNTS, lambda now: without_account(name, now))
        return no_content()

    async def rooms(self, _: web.Request) -> web.Response:
        """All rooms, by their names, in the order of the button."""
        return await self._read(ROOMS)

    async def put_rooms(self, request: web.Request) -> web.Response:
        """Have these rooms and no others."""
        return await self._put_section(request, ROOMS)

    async def room(self, request: web.Request) -> web.Response:
        """One room."""
        return await self._read(ROOMS, request.match_info["id"])

    async def put_room(self, request: web.Request) -> web.Response:
        """Have this room as it is here."""
        return await self._put_entry(request, ROOMS)

    async def delete_room(self, request: web.Request) -> web.Response:
        """Take a room away."""
        name = request.match_info["id"]
        await self._change(request, ROOMS, lambda now: without_room(name, now))
        return no_content()

    async def _read(self, *path: str) -> web.Response:
        return self._answer(await asyncio.to_thread(self._load), *path)

    async def _put_section(self, request: web.Request, section: str) -> web.Response:
        body = await json_body(request)
        return await self._write(
            request, lambda now: section_changes(section, body, now, self._vendors), section
        )

    async def _put_entry(self, request: web.Request, section: str) -> web.Response:
        body = await json_body(request)
        name = request.match_info["id"]
        made = False

        def change(now: Settings) -> Changes:
            nonlocal made
            made = name not in getattr(now, section)
            return entry_changes(section, name, body, now, self._vendors)

        settings = await self._change(request, section, change)
        status = HTTPStatus.CREATED if made else HTTPStatus.OK
        return self._answer(settings, section, name, status=status)

    async def _write(self, request: web.Request, change: Change, *path: str) -> web.Response:
        return self._answer(await self._change(request, path[0] if path else None, change), *path)

    async def _change(self, request: web.Request, section: str | None, change: Change) -> Settings:
        """Save and take up a change, if nobody was quicker.

        Raises:
            Problem: nothing was changed.
        """
        wanted = request.if_match

        def checked(now: Settings) -> Changes:
            if wanted is not None and not {etag.value for etag in wanted} & {"*", self._version(now, section)}:
                raise Problem(HTTPStatus.PRECONDITION_FAILED, _STALE)
            return change(now)

        try:
            return await self._save(checked)
        except SettingsError as error:
            raise _problem(error) from None

    def _answer(self, settings: Settings, *path: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        shown = settings_view(settings, self._vendors)
        for key in path:
            shown = shown[known(key, shown)]
        section = path[0] if path else None
        return json_answer(shown, status, {"ETag": f'"{self._version(settings, section)}"'})

    def _version(self, settings: Settings, section: str | None) -> str:
        """Another one whenever something in the section changed, or in all settings; secrets count."""
        shown = settings_view(settings, self._vendors)
        hidden = {
            name: {key: value.get_secret_value() for key, value in account.secrets.items()}
            for name, account in settings.accounts.items()
            if section != ROOMS
        }
        text = json.dumps([shown[section] if section else shown, hidden])
        return hmac.new(_RUN, text.encode(), "sha256").hexdigest()[:24]


def _exchange(takes: Any, gives: Any, *, made: bool = False) -> Exchange:
    return Exchange(takes=takes, gives=gives, made=made, versioned=True)


def _shown(gives: Any) -> Exchange:
    return Exchange(gives=gives, versioned=True)


_GONE: Final = Exchange(kinds=(), status=HTTPStatus.NO_CONTENT, versioned=True)


def _problem(error: SettingsError) -> Problem:
    if isinstance(error.__cause__, OSError):
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}.")
    if not all(problem.key for problem in error.problems):
        return Problem(HTTPStatus.CONFLICT, f"Nothing was changed: {error}.")
    return Problem.of([Correction(problem.key, problem.sentence) for problem in error.problems])
