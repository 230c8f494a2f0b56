"""The pages, and the link that lets a phone in."""

from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import web

from appliance.web.access import VIEWER_COOKIE, Access, Who
from appliance.web.problems import Problem
from appliance.web.routes import Handle, RouteTable

_HERE: Final = Path(str(files("appliance.web")))
_STATIC: Final = {
    path.name: path for path in (_HERE / "static").iterdir() if path.suffix in (".css", ".js", ".svg")
}
_MONTH: Final = 30 * 24 * 3600


class Pages:
    """Static pages; what they show comes over the API.

    Args:
        access: knows the join code.
        simulated: whether anyone may look at the panel.
    """

    def __init__(self, access: Access, *, simulated: bool) -> None:
        self._access = access
        self._simulated = simulated

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/", _page("captions"), Who.VIEWER)
        table.get("/kiosk", _page("kiosk"), Who.VIEWER)
        table.get("/panel", _page("panel"), Who.ANYONE if self._simulated else Who.ADMIN)
        table.get("/static/{name}", self.static, Who.ANYONE)
        table.get("/j/{code}", self.join, Who.ANYONE)
        table.get("/j/{code}/kiosk", self.join, Who.ANYONE)

    async def static(self, request: web.Request) -> web.StreamResponse:
        """A style sheet, script or picture: one of those that exist, by name."""
        path = _STATIC.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def join(self, request: web.Request) -> web.Response:
        """Let a viewer in who has the code, for a month."""
        if not self._access.join_code.is_(request.match_info["code"]):
            raise Problem(
                HTTPStatus.FORBIDDEN, "This link is no longer good: scan the code on the box's screen again."
            )
        page = "/kiosk" if request.path.endswith("/kiosk") else "/"
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": page})
        response.set_cookie(
            VIEWER_COOKIE, self._access.join_code.text, max_age=_MONTH, httponly=True, samesite="Lax"
        )
        return response


def join_link(address: str, access: Access, page: str = "") -> str:
    """The link behind the QR code; in capitals, so that the QR code stays small."""
    return f"{address}/j/{access.join_code.text}{page}"


def _page(name: str) -> Handle:
    path = _HERE / "pages" / f"{name}.html"

    async def page(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    return page
