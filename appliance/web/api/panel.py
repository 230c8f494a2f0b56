"""The front panel over the web: its picture, its lights and, where it is simulated, its buttons."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace

from aiohttp import web

from appliance.panel import ButtonName, FrontPanel, View
from appliance.settings.models import Model
from appliance.web.access import Who
from appliance.web.bodies import body_as, no_content
from appliance.web.events import stream
from appliance.web.routes import NOTHING, Exchange, RouteTable


class ButtonBody(Model):
    """A button, and whether it is pressed or released."""

    button: ButtonName
    pressed: bool = False


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
        table.get("/api/v1/panel.png", self.picture, who, Exchange(kinds=("image/png",)))
        table.get("/api/v1/panel/events", self.events, who, Exchange(kinds=("text/event-stream",)))
        if self._simulated:
            exchange = replace(NOTHING, takes=ButtonBody)
            table.post("/api/v1/panel/buttons", self.buttons, who, exchange)

    async def picture(self, _: web.Request) -> web.Response:
        """What the OLED shows now."""
        png = await asyncio.to_thread(self._panel.png)
        return web.Response(body=png, content_type="image/png", headers={"Cache-Control": "no-store"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """An event ``panel`` whenever the lights or the picture change."""
        return await stream(request, self._encoded())

    async def buttons(self, request: web.Request) -> web.Response:
        """Press or release a button."""
        body = await body_as(request, ButtonBody)
        if body.pressed:
            self._panel.press(body.button)
        else:
            self._panel.release(body.button)
        return no_content()

    async def _encoded(self) -> AsyncGenerator[bytes, None]:
        async for view in self._panel.changes():
            yield f"event: panel\ndata: {json.dumps(_panel_view(view))}\n\n".encode()


def _panel_view(view: View) -> dict[str, object]:
    lights = view.lights
    return {
        "lights": {"red": lights.red, "green": lights.green, "blue": lights.blue},
        "picture": view.picture,
    }
