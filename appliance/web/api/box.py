"""The API under ``/api/v1``, and the health check."""

from typing import Final

from aiohttp import web

from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.settings.models import Model
from appliance.state import Command
from appliance.web.access import Who
from appliance.web.bodies import body_as, json_answer
from appliance.web.events import board_events, resume_after, stream, wanted_language
from appliance.web.routes import Exchange, RouteTable
from appliance.web.views import HealthView, StateView, status_view

_CAPTIONS: Final = Exchange(
    kinds=("text/event-stream",),
    query={
        "language": "BCP-47 tag of the captions that are wanted; all where it is left out",
        "last_event_id": "as the header Last-Event-ID: what came after that event is told first",
        "from": "“start”: a newcomer is first told all of the meeting, not only its latest captions",
    },
)


class CommandBody(Model):
    """What a button would ask for."""

    command: Command


class BoxApi:
    """State, commands and captions.

    Args:
        board: what can be read now.
        controller: takes commands.
    """

    def __init__(self, board: Board, controller: Controller) -> None:
        self._board = board
        self._controller = controller

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/healthz", self.healthz, Who.ANYONE, Exchange(gives=HealthView))
        table.get("/api/v1/state", self.state, Who.VIEWER, Exchange(gives=StateView))
        table.get("/api/v1/captions", self.captions, Who.VIEWER, _CAPTIONS)
        commands = Exchange(takes=CommandBody, gives=StateView)
        table.post("/api/v1/commands", self.commands, exchange=commands)

    async def healthz(self, _: web.Request) -> web.Response:
        """Whether the box turns: the state alone, for whoever watches over machines."""
        return json_answer({"status": "ok", "state": self._board.status.state})

    async def state(self, _: web.Request) -> web.Response:
        """How the box is."""
        return json_answer(status_view(self._board.status))

    async def commands(self, request: web.Request) -> web.Response:
        """Do what a button would."""
        await self._controller.command((await body_as(request, CommandBody)).command)
        return json_answer(status_view(self._board.status))

    async def captions(self, request: web.Request) -> web.StreamResponse:
        """Captions, gaps and states as they come; with ``?from=start`` first all of the meeting."""
        language = wanted_language(request)
        last = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
        after, whole = resume_after(self._board, last), request.query.get("from") == "start"
        return await stream(request, board_events(self._board, after, language, whole=whole))
