"""The pages, the link that lets a phone in, and its QR code."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from aiohttp import hdrs, web

from appliance.board import Board
from appliance.captions import Caption, Gap
from appliance.i18n import N_, translation
from appliance.transcripts.exports import NoSuchLanguage, export_entries
from appliance.web.access import SCREEN_COOKIE, VIEWER_COOKIE, Access, Key, Who
from appliance.web.events import wanted_language
from appliance.web.forwarding import see
from appliance.web.problems import Problem
from appliance.web.qr import qr_code
from appliance.web.routes import RouteTable
from appliance.web.templates import page, page_language

_KINDS: Final = (".css", ".js", ".svg", ".png")
_STATIC: Final = {
    path.name: path
    for path in (Path(str(files("appliance.web"))) / "static").iterdir()
    if path.suffix in _KINDS
}
_MONTH: Final = 30 * 24 * 3600
_YEARS: Final = 400 * 24 * 3600
"""Seconds; browsers keep no cookie for longer."""

_FRESH: Final = {"Cache-Control": "no-store"}
_PAPER: Final = "#faf9f6"


class Pages:
    """The pages that read captions; what they show comes over the API.

    Args:
        access: knows the join code.
        board: what can be read now, and where the box is found.
        simulated: whether anyone may look at the panel.
        may_download: whether viewers may save what was said.
        elsewhere: gives the page where captions are read if not here; None else.
    """

    def __init__(
        self,
        access: Access,
        board: Board,
        *,
        simulated: bool,
        may_download: Callable[[], bool] = bool,
        elsewhere: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._access = access
        self._board = board
        self._simulated = simulated
        self._may_download = may_download
        self._elsewhere = elsewhere

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/", self.captions, Who.VIEWER)
        table.get("/kiosk", self.kiosk, Who.VIEWER)
        table.get("/panel", self.panel, Who.ANYONE if self._simulated else Who.ADMIN)
        table.get("/static/{name}", self.static, Who.ANYONE)
        table.get("/j/{code}", self.join, Who.ANYONE)
        table.get("/screen/{key}", self.screen, Who.ANYONE)
        table.get("/join.svg", self.join_code, Who.VIEWER)
        table.get("/manifest.webmanifest", self.manifest, Who.VIEWER)
        table.get("/transcript.txt", self.transcript, Who.VIEWER)

    async def captions(self, request: web.Request) -> web.Response:
        """Captions on a phone."""
        return await page(request, "captions", may_download=self._may_download())

    async def kiosk(self, request: web.Request) -> web.Response:
        """Captions on the big screen; the box's own one shows the set-up code, too."""
        is_own = await self._access.who(request) >= Who.SCREEN
        return await page(request, "kiosk", is_own=is_own)

    async def panel(self, request: web.Request) -> web.Response:
        """The front of the box."""
        return await page(request, "panel")

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
                HTTPStatus.FORBIDDEN,
                N_("This link is no longer good: scan the code on the box's screen again."),
            )
        return _let_in(request, "/", VIEWER_COOKIE, self._access.join_code, _MONTH)

    async def screen(self, request: web.Request) -> web.Response:
        """Let the box's own big screen in, by the link that only it can read."""
        if not self._access.screen_key.is_(request.match_info["key"]):
            raise Problem(HTTPStatus.FORBIDDEN, N_("This link is no longer good: restart the box's screen."))
        return _let_in(request, "/kiosk", SCREEN_COOKIE, self._access.screen_key, _YEARS)

    async def join_code(self, _: web.Request) -> web.Response:
        """The join link as a QR code. Whoever may see it is let in already, by the code that is in it."""
        return qr_code(self._elsewhere() or join_link(self._board.status.address, self._access))

    async def manifest(self, request: web.Request) -> web.Response:
        """What a phone needs to put the captions beside its apps.

        It begins with the join link: a phone may keep the cookies of such an app apart from the browser's.
        """
        language = page_language(request)
        _ = await asyncio.to_thread(translation, language)
        manifest = {
            "id": "/",
            "name": _("Live captions"),
            "short_name": _("Captions"),
            "lang": language,
            "start_url": join_link("", self._access),
            "scope": "/",
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": _PAPER,
            "icons": [
                _icon("icon-192.png", "192x192", "any"),
                _icon("icon-512.png", "512x512", "any"),
                _icon("icon-maskable-512.png", "512x512", "maskable"),
            ],
        }
        return web.json_response(manifest, content_type="application/manifest+json", headers=_FRESH)

    async def transcript(self, request: web.Request) -> web.Response:
        """What was said in this meeting, as a text to keep: no more than the page itself shows."""
        if not self._may_download():
            raise Problem(HTTPStatus.FORBIDDEN, "The administrator of this box lets nobody save what was said.")
        language = wanted_language(request)
        events = self._board.now(whole=True)
        said = [event.body for event in events if isinstance(event.body, Caption | Gap)]
        try:
            text = await asyncio.to_thread(export_entries, said, "txt", language=language)
        except NoSuchLanguage as none:
            raise Problem(HTTPStatus.NOT_FOUND, str(none)) from None
        saved = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="captions.txt"'}
        return web.Response(text=text, headers=_FRESH | saved)


def join_link(address: str, access: Access) -> str:
    """The link behind the QR code; it holds the join code only where viewers need it."""
    return f"{address}/j/{access.join_code.text}" if access.viewers == "code" else f"{address}/"


def screen_link(address: str, access: Access) -> str:
    """The link that the box's own big screen opens."""
    return f"{address}/screen/{access.screen_key.text}"


def _let_in(request: web.Request, path: str, cookie: str, key: Key, seconds: int) -> web.Response:
    """Show the page `path` to a browser that has a key from now on, for so many seconds."""
    response = see(path)
    # Not strict: who follows a link comes from another site, as does the box's own screen, from a file.
    response.set_cookie(cookie, key.text, max_age=seconds, httponly=True, samesite="Lax", secure=request.secure)
    return response


def _icon(name: str, size: str, purpose: str) -> dict[str, Any]:
    return {"src": f"/static/{name}", "sizes": size, "type": "image/png", "purpose": purpose}
