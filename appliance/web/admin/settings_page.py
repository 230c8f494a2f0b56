"""A page of the administration that is, for the most part, one form for some of the settings."""

from abc import ABC, abstractmethod
from typing import ClassVar

from aiohttp import web

from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import NOTHING, SAVED, Keys, Sent, SettingsForms
from appliance.web.routes import RouteTable


class SettingsPage(ABC):
    """Shows and changes what stands under some keys.

    Args:
        frame: around every page.
        forms: make the form.

    Attributes:
        path: of the page; the form is sent there, too.
        keys: that the form asks for.
    """

    path: ClassVar[str]
    keys: ClassVar[Keys]

    def __init__(self, frame: Frame, forms: SettingsForms) -> None:
        self._frame = frame
        self._forms = forms

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(self.path, self.page)
        table.post(self.path, self.save)

    async def page(self, request: web.Request) -> web.Response:
        """How it is set."""
        return await self._show(request, NOTHING)

    async def save(self, request: web.Request) -> web.Response:
        """Have it as it is said from now on."""
        sent = await self._forms.save(request, self.keys)
        if sent.errors:
            return await self._show(request, sent)
        return await self._frame.done(request, self.path, SAVED)

    @abstractmethod
    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        """The page, with what was sent and all that is wrong in it."""
