"""A file for whoever helps with a box: all about how it is, and no secret."""

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from aiohttp import web

from appliance import __version__
from appliance.board import Board
from appliance.host.logs import Logged, RecentLog
from appliance.host.machine import look_at_machine
from appliance.settings import Settings
from appliance.web.access import Access
from appliance.web.checkup import Checkup, Report
from appliance.web.routes import RouteTable
from appliance.web.settings_view import SECRETS, Vendors, settings_view
from appliance.web.views import status_view

PATH: Final = "/admin/diagnostics.zip"

_WORD: Final = {True: "set", False: "not set"}
_HIDDEN: Final = "[hidden]"
_SHORTEST: Final = 6
"""Characters from which on a secret is looked for: shorter ones would be found in every word."""


class Diagnostics:
    """Puts the file together.

    Args:
        board: how the box is.
        settings: those in use.
        vendors: know which keys of an account are secrets.
        access: knows the codes that nobody may find in the file.
        checkup: what the doctor says.
        log: the last of it.
        metrics: gives them in the text format of Prometheus.
        folder: the state folder.
    """

    def __init__(
        self,
        *,
        board: Board,
        settings: Callable[[], Settings],
        vendors: Vendors,
        access: Access,
        checkup: Checkup,
        log: RecentLog,
        metrics: Callable[[], Awaitable[str]],
        folder: Path,
    ) -> None:
        self._board = board
        self._settings = settings
        self._vendors = vendors
        self._access = access
        self._checkup = checkup
        self._log = log
        self._metrics = metrics
        self._folder = folder

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.file)

    async def file(self, _: web.Request) -> web.Response:
        """The file."""
        texts, secrets = await self._texts(), self._secrets()
        body = await asyncio.to_thread(_zipped, texts, secrets)
        name = f"captionbox-{datetime.now(UTC):%Y-%m-%d-%H%M}.zip"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=body, content_type="application/zip", headers=headers)

    async def _texts(self) -> dict[str, str]:
        """What goes into the file, by the names there."""
        settings = self._settings()
        machine = await look_at_machine(self._folder)
        return {
            "settings.json": _json(_redacted(settings_view(settings, self._vendors))),
            "doctor.txt": _findings(await self._checkup.report()),
            "machine.json": _json({"captionbox": __version__, **asdict(machine)}),
            "status.json": _json({**status_view(self._board.status), "warnings": self._board.warnings}),
            "log.txt": self._lines(),
            "metrics.txt": await self._metrics(),
        }

    def _lines(self) -> str:
        return "".join(map(_line, reversed(self._log.records())))

    def _secrets(self) -> set[str]:
        """All that must not be in the file, should a vendor, say, have repeated a key in its own words."""
        access, settings = self._access, self._settings()
        kept = {
            s.get_secret_value() for account in settings.accounts.values() for s in account.secrets.values()
        }
        return kept | {access.join_code.text, access.screen_key.text, str(access.setup_code)}


def _redacted(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with a word for each secret."""
    accounts = {
        name: {**account, SECRETS: {key: _WORD[is_set] for key, is_set in account[SECRETS].items()}}
        for name, account in shown["accounts"].items()
    }
    return {**shown, "accounts": accounts}


def _line(record: Logged) -> str:
    level = logging.getLevelName(record.level)
    return f"{record.at:%Y-%m-%d %H:%M:%S} {level} {record.source}: {record.text}\n"


def _findings(report: Report) -> str:
    lines = [f"{'ok  ' if f.well else 'todo'} {f.topic}: {f.sentence}\n" for f in report.findings]
    return f"{report.at:%Y-%m-%d %H:%M:%S} UTC\n{''.join(lines)}"


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _zipped(texts: Mapping[str, str], secrets: Collection[str]) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, _without(text, secrets))
    return file.getvalue()


def _without(text: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        for written in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            if len(written) >= _SHORTEST:
                text = text.replace(written, _HIDDEN)
    return text
