"""What all pages of the administration share: the menu, how the box is, and what was just done."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from appliance.board import Board
from appliance.i18n import N_
from appliance.web.session_pages import done, session_page

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

        Besides `values` and what `session_page` gives, it gets ``menu``, ``here`` (the entry of the menu that
        it belongs to) and ``box`` (a `Status`).
        """
        return await session_page(
            request,
            f"admin/{name}",
            status=status,
            menu=MENU,
            here=_entry(request.path),
            box=self._board.status,
            **values,
        )

    async def done(self, request: web.Request, path: str, sentence: str) -> web.Response:
        """Show the page `path`, and on it one sentence (marked with ``N_``) of what was done."""
        return await done(request, path, sentence)


def _entry(path: str) -> str:
    """The entry of the menu that a page belongs to."""
    fitting = [entry for entry in MENU if f"{path}/".startswith(f"{entry}/")]
    return max(fitting, key=len, default="")
