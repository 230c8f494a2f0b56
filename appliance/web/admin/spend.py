"""What is spent: minutes this month and before, what may be, and what happens then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from appliance.captioning.spend import NEARLY, Caps, Meter
from appliance.settings import Settings
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.admin.settings_form import Sent, SettingsForms
from appliance.web.admin.settings_page import SettingsPage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """Minutes this month.

    Attributes:
        name: of the account; empty for the whole box.
        minutes: sent so far.
        cap: how many may be; 0 for no cap.
        costly: whether they cost money.
    """

    name: str
    minutes: float
    cap: int
    costly: bool

    @property
    def percent(self) -> float:
        """How much of the cap is used."""
        return round(min(100.0, 100 * self.minutes / self.cap), 2) if self.cap else 0.0

    @property
    def is_reached(self) -> bool:
        """Whether no more may be sent."""
        return 0 < self.cap <= self.minutes

    @property
    def is_near(self) -> bool:
        """Whether people are told."""
        return 0 < NEARLY * self.cap <= self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Then:
    """What a room does when no more may be spent.

    Attributes:
        title: what people see of the room.
        is_capped: whether that can happen at all.
        fallback: the account by which it goes on; empty if it stops.
        is_fallback_capped: whether that may come to a cap as well.
    """

    title: str
    is_capped: bool
    fallback: str
    is_fallback_capped: bool


class SpendPage(SettingsPage):
    """Shows the minutes, and changes the cap of the box.

    Args:
        frame: around every page.
        forms: make the form.
        meter: knows what was spent.
        settings: those in use.
        caps: what may be spent.
    """

    path = "/admin/spend"
    keys: ClassVar = {"spend": ("monthly_minutes",)}

    def __init__(
        self,
        frame: Frame,
        forms: SettingsForms,
        meter: Meter,
        settings: Callable[[], Settings],
        caps: Callable[[], Caps],
    ) -> None:
        super().__init__(frame, forms)
        self._meter = meter
        self._settings = settings
        self._caps = caps

    async def _show(self, request: web.Request, sent: Sent) -> web.Response:
        settings, caps = self._settings(), self._caps()
        month, months = self._meter.month, self._meter.months()
        return await self._frame.page(
            request,
            "spend",
            status=sent.status,
            written=Formats.of(request),
            form=await self._forms.view(request, await self._forms.now(), self.keys, sent),
            month=month,
            whole=_whole(months.get(month, {}), caps),
            accounts=_accounts(months.get(month, {}), settings, caps),
            rooms=_rooms(settings, caps),
            earlier={name: spent for name, spent in months.items() if name != month},
        )


def _whole(spent: Mapping[str, float], caps: Caps) -> _Spent:
    """The box: all accounts that cost money."""
    minutes = sum(spent.get(name, 0.0) for name in caps.costly)
    return _Spent(name="", minutes=minutes, cap=caps.box, costly=True)


def _accounts(spent: Mapping[str, float], settings: Settings, caps: Caps) -> list[_Spent]:
    """Those there are, and those that are gone but were used this month."""
    return [
        _Spent(
            name=name,
            minutes=spent.get(name, 0.0),
            cap=caps.accounts.get(name, 0),
            costly=name in caps.costly,
        )
        for name in [*settings.accounts, *sorted(spent.keys() - settings.accounts.keys())]
    ]


def _rooms(settings: Settings, caps: Caps) -> list[_Then]:
    return [
        _Then(
            title=room.title,
            is_capped=_is_capped(room.account, caps),
            fallback=room.fallback if room.fallback and room.fallback != room.account else "",
            is_fallback_capped=_is_capped(room.fallback or "", caps),
        )
        for room in settings.rooms.values()
    ]


def _is_capped(account: str, caps: Caps) -> bool:
    return bool(caps.accounts.get(account) or (caps.box and account in caps.costly))
