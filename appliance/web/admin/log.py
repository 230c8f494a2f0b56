"""The last lines of the box's own log, live."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web

from appliance.host.logs import RecentLog
from appliance.i18n import N_
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.routes import RouteTable
from appliance.web.templates import page

PATH: Final = "/admin/log"

LEVELS: Final[Mapping[str, int]] = {
    "all": logging.NOTSET,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
"""What may be chosen, and the least level that is shown then."""

_CHOICES: Final = {
    "all": N_("Everything"),
    "warning": N_("Warnings and errors"),
    "error": N_("Errors only"),
}


class LogPage:
    """Shows the log.

    Args:
        frame: around every page.
        log: keeps the last records.
    """

    def __init__(self, frame: Frame, log: RecentLog) -> None:
        self._frame = frame
        self._log = log

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.page)
        table.get(f"{PATH}/lines", self.lines)

    async def page(self, request: web.Request) -> web.Response:
        """The last lines, the latest first."""
        level = _level(request)
        return await self._frame.page(
            request, "log", level=level, levels=_CHOICES, **self._lines(request, level)
        )

    async def lines(self, request: web.Request) -> web.Response:
        """What came after a line, for a page that is open."""
        response = await page(request, "admin/log-lines", **self._lines(request, _level(request)))
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response

    def _lines(self, request: web.Request, level: str) -> dict[str, Any]:
        return {
            "records": self._log.records(level=LEVELS[level], after=_after(request)),
            "kind": _kind,
            "written": Formats.of(request),
        }


def _level(request: web.Request) -> str:
    level = request.query.get("level", "")
    return level if level in LEVELS else "all"


def _after(request: web.Request) -> int:
    text = request.query.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _kind(level: int) -> str:
    """What a level is, in the words that the page translates."""
    if level >= logging.ERROR:
        return "error"
    if level >= logging.WARNING:
        return "warning"
    return "info" if level >= logging.INFO else "debug"
