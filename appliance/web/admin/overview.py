"""The first page: how the box is, what it is told to do, and what needs a person."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.captions import language_name
from appliance.i18n import N_
from appliance.settings import Settings
from appliance.state import Command, Fault
from appliance.web.access import Access
from appliance.web.admin.frame import Frame
from appliance.web.admin.restart import Restart
from appliance.web.forwarding import see
from appliance.web.pages import join_link
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable
from appliance.web.settings_view import Vendors
from appliance.web.templates import page_language

COMMANDS: Final = "/admin/commands"

_HELP: Final = {
    Fault.SETTINGS: ("/admin/accounts", N_("Look at the accounts")),
    Fault.SOUND: ("/admin/audio", N_("Look at the microphone")),
    Fault.CAP: ("/admin/spend", N_("Look at the spend")),
    Fault.MISTAKE: ("/admin/log", N_("Look at the log")),
}
"""Where each kind of trouble is looked after."""

_ELSEWHERE: Final = ("/admin/health", N_("Look at the health of the box"))
_PAGES: Final = ("/admin", "/admin/audio")
"""Those with buttons for commands."""


class Overview:
    """How the box is, and its buttons.

    Args:
        frame: around every page.
        board: how the box is.
        controller: takes commands.
        access: knows the join link.
        settings: those in use.
        vendors: have names that people know.
        restart: knows what waits for one.
    """

    def __init__(
        self,
        frame: Frame,
        *,
        board: Board,
        controller: Controller,
        access: Access,
        settings: Callable[[], Settings],
        vendors: Vendors,
        restart: Restart,
    ) -> None:
        self._frame = frame
        self._vendors = vendors
        self._board = board
        self._controller = controller
        self._access = access
        self._settings = settings
        self._restart = restart

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/admin", self.overview)
        table.post(COMMANDS, self.command)

    async def overview(self, request: web.Request) -> web.Response:
        """How the box is."""
        settings, status = self._settings(), self._board.status
        language = page_language(request)
        return await self._frame.page(
            request,
            "overview",
            link=join_link(status.address, self._access),
            titles={name: vendor.manifest.title for name, vendor in self._vendors.items()},
            has_rooms=len(settings.rooms) > 1,
            monthly_minutes=settings.spend.monthly_minutes,
            restart_is_due=self._restart.is_due(settings),
            trouble=_HELP.get(status.fault, _ELSEWHERE) if status.fault else _ELSEWHERE,
            spoken=language_name(status.room.from_language, language),
            translated=[language_name(tag, language) for tag in status.room.to_languages],
        )

    async def command(self, request: web.Request) -> web.Response:
        """Do what a button would."""
        form = await request.post()
        try:
            command = Command(str(form.get("command")))
        except ValueError:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The box knows no such command.") from None
        await self._controller.command(command)
        page = str(form.get("page"))
        return see(page if page in _PAGES else "/admin")
