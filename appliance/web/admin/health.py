"""Whether the box is well: what the doctor says, and how its machine is."""

from pathlib import Path
from typing import Final

from aiohttp import web

from appliance.host.machine import look_at_machine
from appliance.i18n import N_
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.checkup import Checkup
from appliance.web.routes import RouteTable

PATH: Final = "/admin/health"

_TOPICS: Final = {
    "captions": N_("Captions"),
    "settings": N_("Settings"),
    "microphone": N_("Microphone"),
    "panel": N_("Front panel"),
    "network": N_("Network"),
    "disk": N_("Disk"),
    "clock": N_("Clock"),
    "transcript": N_("Transcript"),
    "spend": N_("Spend"),
    "database": N_("Database"),
    "vendor": N_("Speech vendor"),
    "words": N_("Speech vendor"),
    "language": N_("Language"),
    "access": N_("Access"),
}
"""What the topics of findings are called; others are names of accounts and vendors."""


class HealthPage:
    """Shows what the doctor says.

    Args:
        frame: around every page.
        checkup: looks at the box.
        folder: the state folder.
    """

    def __init__(self, frame: Frame, checkup: Checkup, folder: Path) -> None:
        self._frame = frame
        self._checkup = checkup
        self._folder = folder

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.page)
        table.post(f"{PATH}/check", self.check)

    async def page(self, request: web.Request) -> web.Response:
        """How the box is."""
        report = await self._checkup.report()
        return await self._frame.page(
            request,
            "health",
            report=report,
            todo=[finding for finding in report.findings if not finding.well],
            well=[finding for finding in report.findings if finding.well],
            topics=_TOPICS,
            machine=await look_at_machine(self._folder),
            written=Formats.of(request),
        )

    async def check(self, request: web.Request) -> web.Response:
        """Look at everything now, and ask the vendors too."""
        await self._checkup.ask_all()
        return await self._frame.done(request, PATH, N_("Everything was looked at just now."))
