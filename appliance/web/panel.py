"""The front panel over the web: its picture, its lights and, where it is simulated, its buttons."""

import asyncio
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus

from aiohttp import web

from appliance.panel import ButtonName, FrontPanel, View
from appliance.web.access import Who
from appliance.web.api import json_body
from appliance.web.events import stream
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable


class PanelApi:
    """The panel as it looks now.

    Args:
        panel: the front panel.
        simulated: whether there is no real one, so that anyone may look and press.
    """

    def __init__(self, panel: FrontPanel, *, simulated: bool) -> None:
        self._panel = panel
        self._simulated = simulated

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        who = Who.ANYONE if self._simulated else Who.ADMIN
        table.get("/api/v1/panel.png", self.picture, who)
        table.get("/api/v1/panel/events", self.events, who)
        if self._simulated:
            table.post("/api/v1/panel/buttons", self.buttons, who)

    async def picture(self, _: web.Request) -> web.Response:
        """What the OLED shows now."""
        png = await asyncio.to_thread(self._panel.png)
        return web.Response(body=png, content_type="image/png", headers={"Cache-Control": "no-store"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """An event ``panel`` whenever the lights or the picture change."""
        return await stream(request, self._encoded())

    async def buttons(self, request: web.Request) -> web.Response:
        """Press or release a button: ``{"button": "caption", "pressed": true}``."""
        body = await json_body(request)
        try:
            button = ButtonName(str(body.get("button")))
        except ValueError:
            known = ", ".join(ButtonName)
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"“button” must be one of: {known}.") from None
        if body.get("pressed"):
            self._panel.press(button)
        else:
            self._panel.release(button)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _encoded(self) -> AsyncGenerator[bytes, None]:
        async for view in self._panel.changes():
            yield f"event: panel\ndata: {json.dumps(_panel_view(view))}\n\n".encode()


def _panel_view(view: View) -> dict[str, object]:
    lights = view.lights
    return {
        "lights": {"red": lights.red, "green": lights.green, "blue": lights.blue},
        "picture": view.picture,
    }
