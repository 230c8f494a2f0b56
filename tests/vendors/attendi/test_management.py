import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import SettingsError, load
from appliance.vendors.attendi import AttendiVendor
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Unreachable, VendorFailure
from appliance.vendors.management import AnyAction, Kind, Outcome
from appliance.vendors.manager import Change, Manager
from appliance.vendors.registry import Registry
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.rigs.vendors import manager
from tests.vendors.attendi.rig import account

ACTIONS: dict[str, AnyAction] = {f"{action.group} {action.name}": action for action in AttendiVendor.actions}
HALL: dict[str, Any] = {"id": "hall", "name": "Hall", "defaultModel": "DistrictCare"}
TEAM: dict[str, Any] = {"id": "team", "name": "Team", "users": 12}


async def do(emulator: AttendiEmulator, what: str, /, customer: str | None = "hall", **given: Any) -> Outcome:
    action = ACTIONS[what]
    fields = account(emulator, secret_key="sk_test", customer_id=customer)
    outcome: Outcome = await action.run(fields, action.args.model_validate(given))
    return outcome


def folder(tmp_path: Path, emulator: AttendiEmulator, customer: str = "hall", secret: str = "ck_test") -> Path:
    (tmp_path / "settings.toml").write_text(
        f'[accounts.care]\nvendor = "attendi"\ncustomer_id = "{customer}"\nbase_url = "{emulator.url}"\n'
    )
    secrets = f'[accounts.care]\ncustomer_key = "{secret}"\nsecret_key = "sk_test"\n'
    (tmp_path / "secrets.toml").write_text(secrets)
    return tmp_path


def key_in(folder: Path) -> str:
    secret = load(folder).accounts["care"].fields["customer_key"]
    return secret.get_secret_value() if isinstance(secret, SecretStr) else str(secret)


async def roll(manager: Manager, **given: Any) -> Outcome:
    action = ACTIONS["customers roll-key"]
    return await manager.run("care", action, action.args.model_validate(given))


async def test_a_customer_is_made_shown_listed_and_changed() -> None:
    async with AttendiEmulator() as emulator:
        assert (await do(emulator, "customers list")).done == "0 customers."
        made = await do(emulator, "customers upsert", **HALL)
        assert (made.done, made.rows) == ("The customer hall is made.", [HALL])
        again = await do(emulator, "customers upsert", **HALL)
        assert again.done == "The customer hall is as you said."
        changed = await do(emulator, "customers update", name="Great hall")
        assert changed.rows == [{**HALL, "name": "Great hall"}]
        assert (await do(emulator, "customers retrieve", id="hall")).rows == changed.rows
        assert (await do(emulator, "customers list")).rows == changed.rows


async def test_a_unit_is_made_shown_listed_and_changed() -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        made = await do(emulator, "units upsert", **TEAM)
        assert (made.done, made.rows) == ("The unit team is made.", [TEAM])
        assert (await do(emulator, "units upsert", **TEAM)).done == "The unit team is as you said."
        changed = await do(emulator, "units update", id="team", users=0)
        assert changed.rows == [{**TEAM, "users": 0}]
        assert (await do(emulator, "units retrieve", id="team")).rows == changed.rows
        listed = await do(emulator, "units list", customer=None, customer_id="hall")
        assert (listed.done, listed.rows) == ("1 unit.", changed.rows)


async def test_only_what_is_given_is_changed() -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        await do(emulator, "customers update", defaultModel="MentalHealthCare")
        assert emulator.sent[-1].body == {"defaultModel": "MentalHealthCare"}
        with pytest.raises(ValidationError, match="nothing is to be changed"):
            await do(emulator, "customers update")
        with pytest.raises(ValidationError, match="nothing is to be changed"):
            await do(emulator, "units update", id="team")


async def test_an_id_with_strange_letters_reaches_attendi_as_it_is() -> None:
    async with AttendiEmulator() as emulator:
        await do(emulator, "customers upsert", **{**HALL, "id": "a/b ü?"})
        assert (await do(emulator, "customers retrieve", id="a/b ü?")).rows[0]["id"] == "a/b ü?"


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (
            400,
            ConfigurationFault,
            "Attendi refuses the request (status 400); correct what was given. It said: No!",
        ),
        (401, ConfigurationFault, "Attendi refuses the key; check the key and the environment. It said: No!"),
        (403, ConfigurationFault, "unpaid, expired or not allowed to do this; ask Attendi. It said: No!"),
        (404, ConfigurationFault, "Attendi does not know the customer hall. It said: No!"),
        (409, Busy, "Attendi is busy and asks to wait. It said: No!"),
        (
            415,
            ConfigurationFault,
            "Attendi refuses the request (status 415); correct what was given. It said: No!",
        ),
        (
            422,
            ConfigurationFault,
            "Attendi refuses the request (status 422); correct what was given. It said: No!",
        ),
        (429, Busy, "Attendi is busy and asks to wait. It said: No!"),
        (500, Lost, "Attendi has a problem of its own (status 500). It said: No!"),
    ],
)
async def test_each_refusal_is_a_plain_sentence(status: int, kind: type[VendorFailure], sentence: str) -> None:
    refusal = Refusal(status, {"message": "No!"})
    async with AttendiEmulator(refusals={"/v1/customers/hall": refusal}) as emulator:
        with pytest.raises(kind) as caught:
            await do(emulator, "customers retrieve")
        assert sentence in str(caught.value)


async def test_without_the_secret_key_nothing_is_asked() -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        action = ACTIONS["customers list"]
        with pytest.raises(ConfigurationFault, match="need the secret key"):
            await action.run(account(emulator), action.args())
        assert emulator.sent == []


async def test_without_a_customer_it_is_asked_which() -> None:
    async with AttendiEmulator() as emulator:
        with pytest.raises(ConfigurationFault, match="Which customer"):
            await do(emulator, "units list", customer=None)


async def test_an_answer_that_makes_no_sense_is_a_plain_sentence() -> None:
    refusal = Refusal(200, 7)
    async with AttendiEmulator(refusals={"/v1/customers": refusal}) as emulator:
        with pytest.raises(Lost, match="makes no sense"):
            await do(emulator, "customers list")


async def test_a_rolled_key_is_stored_at_once_and_used(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        emulator.keys.grace = 0.0
        box = manager(folder(tmp_path, emulator))
        outcome = await roll(box)
        assert emulator.managed.rolls == [("hall", None)]
        assert not outcome.trouble
        assert outcome.rows == ()
        assert key_in(tmp_path) == emulator.keys.now != "ck_test"
        sentence = await Registry.installed().check_account(load(tmp_path), "care")
        assert "takes both keys" in sentence
        assert ACTIONS["customers roll-key"].kind is Kind.DESTROYS


async def test_the_seconds_of_the_old_key_are_sent_as_attendi_calls_them(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        await roll(manager(folder(tmp_path, emulator)), seconds=60, seconds_field="expiresIn")
        assert emulator.managed.rolls == [("hall", {"expiresIn": 60})]


async def test_another_customers_new_key_is_shown_and_not_taken_for_ours(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="other") as emulator:
        outcome = await roll(manager(folder(tmp_path, emulator)), id="other")
        assert outcome.rows == [{"id": "other", "key": emulator.keys.now}]
        assert key_in(tmp_path) == "ck_test"


async def test_a_new_key_that_cannot_be_stored_is_shown_with_what_to_do(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        saves = 0

        async def full(change: Change) -> None:
            nonlocal saves
            saves += 1
            change(load(tmp_path))
            if saves > 1:
                raise OSError(28, "No space left on device")

        outcome = await roll(manager(folder(tmp_path, emulator), full))
        assert outcome.rows == [{"customer_key": emulator.keys.now}]
        assert "write it down" in outcome.trouble
        assert "No space left" in outcome.trouble


async def test_no_key_is_rolled_where_the_new_one_could_not_be_stored(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:

        async def read_only(_: Change) -> None:
            raise OSError(30, "Read-only file system")

        with pytest.raises((OSError, SettingsError)):
            await roll(manager(folder(tmp_path, emulator), read_only))
        assert emulator.managed.rolls == []


async def test_a_key_that_systemd_hands_over_is_not_rolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        box = manager(folder(tmp_path, emulator))
        (tmp_path / "credentials").mkdir()
        (tmp_path / "credentials" / "accounts.care.customer_key").write_text("ck_test")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
        with pytest.raises(SettingsError, match="systemd"):
            await roll(box)
        assert emulator.managed.rolls == []


async def test_who_goes_away_while_the_key_is_rolled_still_finds_the_new_one_stored(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        box = manager(folder(tmp_path, emulator))
        emulator.managed.answers_after = asyncio.Event()
        rolling = asyncio.create_task(roll(box))
        await emulator.managed.rolling.wait()
        rolling.cancel()
        await asyncio.sleep(0)
        emulator.managed.answers_after.set()
        with pytest.raises(asyncio.CancelledError):
            await rolling
        assert key_in(tmp_path) == emulator.keys.now != "ck_test"


async def test_a_crash_after_the_roll_leaves_the_old_key_good_for_another_roll(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        box = manager(folder(tmp_path, emulator))
        emulator.managed.answers_roll = False
        with pytest.raises(Lost, match="roll the key again before the old one stops working"):
            await roll(box)
        assert key_in(tmp_path) == "ck_test"
        assert emulator.keys.now != "ck_test"
        emulator.managed.answers_roll = True
        await roll(box)
        assert key_in(tmp_path) == emulator.keys.now
        assert len(emulator.managed.rolls) == 2


async def test_an_answer_without_a_new_key_is_told_as_trouble() -> None:
    async with AttendiEmulator(refusals={"/v1/api_keys/hall/roll": Refusal(200, {"ok": True})}) as emulator:
        outcome = await do(emulator, "customers roll-key")
        assert "ask Attendi for it" in outcome.trouble
        assert outcome.secrets == {}


async def test_no_key_is_written_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AttendiEmulator(customer="hall", key="ck_canary") as emulator:
        box = manager(folder(tmp_path, emulator, secret="ck_canary"))
        outcome = await roll(box)
        refusal = Refusal(401, {"message": f"ck_canary sk_test {emulator.keys.now}"})
        emulator.refusals["/v1/customers/hall"] = refusal
        with pytest.raises(ConfigurationFault) as caught:
            await do(emulator, "customers retrieve")
        said = f"{caplog.text} {outcome!r} {caught.value!r}"
        assert "ck_canary" not in caplog.text
        assert emulator.keys.now not in caplog.text + repr(outcome)
        assert "sk_test" not in said


async def test_no_network_is_said_plainly() -> None:
    action = ACTIONS["customers list"]
    with pytest.raises(Unreachable, match="cannot be reached"):
        await action.run(account("http://127.0.0.1:9", secret_key="sk_test"), action.args())
