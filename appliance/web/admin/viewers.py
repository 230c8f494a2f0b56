"""Who reads the captions, and how they get there."""

from typing import ClassVar, Final

from aiohttp import web

from appliance.board import Board
from appliance.i18n import N_
from appliance.web.access import Access
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import Sent, SettingsForms
from appliance.web.admin.settings_page import SettingsPage
from appliance.web.pages import join_link
from appliance.web.routes import RouteTable

_ROTATED: Final = N_("There is a new code. Whoever had the old one must scan the new one.")


class ViewersPage(SettingsPage):
    """Shows the way to the captions, and decides who may go it.

    Args:
        frame: around every page.
        forms: make the form.
        access: knows the join code.
        board: where the box is found.
    """

    path = "/admin/viewers"
    keys: ClassVar = {"web": ("viewers", "viewers_may_download")}

    def __init__(self, frame: Frame, forms: SettingsForms, access: Access, board: Board) -> None:
        super().__init__(frame, forms)
        self._access = access
        self._board = board

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        super().routes(table)
        table.get(f"{self.path}/door", self.door)
        table.get(f"{self.path}/rotate", self.question)
        table.post(f"{self.path}/rotate", self.rotate)

    async def door(self, request: web.Request) -> web.Response:
        """A sheet to print for the door of the room."""
        return await self._frame.page(request, "door", link=self._link)

    async def question(self, request: web.Request) -> web.Response:
        """Ask whether the old code is really to be no longer good."""
        return await self._frame.page(request, "rotate")

    async def rotate(self, request: web.Request) -> web.Response:
        """Have another join code."""
        await self._access.rotate()
        return await self._frame.done(request, self.path, _ROTATED)

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        form = await self._forms.view(request, await self._forms.now(), self.keys, sent)
        by_code = self._access.viewers == "code"
        return await self._frame.page(
            request, "viewers", status=sent.status, form=form, link=self._link, by_code=by_code
        )

    @property
    def _link(self) -> str:
        return join_link(self._board.status.address, self._access)
