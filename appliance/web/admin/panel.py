"""The front panel: how it is wired, and how it looks now."""

from typing import ClassVar

from aiohttp import web

from appliance.settings import Panel
from appliance.web.admin.settings_form import Sent
from appliance.web.admin.settings_page import SettingsPage


class PanelPage(SettingsPage):
    """Shows and changes the front panel.

    Args:
        frame: around every page.
        forms: make the form.
    """

    path = "/admin/panel"
    keys: ClassVar = {"panel": tuple(Panel.model_fields)}

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        form = await self._forms.view(request, await self._forms.now(), self.keys, sent)
        return await self._frame.page(request, "panel", status=sent.status, form=form)
