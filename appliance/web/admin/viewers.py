"""Who reads the captions, and how they get there."""

from typing import Final

from aiohttp import web

from appliance.board import Board
from appliance.i18n import N_
from appliance.web.access import Access
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import NOTHING, SAVED, Sent, SettingsForms
from appliance.web.pages import join_link
from appliance.web.routes import RouteTable

PATH: Final = "/admin/viewers"

_KEYS: Final = {"web": ("viewers", "viewers_may_download")}
_ROTATED: Final = N_("There is a new code. Whoever had the old one must scan the new one.")


class ViewersPage:
    """Shows the way to the captions, and decides who may go it.

    Args:
        frame: around every page.
        forms: make the form.
        access: knows the join code.
        board: where the box is found.
    """

    def __init__(self, frame: Frame, forms: SettingsForms, access: Access, board: Board) -> None:
        self._frame = frame
        self._forms = forms
        self._access = access
        self._board = board

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.page)
        table.post(PATH, self.save)
        table.get(f"{PATH}/door", self.door)
        table.get(f"{PATH}/rotate", self.question)
        table.post(f"{PATH}/rotate", self.rotate)

    async def page(self, request: web.Request) -> web.Response:
        """The join link, and who may use it."""
        return await self._show(request, NOTHING)

    async def save(self, request: web.Request) -> web.Response:
        """Let others in than before."""
        sent = await self._forms.save(request, _KEYS)
        return await self._show(request, sent) if sent.errors else await self._frame.done(request, PATH, SAVED)

    async def door(self, request: web.Request) -> web.Response:
        """A sheet to print for the door of the room."""
        return await self._frame.page(request, "door", link=self._link)

    async def question(self, request: web.Request) -> web.Response:
        """Ask whether the old code is really to be no longer good."""
        return await self._frame.page(request, "rotate")

    async def rotate(self, request: web.Request) -> web.Response:
        """Have another join code."""
        await self._access.rotate()
        return await self._frame.done(request, PATH, _ROTATED)

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        form = await self._forms.view(request, await self._forms.now(), _KEYS, sent)
        by_code = self._access.viewers == "code"
        return await self._frame.page(
            request, "viewers", status=sent.status, form=form, link=self._link, by_code=by_code
        )

    @property
    def _link(self) -> str:
        return join_link(self._board.status.address, self._access)
