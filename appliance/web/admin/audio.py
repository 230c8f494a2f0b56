"""The microphone: which one, how loud, and what it hears now."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Final

from aiohttp import web

from appliance.audio import Microphone, SoundError, microphones
from appliance.i18n import Translate
from appliance.settings import Settings
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import Sent, SettingsForms, words
from appliance.web.admin.settings_page import SettingsPage

_NAMED: Final = "microphone:"
_FILE: Final = "file:"


class AudioPage(SettingsPage):
    """Shows and changes what the box hears with.

    Args:
        frame: around every page.
        forms: make the form.
        found: lists the microphones that are plugged in.
    """

    path = "/admin/audio"
    keys: ClassVar = {"audio": ("input", "gain", "idle_after")}

    def __init__(
        self,
        frame: Frame,
        forms: SettingsForms,
        found: Callable[[], Awaitable[Sequence[Microphone]]] = microphones,
    ) -> None:
        super().__init__(frame, forms)
        self._found = found

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        settings, trouble, found = await self._forms.now(), "", list[Microphone]()
        try:
            found = list(await self._found())
        except SoundError as error:
            trouble = str(error)
        choices = {"audio": {"input": inputs_of(settings, found, await words(request))}}
        is_needed = not settings.audio.input.startswith(_FILE)
        values: dict[str, Any] = {"trouble": trouble, "none_found": is_needed and not found and not trouble}
        form = await self._forms.view(request, settings, self.keys, sent, choices)
        return await self._frame.page(request, "audio", status=sent.status, form=form, **values)


def inputs_of(settings: Settings, found: Sequence[Microphone], _: Translate) -> dict[str, str]:
    """What can be heard with, by its name in the settings: also what is set though it is not plugged in."""
    usual = next((microphone.description for microphone in found if microphone.default), "")
    first = _("The usual one, now: {name}").format(name=usual) if usual else _("The usual one")
    known = {f"{_NAMED}{microphone.name}": microphone.description for microphone in found}
    chosen = settings.audio.input
    missing = {chosen: _unplugged(chosen, _)} if chosen not in {"microphone", *known} else {}
    return {"microphone": first, **known, **missing}


def _unplugged(chosen: str, _: Translate) -> str:
    if chosen.startswith(_FILE):
        return _("A sound file: {name}").format(name=chosen.removeprefix(_FILE))
    return _("{name} (not plugged in now)").format(name=chosen.removeprefix(_NAMED))
