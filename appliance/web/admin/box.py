"""The box itself: its name, how it starts, where it is found, and its settings to take away."""

from collections.abc import Mapping
from typing import Any, ClassVar

import tomlkit
from aiohttp import hdrs, web

from appliance.i18n import LANGUAGES, Translate
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import Sent, SettingsForms, words
from appliance.web.admin.settings_page import SettingsPage
from appliance.web.routes import RouteTable
from appliance.web.settings_view import Vendors, account_values


class BoxPage(SettingsPage):
    """Shows and changes the box.

    Args:
        frame: around every page.
        forms: make the form.
        vendors: know which keys of an account are secrets.
    """

    path = "/admin/box"
    keys: ClassVar = {
        "box": ("name", "language", "start"),
        "transcripts": ("keep",),
        "web": ("port", "host", "https", "certificate", "key"),
    }

    def __init__(self, frame: Frame, forms: SettingsForms, vendors: Vendors) -> None:
        super().__init__(frame, forms)
        self._vendors = vendors

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        super().routes(table)
        table.get(f"{self.path}/settings.toml", self.export)

    async def export(self, _: web.Request) -> web.Response:
        """All settings but the secrets, as a file ``settings.toml``."""
        settings = await self._forms.now()
        accounts = {name: account_values(account, self._vendors) for name, account in settings.accounts.items()}
        text = tomlkit.dumps(_set({**settings.model_dump(mode="json"), "accounts": accounts}))
        headers = {
            hdrs.CONTENT_DISPOSITION: 'attachment; filename="settings.toml"',
            hdrs.CACHE_CONTROL: "no-store",
        }
        return web.Response(text=text, content_type="application/toml", headers=headers)

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        choices = {
            "box": {"language": LANGUAGES},
            "transcripts": {"keep": _lengths(await words(request))},
        }
        form = await self._forms.view(request, await self._forms.now(), self.keys, sent, choices)
        return await self._frame.page(request, "box", status=sent.status, form=form)


def _lengths(_: Translate) -> dict[str, str]:
    """For how long most people keep transcripts."""
    return {
        "off": _("Never write one"),
        "session": _("Until captions end"),
        "1d": _("For a day"),
        "7d": _("For a week"),
        "30d": _("For 30 days"),
        "90d": _("For 90 days"),
        "365d": _("For a year"),
    }


def _set(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is set, for TOML has no word for nothing."""
    return {
        key: _set(value) if isinstance(value, Mapping) else value
        for key, value in fields.items()
        if value is not None
    }
