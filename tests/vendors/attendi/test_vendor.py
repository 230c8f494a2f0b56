import pytest
from pydantic import ValidationError

from appliance.vendors.attendi import AttendiVendor
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.contract import ConfigurationFault, Order, VendorFailure
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.vendors.attendi.rig import account

SIGN_IN = "/v1/identity/authenticate"


async def test_a_good_key_is_called_good_and_costs_nothing() -> None:
    async with AttendiEmulator() as emulator:
        sentence = await AttendiVendor().check(account(emulator, environment="sandbox"))
    assert "sandbox" in sentence
    assert "cost nothing" in sentence


async def test_the_secret_key_is_checked_where_there_is_one() -> None:
    async with AttendiEmulator(customer="a/b") as emulator:
        good = account(emulator, secret_key="sk_test", customer_id="a/b")
        assert "both keys" in await AttendiVendor().check(good)
        with pytest.raises(ConfigurationFault):
            await AttendiVendor().check(account(emulator, secret_key="sk_wrong"))


async def test_a_secret_key_in_the_place_of_the_customer_key_is_seen_at_once() -> None:
    with pytest.raises(ValidationError, match="customer key") as error:
        AttendiAccount.model_validate({"customer_key": "sk_canary"})
    assert "canary" not in str(error.value)
    with pytest.raises(ValidationError, match="secret key"):
        AttendiAccount.model_validate({"customer_key": "ck_1", "secret_key": "ck_1"})
    with pytest.raises(ValidationError, match="without spaces"):
        AttendiAccount.model_validate({"customer_key": "ck_1\n"})


def test_each_environment_has_its_own_address() -> None:
    production = AttendiAccount.model_validate({"customer_key": "ck_1"})
    sandbox = AttendiAccount.model_validate({"customer_key": "ck_1", "environment": "sandbox"})
    assert production.endpoint("/v1") == "https://api.attendi.nl/v1"
    assert sandbox.endpoint("/v1", scheme="wss") == "wss://sandbox.api.attendi.nl/v1"


def test_the_box_is_a_pseudonym_to_the_vendor() -> None:
    first, second = (AttendiAccount.model_validate({"customer_key": "ck_1"}) for _ in range(2))
    assert first.user_id == second.user_id
    assert first.user_id.startswith("captionbox-")


def test_only_the_live_stream_is_rolled_over() -> None:
    def longest(mode: str) -> float | None:
        options = AttendiOptions.model_validate({"mode": mode})
        return AttendiVendor().longest_stream(Order(from_language="nl", to_languages=(), options=options))

    assert longest("stream") == 3600
    assert longest("transcribe") is None


async def test_a_vendor_that_answers_nonsense_to_the_check_is_no_crash() -> None:
    async with AttendiEmulator(refusals={SIGN_IN: Refusal(200, {"token": 5})}) as emulator:
        with pytest.raises(VendorFailure):
            await AttendiVendor().check(account(emulator))
