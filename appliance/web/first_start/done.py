"""The last step: the first captions."""

from http import HTTPStatus

from aiohttp import web

from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.state import Command
from appliance.web.access import Access
from appliance.web.first_start.steps import DONE, Steps
from appliance.web.forwarding import see
from appliance.web.pages import join_link
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable


class DoneStep:
    """Starts captions and shows them, and how others read them.

    Args:
        steps: around every page.
        board: where the box is found.
        controller: takes commands.
        access: knows the join link.
    """

    def __init__(self, steps: Steps, board: Board, controller: Controller, access: Access) -> None:
        self._steps = steps
        self._board = board
        self._controller = controller
        self._access = access

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(DONE, self.page)
        table.post(DONE, self.command)

    async def page(self, request: web.Request) -> web.Response:
        """The captions as they come, and what is good to know."""
        link = join_link(self._board.status.address, self._access)
        return await self._steps.page(request, "done", link=link, by_code=self._access.viewers == "code")

    async def command(self, request: web.Request) -> web.Response:
        """Do what the button of the box would."""
        command = (await request.post()).get("command")
        if command not in (Command.START, Command.STOP):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The box knows no such command.")
        await self._controller.command(Command(command))
        return see(DONE)
