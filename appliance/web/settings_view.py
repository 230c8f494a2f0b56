"""The settings as the API shows them: all but the secrets, of which it tells only whether they are set."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from appliance.settings import (
    Account,
    Audio,
    BaseUrl,
    Box,
    Panel,
    Room,
    Settings,
    Spend,
    Transcripts,
    Web,
)
from appliance.settings.schemas import Place
from appliance.vendors.contract import AnyVendor

SECRETS: Final = "secrets"
"""The key under which an account tells which of its secrets are set."""

Vendors = Mapping[str, AnyVendor]


@with_config(ConfigDict(extra="allow"))
class AccountBody(TypedDict):
    """An account; besides these, the keys of its vendor's ``account_schema``.

    A secret that is left out stays as it is; null takes it away. What a read says of the secrets may be sent
    back and is ignored.
    """

    vendor: str
    base_url: NotRequired[BaseUrl | None]
    monthly_minutes: NotRequired[Annotated[int, Field(ge=0)]]


@with_config(ConfigDict(extra="allow"))
class AccountView(TypedDict):
    """An account; besides these, the keys of its vendor's ``account_schema`` that are no secrets."""

    vendor: str
    base_url: str | None
    monthly_minutes: int
    secrets: dict[str, bool]


class SettingsBody(TypedDict, total=False):
    """Settings to change.

    A section, or a key of one, that is left out stays as it is; null puts its default back. ``accounts`` and
    ``rooms`` are given whole: one that is left out is taken away.
    """

    box: Box
    audio: Audio
    panel: Panel
    web: Web
    transcripts: Transcripts
    spend: Spend
    accounts: dict[str, AccountBody]
    rooms: dict[str, Room]


class SettingsView(TypedDict):
    """All settings, those that have their defaults included."""

    box: Box
    audio: Audio
    panel: Panel
    web: Web
    transcripts: Transcripts
    spend: Spend
    accounts: dict[str, AccountView]
    rooms: dict[str, Room]


def settings_view(settings: Settings, vendors: Vendors) -> dict[str, Any]:
    """The body of ``GET /settings``, as in `SettingsView`."""
    accounts = {name: account_view(account, vendors) for name, account in settings.accounts.items()}
    return {**settings.model_dump(mode="json"), "accounts": accounts}


def account_view(account: Account, vendors: Vendors) -> dict[str, Any]:
    """An account as in `AccountView`."""
    secret = _secrets_of(account, vendors)
    return {
        **account_values(account, vendors),
        SECRETS: {key: key in account.secrets for key in sorted(secret)},
    }


def account_values(account: Account, vendors: Vendors) -> dict[str, Any]:
    """What is set of an account, with no word of its secrets."""
    secret = _secrets_of(account, vendors)
    return {key: value for key, value in account.model_dump(mode="json").items() if key not in secret}


def _secrets_of(account: Account, vendors: Vendors) -> frozenset[str]:
    return secret_keys(vendors, account.vendor) | account.secrets.keys()


def secret_keys(vendors: Vendors, name: object) -> frozenset[str]:
    """The keys of a vendor's account that are secrets; none where there is no such vendor."""
    vendor = vendors.get(name) if isinstance(name, str) else None
    return _secret_keys(vendor) if vendor else frozenset()


@cache
def _secret_keys(vendor: AnyVendor) -> frozenset[str]:
    model = vendor.account_model
    return frozenset(key for key in model.model_fields if Place.of(model, [key]).is_secret)
