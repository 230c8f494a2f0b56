"""Which vendors there are, and the way from a room of the settings to one of them."""

import difflib
import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Final, Self

from pydantic import ValidationError

from appliance.settings import Problem, Settings, SettingsError, misplaced_secrets, problems_of
from appliance.vendors.contract import AnyVendor, Order, Route

GROUP: Final = "captionbox.vendors"

_log = logging.getLogger(__name__)


class Registry(Mapping[str, AnyVendor]):
    """The vendors that can be used, by their names in the settings.

    Attributes:
        broken: a plain sentence for each plug-in that is installed but cannot be loaded.
    """

    def __init__(self, vendors: Mapping[str, AnyVendor], broken: Mapping[str, str] | None = None) -> None:
        self._vendors = dict(sorted(vendors.items()))
        self.broken = dict(broken or {})

    @classmethod
    def installed(cls) -> Self:
        """All plug-ins that an entry point names, ours and others' alike. One that fails stops no other."""
        vendors, broken = {}, {}
        for entry in entry_points(group=GROUP):
            try:
                vendors[entry.name] = entry.load()()
            except Exception as error:  # noqa: BLE001 - a stranger's code may fail in any way
                broken[entry.name] = f"The vendor “{entry.name}” cannot be loaded: {error}"
                _log.warning(broken[entry.name])
        return cls(vendors, broken)

    def __getitem__(self, name: str) -> AnyVendor:
        return self._vendors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._vendors)

    def __len__(self) -> int:
        return len(self._vendors)

    def route(self, settings: Settings, room: str, account: str | None = None) -> Route:
        """The way of a room to its vendor, through its own account or another.

        Raises:
            SettingsError: the account or the room's options are not what the vendor wants.
        """
        wanted = settings.rooms[room]
        name = account or wanted.account
        vendor, credentials = self.account(settings, name)
        try:
            options = vendor.options_model.model_validate(
                dict(wanted.options) if name == wanted.account else {}
            )
        except ValidationError as error:
            raise SettingsError(
                problems_of(error, "settings.toml", f"rooms.{room}.options", vendor.options_model)
            ) from None
        order = Order(from_language=wanted.from_language, to_languages=wanted.to_languages, options=options)
        return Route(account=name, vendor=vendor, credentials=credentials, order=order)

    async def check_account(self, settings: Settings, account: str) -> str:
        """Ask the vendor of an account whether it works; one plain sentence.

        Raises:
            SettingsError: the account is not what the vendor wants.
            VendorFailure: it does not.
        """
        vendor, credentials = self.account(settings, account)
        return await vendor.check(credentials)

    def account(self, settings: Settings, name: str) -> tuple[AnyVendor, Any]:
        """The vendor of an account, and the account as the vendor's own model.

        Raises:
            SettingsError: the account is not what the vendor wants.
        """
        vendor = self._vendor_of(settings, name)
        return vendor, self._credentials(settings, name, vendor)

    def check(self, settings: Settings) -> None:
        """Check every account and every room's options against the vendors' own models.

        Raises:
            SettingsError: with all that is wrong.
        """
        problems: list[Problem] = []
        for account in settings.accounts:
            try:
                self.account(settings, account)
            except SettingsError as error:
                problems += error.problems
        for room in () if problems else settings.rooms:
            try:
                self.route(settings, room)
            except SettingsError as error:
                problems += error.problems
        if problems:
            raise SettingsError(problems)

    def _vendor_of(self, settings: Settings, account: str) -> AnyVendor:
        name = settings.accounts[account].vendor
        if name in self:
            return self[name]
        likely = difflib.get_close_matches(name, self, n=1) or [", ".join(self)]
        sentence = self.broken.get(name) or f"there is no vendor “{name}”; did you mean “{likely[0]}”?"
        raise SettingsError([Problem("settings.toml", f"accounts.{account}.vendor", sentence)])

    def _credentials(self, settings: Settings, name: str, vendor: AnyVendor) -> Any:
        account, prefix = settings.accounts[name], f"accounts.{name}"
        if misplaced := misplaced_secrets(account, prefix, vendor.account_model):
            raise SettingsError(misplaced)
        try:
            return vendor.account_model.model_validate(account.fields)
        except ValidationError as error:
            raise SettingsError(problems_of(error, "settings.toml", prefix, vendor.account_model)) from None
