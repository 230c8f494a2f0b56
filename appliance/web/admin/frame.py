"""What all pages of the administration share: the menu, how the box is, and what was just done."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

from appliance.board import Board
from appliance.i18n import N_
from appliance.web import sessions
from appliance.web.forwarding import see
from appliance.web.templates import page

MENU: Final[Mapping[str, str]] = {
    "/admin": N_("Overview"),
    "/admin/rooms": N_("Rooms"),
    "/admin/accounts": N_("Accounts"),
    "/admin/vendors": N_("At the vendors"),
    "/admin/audio": N_("Microphone"),
    "/admin/panel": N_("Front panel"),
    "/admin/viewers": N_("Readers"),
    "/admin/transcripts": N_("Transcripts"),
    "/admin/spend": N_("Spend"),
    "/admin/health": N_("Health"),
    "/admin/log": N_("Log"),
    "/admin/access": N_("Access"),
    "/admin/box": N_("This box"),
}
"""Every page that is found by the menu, and its name."""


class Frame:
    """Puts a page of the administration together.

    Args:
        board: how the box is.
    """

    def __init__(self, board: Board) -> None:
        self._board = board

    async def page(
        self, request: web.Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> web.Response:
        """The template ``admin/NAME.html`` as an answer that nobody on the way keeps.

        Besides `values` and what `templates.page` gives, it gets ``menu``, ``here`` (the entry of the menu that
        it belongs to), ``box`` (a `Status`), ``csrf`` (for a hidden field of this name in every form) and
        ``said`` (what was just done).
        """
        response = await page(
            request,
            f"admin/{name}",
            menu=MENU,
            here=_entry(request.path),
            box=self._board.status,
            csrf=await sessions.csrf_token(request),
            said=await sessions.said(request),
            **values,
        )
        response.set_status(status)
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response

    async def done(self, request: web.Request, path: str, sentence: str) -> web.Response:
        """Show the page `path`, and on it one sentence (marked with ``N_``) of what was done."""
        await sessions.say(request, sentence)
        return see(path)


def _entry(path: str) -> str:
    """The entry of the menu that a page belongs to."""
    fitting = [entry for entry in MENU if f"{path}/".startswith(f"{entry}/")]
    return max(fitting, key=len, default="")
