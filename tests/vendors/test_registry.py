from importlib.metadata import EntryPoint

import pytest
from pydantic import SecretStr

from appliance.settings import Account, Room, Settings, SettingsError
from appliance.vendors import registry as registries
from appliance.vendors.contract import Order, Stream, Vendor, VendorModel
from appliance.vendors.local import LocalVendor
from appliance.vendors.local.config import LocalOptions
from appliance.vendors.registry import Registry
from tests.rigs.scripted import ScriptedVendor


class KeyedAccount(VendorModel):
    api_key: SecretStr


class NoOptions(VendorModel):
    pass


class KeyedVendor(Vendor[KeyedAccount, NoOptions]):
    manifest = ScriptedVendor.manifest
    account_model = KeyedAccount
    options_model = NoOptions

    async def check(self, account: KeyedAccount) -> str:
        raise NotImplementedError

    async def open(self, account: KeyedAccount, order: Order[NoOptions]) -> Stream:
        raise NotImplementedError


REGISTRY = Registry({"local": LocalVendor(), "keyed": KeyedVendor()})


def settings(*, vendor: str = "keyed", secrets: dict[str, str] | None = None, **account: str) -> Settings:
    hidden = {key: SecretStr(value) for key, value in (secrets or {}).items()}
    accounts = {
        "on-device": Account(vendor="local"),
        "main": Account.model_validate({"vendor": vendor, **account}).model_copy(update={"secrets": hidden}),
    }
    return Settings(accounts=accounts, rooms={"meeting-room": Room(), "hall": Room(account="main")})


def refusal(given: Settings) -> str:
    with pytest.raises(SettingsError) as error:
        REGISTRY.check(given)
    return str(error.value)


def test_the_on_device_engine_is_found_like_any_plug_in() -> None:
    assert isinstance(Registry.installed()["local"], LocalVendor)


def test_a_plug_in_that_cannot_be_loaded_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        EntryPoint("broken", "no.such.module:Vendor", registries.GROUP),
        EntryPoint("local", "appliance.vendors.local:LocalVendor", registries.GROUP),
    ]
    monkeypatch.setattr(registries, "entry_points", lambda **_: entries)
    registry = Registry.installed()
    assert list(registry) == ["local"]
    assert "broken" in registry.broken["broken"]


def test_a_box_fresh_from_its_carton_has_a_way_to_the_on_device_engine() -> None:
    route = REGISTRY.route(Settings(), "meeting-room")
    assert (route.account, route.order.from_language) == ("on-device", "en-US")
    assert route.order.options == LocalOptions()


def test_a_room_can_go_through_another_account_without_its_own_options() -> None:
    given = settings(secrets={"api_key": "sesame"})
    assert REGISTRY.route(given, "hall", "on-device").vendor is REGISTRY["local"]


def test_a_key_reaches_the_vendor_and_is_never_printed() -> None:
    route = REGISTRY.route(settings(secrets={"api_key": "sesame"}), "hall")
    assert route.credentials.api_key.get_secret_value() == "sesame"
    assert "sesame" not in repr(route)


def test_a_vendor_with_a_slip_of_the_pen_is_asked_back() -> None:
    assert "did you mean “keyed”" in refusal(settings(vendor="keyd"))


def test_a_missing_key_is_named_with_its_file() -> None:
    assert refusal(settings()).startswith("secrets.toml: accounts.main.api_key")


def test_a_key_in_the_wrong_file_is_refused_without_being_told() -> None:
    said = refusal(settings(api_key="sesame"))
    assert "belongs in secrets.toml" in said
    assert "sesame" not in said


def test_an_unknown_option_of_a_room_is_named_where_it_stands() -> None:
    given = Settings(rooms={"meeting-room": Room(options={"puase": 1})})
    assert refusal(given).startswith("settings.toml: rooms.meeting-room.options.puase")
    assert 'did you mean "pause"' in refusal(given)
