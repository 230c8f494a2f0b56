"""The API under ``/api/v1``, and the health check."""

import json
from http import HTTPStatus
from typing import Any

from aiohttp import web

from appliance.board import Board
from appliance.captioning.controller import Controller
from appliance.state import Command
from appliance.web.access import Who
from appliance.web.events import board_events, resume_after, stream, wanted_language
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable
from appliance.web.views import status_view


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
        table.get("/healthz", self.healthz, Who.ANYONE)
        table.get("/api/v1/state", self.state, Who.VIEWER)
        table.get("/api/v1/captions", self.captions, Who.VIEWER)
        table.post("/api/v1/commands", self.commands)

    async def healthz(self, _: web.Request) -> web.Response:
        """Whether the box turns: the state alone, for whoever watches over machines."""
        return web.json_response({"status": "ok", "state": self._board.status.state})

    async def state(self, _: web.Request) -> web.Response:
        """How the box is."""
        return web.json_response(status_view(self._board.status), headers={"Cache-Control": "no-store"})

    async def commands(self, request: web.Request) -> web.Response:
        """As the button would."""
        word = (await json_body(request)).get("command")
        try:
            command = Command(str(word))
        except ValueError:
            known = ", ".join(Command)
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"“command” must be one of: {known}.") from None
        await self._controller.command(command)
        return web.json_response(status_view(self._board.status))

    async def captions(self, request: web.Request) -> web.StreamResponse:
        """Captions, gaps and states as they come."""
        language = wanted_language(request)
        last = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
        return await stream(request, board_events(self._board, resume_after(self._board, last), language))


async def json_body(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        Problem: it is none.
    """
    if request.content_type != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON with “Content-Type: application/json”.")
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return body
