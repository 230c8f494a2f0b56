"""What all steps of the first start share: which there are, how far one is, and the ways on and back."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from appliance.board import Board
from appliance.i18n import N_
from appliance.web.session_pages import done, session_page

MICROPHONE: Final = "/setup/microphone"
VENDOR: Final = "/setup/vendor"
ROOM: Final = "/setup/room"
BOX: Final = "/setup/box"
DONE: Final = "/setup/done"

STEPS: Final[Mapping[str, str]] = {
    MICROPHONE: N_("Microphone"),
    VENDOR: N_("Speech recognition"),
    ROOM: N_("Room and languages"),
    BOX: N_("This box"),
    DONE: N_("First captions"),
}
"""Every step and its name, in their order; each can be passed over and come back to."""


class Steps:
    """Puts a page of the first start together.

    Args:
        board: how the box is.
    """

    def __init__(self, board: Board) -> None:
        self._board = board

    async def page(
        self, request: web.Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> web.Response:
        """The template ``setup/NAME.html`` as an answer that nobody on the way keeps.

        Besides `values` and what `session_page` gives, it gets ``steps``, ``here`` (the path of this step),
        ``number`` (of this step, from 1), ``back`` and ``onwards`` (paths, or empty), and ``box`` (a `Status`).
        """
        paths = list(STEPS)
        number = next(
            number for number, path in enumerate(paths, 1) if f"{request.path}/".startswith(f"{path}/")
        )
        return await session_page(
            request,
            f"setup/{name}",
            status=status,
            steps=STEPS,
            here=paths[number - 1],
            number=number,
            back=paths[number - 2] if number > 1 else "",
            onwards=paths[number] if number < len(paths) else "",
            box=self._board.status,
            **values,
        )

    async def done(self, request: web.Request, path: str, sentence: str) -> web.Response:
        """Go on to `path`, and tell there in one sentence (marked with ``N_``) what was done."""
        return await done(request, path, sentence)


def is_english(language: str) -> bool:
    """Whether the box itself understands a language, a BCP-47 tag."""
    return language.partition("-")[0] == "en"
