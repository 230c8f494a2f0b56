"""The front panel: how it is wired, and how it looks now."""

from typing import Final

from aiohttp import web

from appliance.settings import Panel
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import NOTHING, SAVED, Sent, SettingsForms
from appliance.web.routes import RouteTable

PATH: Final = "/admin/panel"

_KEYS: Final = {"panel": tuple(Panel.model_fields)}


class PanelPage:
    """Shows and changes the front panel.

    Args:
        frame: around every page.
        forms: make the form.
    """

    def __init__(self, frame: Frame, forms: SettingsForms) -> None:
        self._frame = frame
        self._forms = forms

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.page)
        table.post(PATH, self.save)

    async def page(self, request: web.Request) -> web.Response:
        """The panel as it is wired."""
        return await self._show(request, NOTHING)

    async def save(self, request: web.Request) -> web.Response:
        """Keep how it is wired, for the next start."""
        sent = await self._forms.save(request, _KEYS)
        return await self._show(request, sent) if sent.errors else await self._frame.done(request, PATH, SAVED)

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        form = await self._forms.view(request, await self._forms.now(), _KEYS, sent)
        return await self._frame.page(request, "panel", status=sent.status, form=form)
