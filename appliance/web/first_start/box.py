"""The fourth step: what the box is called, the language it speaks, and who may read."""

from typing import Final

from aiohttp import web

from appliance.i18n import LANGUAGES
from appliance.web.admin.settings_form import NOTHING, Sent, SettingsForms
from appliance.web.first_start.steps import BOX, DONE, Steps
from appliance.web.forwarding import see
from appliance.web.routes import RouteTable

_KEYS: Final = {"box": ("name", "language"), "web": ("viewers",)}


class BoxStep:
    """Names the box, and says who may read its captions.

    Args:
        steps: around every page.
        forms: make the form.
    """

    def __init__(self, steps: Steps, forms: SettingsForms) -> None:
        self._steps = steps
        self._forms = forms

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(BOX, self.page)
        table.post(BOX, self.change)

    async def page(self, request: web.Request) -> web.Response:
        """What is set of the box."""
        return await self._show(request, NOTHING)

    async def change(self, request: web.Request) -> web.Response:
        """Have it otherwise."""
        sent = await self._forms.save(request, _KEYS)
        return await self._show(request, sent) if sent.errors else see(DONE)

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        settings, choices = await self._forms.now(), {"box": {"language": LANGUAGES}}
        form = await self._forms.view(request, settings, _KEYS, sent, choices)
        return await self._steps.page(request, "box", status=sent.status, form=form)
