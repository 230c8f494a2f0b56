"""Restarting the box from a page, and what waits for it."""

import json
from collections.abc import Callable
from operator import attrgetter
from typing import Final

from aiohttp import web

from appliance.i18n import N_
from appliance.settings import Settings
from appliance.web import sessions
from appliance.web.admin.frame import Frame
from appliance.web.routes import RouteTable

AFTER_RESTART: Final = ("box.language", "panel", "web.host", "web.port")
"""The settings that a box takes up only when it starts; all others it takes up at once."""

PATH: Final = "/admin/restart"

_RESTARTED: Final = N_("The box has restarted.")


class Restart:
    """Starts the box anew, which some of its settings wait for.

    Args:
        started: the settings with which the box started.
        restart: ends this process so that whoever looks after it starts another; returns at once.
    """

    def __init__(self, started: Settings, restart: Callable[[], None]) -> None:
        self._started = _taken_up_late(started)
        self._port = started.web.port
        self.restart = restart

    def is_due(self, now: Settings) -> bool:
        """Whether something was changed that the box has not taken up."""
        return _taken_up_late(now) != self._started

    def new_port(self, now: Settings) -> int | None:
        """The port at which the box will be found after a restart; None where it stays where it is."""
        return now.web.port if now.web.port not in (self._port, 0) else None


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
        port = self._restart.new_port(self._settings())
        back = str(request.url.with_port(port).with_path("/admin")) if port else "/admin"
        response = await self._frame.page(request, "restarting", back=back, moves=bool(port))
        await sessions.say(request, _RESTARTED)
        # The server lets this answer go before it stops.
        self._restart.restart()
        return response


def _taken_up_late(settings: Settings) -> str:
    values = [attrgetter(key)(settings) for key in AFTER_RESTART]
    return json.dumps(values, default=lambda section: section.model_dump(mode="json"))
