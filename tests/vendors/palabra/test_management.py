import logging
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from appliance.vendors.contract import Busy, ConfigurationFault
from appliance.vendors.management import AnyAction, Outcome
from appliance.vendors.palabra import PalabraVendor
from appliance.vendors.palabra.config import PalabraAccount
from tests.emulators.palabra import PalabraEmulator

ACTIONS: dict[str, AnyAction] = {action.name: action for action in PalabraVendor.actions}


def account(emulator: PalabraEmulator, **fields: Any) -> PalabraAccount:
    return PalabraAccount.model_validate({"base_url": emulator.url, **(fields or {"api_key": emulator.key})})


async def do(account: PalabraAccount, what: str, **given: Any) -> Outcome:
    action = ACTIONS[what]
    outcome: Outcome = await action.run(account, action.args.model_validate(given))
    return outcome


@pytest.mark.parametrize("keys", [{}, {"client_id": "box", "client_secret": "pair-secret"}])
async def test_a_session_is_made_listed_and_deleted(keys: dict[str, str]) -> None:
    async with PalabraEmulator() as emulator:
        ours = account(emulator, **keys)
        assert (await do(ours, "list")).done == "0 sessions."
        made = (await do(ours, "create", subscriber_count=2, intent="desktop")).rows[0]
        assert set(made) == {
            *("publisher", "subscriber", "webrtc_room_name", "webrtc_url", "ws_url", "intent", "id"),
        }
        assert len(made["subscriber"]) == 2
        assert emulator.sent[-1].body == {"data": {"subscriber_count": 2, "intent": "desktop"}}
        listed = await do(ours, "list")
        assert [row["id"] for row in listed.rows] == [made["id"]]
        await do(ours, "delete", id=made["id"])
        assert emulator.deleted == [made["id"]]


async def test_what_palabra_would_refuse_is_not_sent() -> None:
    for wrong in ({"subscriber_count": 11}, {"subscriber_count": -1}, {"intent": "fun"}):
        with pytest.raises(ValidationError):
            ACTIONS["create"].args.model_validate(wrong)


async def test_a_session_that_is_gone_is_told_as_such() -> None:
    async with PalabraEmulator() as emulator:
        with pytest.raises(ConfigurationFault, match="knows no such session"):
            await do(account(emulator), "delete", id="eyJx")
        pair = account(emulator, client_id="box", client_secret="pair-secret")
        with pytest.raises(ConfigurationFault, match="or does not accept the client ID"):
            await do(pair, "delete", id="eyJx")


async def test_too_many_sessions_are_told_as_palabra_tells_it() -> None:
    async with PalabraEmulator(cap=0) as emulator:
        with pytest.raises(Busy, match="allows no more sessions") as caught:
            await do(account(emulator), "create")
        assert caught.value.wait == 7


async def test_a_long_list_names_its_next_page() -> None:
    async with PalabraEmulator() as emulator:
        emulator.sessions = {f"eyJ{n}": "x" for n in range(3)}
        first = await do(account(emulator), "list", page_size=2)
        assert len(first.rows) == 2
        assert "the next page's token is 2" in first.done
        rest = await do(account(emulator), "list", page_size=2, page_token="2")
        assert [row["id"] for row in rest.rows] == ["eyJ2"]


async def test_ids_and_tokens_are_written_to_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with PalabraEmulator() as emulator:
        made = (await do(account(emulator), "create")).rows[0]
        await do(account(emulator), "delete", id=made["id"])
        with pytest.raises(ConfigurationFault) as caught:
            await do(account(emulator), "delete", id=made["id"])
        said = caplog.text + repr(caught.value)
        assert made["id"] not in said
        assert made["publisher"][0] not in said
        assert isinstance(ACTIONS["delete"].args.model_validate({"id": "x"}).id, SecretStr)
