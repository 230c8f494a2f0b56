"""Restarting the box from a page, and what waits for it."""

import asyncio
import json
from collections.abc import Callable
from operator import attrgetter
from typing import Final

from aiohttp import web
from yarl import URL

from appliance.i18n import N_
from appliance.settings import Settings
from appliance.web import sessions
from appliance.web.admin.frame import Frame
from appliance.web.routes import RouteTable

AFTER_RESTART: Final = (
    "box.language",
    "panel",
    "web.host",
    "web.port",
    "web.https",
    "web.certificate",
    "web.key",
)
"""The settings that a box takes up only when it starts; all others it takes up at once."""

PATH: Final = "/admin/box/restart"

_FETCHED: Final = 2.0
_RESTARTED: Final = N_("The box has restarted.")


class Restart:
    """Starts the box anew, which some of its settings wait for.

    Args:
        started: the settings with which the box started.
        restart: ends this process so that whoever looks after it starts another; returns at once.
    """

    def __init__(self, started: Settings, restart: Callable[[], None]) -> None:
        self._started = started
        self._restart = restart
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Restart once a browser has had the time to fetch what its page is made of."""
        self._timer = self._timer or asyncio.get_running_loop().call_later(_FETCHED, self._restart)

    def is_due(self, now: Settings) -> bool:
        """Whether something was changed that the box has not taken up."""
        return _taken_up_late(now) != _taken_up_late(self._started)

    def moved(self, here: URL, now: Settings) -> URL:
        """Where a page will be found after a restart."""
        before, after = self._started.web, now.web
        # A port that the command line decides on, or the system, is not that of the settings.
        port = after.port if after.port not in (before.port, 0) else here.port
        encrypts = (before.https != "off", after.https != "off")
        scheme = here.scheme if encrypts[0] == encrypts[1] else ("http", "https")[encrypts[1]]
        return here.with_scheme(scheme).with_port(port)


class RestartPage:
    """Asks whether to restart, does so, and waits for the box to come back.

    Args:
        frame: around every page.
        restart: starts the box anew.
        settings: those in use.
    """

    def __init__(self, frame: Frame, restart: Restart, settings: Callable[[], Settings]) -> None:
        self._frame = frame
        self._restart = restart
        self._settings = settings

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.question)
        table.post(PATH, self.restart)

    async def question(self, request: web.Request) -> web.Response:
        """Ask whether that is really meant."""
        return await self._frame.page(request, "restart")

    async def restart(self, request: web.Request) -> web.Response:
        """Restart; the answer waits until the box is back."""
        here = request.url.with_path("/admin")
        back = self._restart.moved(here, self._settings())
        response = await self._frame.page(request, "restarting", back=str(back), moves=back != here)
        await sessions.say(request, _RESTARTED)
        self._restart.soon()
        return response


def _taken_up_late(settings: Settings) -> str:
    values = [attrgetter(key)(settings) for key in AFTER_RESTART]
    return json.dumps(values, default=lambda section: section.model_dump(mode="json"))
