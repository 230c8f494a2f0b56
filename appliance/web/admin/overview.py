"""The pages on which an administrator looks after the box. They work without JavaScript."""

from aiohttp import web

from appliance.web.admin.frame import Frame
from appliance.web.routes import RouteTable


class Overview:
    """The first page: how the box is, and the ways to everything else.

    Args:
        frame: around every page.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/admin", self.overview)

    async def overview(self, request: web.Request) -> web.Response:
        """How the box is."""
        return await self._frame.page(request, "overview")
