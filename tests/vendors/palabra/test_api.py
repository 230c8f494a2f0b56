from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.palabra.api import Session, create_session, delete_session
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from tests.emulators.palabra import Fault, PalabraEmulator

ANSWER = {
    "publisher": "eyJpublisher",
    "subscriber": ["eyJone", "eyJtwo"],
    "webrtc_room_name": "room",
    "webrtc_url": "wss://webrtc.example",
    "ws_url": "wss://ws.example/stream",
    "intent": "broadcaster",
    "id": "eyJid",
}


@pytest.fixture
async def served() -> AsyncIterator[PalabraEmulator]:
    async with PalabraEmulator() as emulator:
        yield emulator


def account(served: PalabraEmulator, kind: str) -> PalabraAccount:
    credentials = {
        "key": {"api_key": served.key},
        "pair": dict(zip(("client_id", "client_secret"), served.pair, strict=True)),
    }
    return PalabraAccount.model_validate(credentials[kind] | {"base_url": served.url})


@pytest.mark.parametrize("kind", ["key", "pair"])
async def test_a_session_is_made_as_wished_and_deleted_again(served: PalabraEmulator, kind: str) -> None:
    credentials = account(served, kind)
    session = await create_session(credentials, PalabraOptions(subscriber_count=2, intent="desktop"))
    assert served.created == [{"subscriber_count": 2, "intent": "desktop"}]
    assert session.intent == "desktop"
    assert session.subscriber
    assert len(session.subscriber) == 2
    await delete_session(credentials, session.id)
    assert served.deleted == [session.id.get_secret_value()]


async def test_a_session_that_is_gone_already_upsets_nobody(served: PalabraEmulator) -> None:
    credentials = account(served, "key")
    session = await create_session(credentials, PalabraOptions())
    await delete_session(credentials, session.id)
    await delete_session(credentials, session.id)


async def test_an_unpaid_account_gets_no_session(served: PalabraEmulator) -> None:
    served.unpaid = True
    with pytest.raises(ConfigurationFault, match="Insufficient funds"):
        await create_session(account(served, "pair"), PalabraOptions())


async def test_a_session_whose_answer_makes_no_sense_is_deleted_again(served: PalabraEmulator) -> None:
    served.fault = Fault.SESSION
    with pytest.raises(Lost, match="about the session"):
        await create_session(account(served, "pair"), PalabraOptions())
    assert len(served.deleted) == 1
    assert not served.sessions


def test_every_field_of_an_answer_is_read_and_its_tokens_are_not_shown() -> None:
    session = Session.model_validate(ANSWER | {"organization": "new"})
    assert "eyJ" not in repr(session)
    assert session.webrtc_room_name == "room"
    assert session.webrtc_url == "wss://webrtc.example"
    assert [token.get_secret_value() for token in session.publisher] == ["eyJpublisher"]


def test_publishers_may_come_as_a_list() -> None:
    session = Session.model_validate(ANSWER | {"publisher": ["eyJone", "eyJtwo"], "subscriber": None})
    assert [token.get_secret_value() for token in session.publisher] == ["eyJone", "eyJtwo"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"publisher": []},
        {"publisher": 7},
        {"publisher": None},
        {"publisher": ["x" * 10_000]},
        {"ws_url": "ws://plain.example/stream"},
        {"ws_url": "https://elsewhere.example"},
        {"ws_url": None},
        {"id": ""},
    ],
)
def test_a_session_that_makes_no_sense_is_refused_without_showing_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Session.model_validate(ANSWER | wrong)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"client_id": "box"},
        {"client_secret": "canary"},
        {"api_key": "canary", "client_id": "box"},
        {"api_key": ""},
    ],
)
def test_an_account_has_one_kind_of_credentials(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        PalabraAccount.model_validate(fields)
    assert "canary" not in str(caught.value)


def test_an_account_does_not_show_its_secrets() -> None:
    assert "canary" not in repr(PalabraAccount.model_validate({"api_key": "canary"}))
