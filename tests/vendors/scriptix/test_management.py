import logging
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.vendors.contract import Busy, ConfigurationFault, Lost, VendorFailure
from appliance.vendors.management import AnyAction, Outcome
from appliance.vendors.scriptix.config import ScriptixAccount
from appliance.vendors.scriptix.management import ACTIONS
from tests.emulators.scriptix_sessions import ScriptixSessionsEmulator

BY_NAME: dict[str, AnyAction] = {action.name: action for action in ACTIONS}


async def do(emulator: ScriptixSessionsEmulator, what: str, token: str | None = None, **given: Any) -> Outcome:
    fields = {
        "realtime_token": "scx-realtime-key",
        "batch_token": token or emulator.key,
        "base_url": emulator.url,
    }
    action = BY_NAME[what]
    outcome: Outcome = await action.run(
        ScriptixAccount.model_validate(fields), action.args.model_validate(given)
    )
    return outcome


async def test_a_session_is_made_looked_at_and_deleted() -> None:
    async with ScriptixSessionsEmulator() as emulator:
        made = await do(emulator, "create", language="en")
        assert made.done == "The session waits for its recording."
        name = made.rows[0]["session_id"]
        assert (await do(emulator, "list")).rows == made.rows
        assert (await do(emulator, "retrieve", session_id=name)).rows == made.rows
        result = await do(emulator, "result", session_id=name)
        assert result.rows == [{"speaker": "unk", "text": "hello", "sconf": 0.9, "channel": 0}]
        await do(emulator, "delete", session_id=name)
        assert (await do(emulator, "list")).done == "0 sessions."


async def test_every_field_that_scriptix_documents_is_sent_as_it_documents_it() -> None:
    async with ScriptixSessionsEmulator() as emulator:
        made = await do(
            emulator,
            "create",
            language="nl",
            media_source="https://example.com/a.mp3",
            punctuation=True,
            multichannel=True,
            keep_source=True,
            document='{"type": "caption"}',
            meta_data=["room=Hall", "sum=1=1"],
            webhook_url="https://example.com/done",
            webhook_method="PUT",
            webhook_headers=["X-Key: 1"],
        )
        assert made.done == "Scriptix fetches the recording."
        assert emulator.sent[0].body == {
            "language": "nl",
            "media_source": "https://example.com/a.mp3",
            "punctuation": True,
            "multichannel": True,
            "keep_source": True,
            "document": {"type": "caption"},
            "meta_data": {"room": "Hall", "sum": "1=1"},
            "webhook_url": "https://example.com/done",
            "webhook_method": "PUT",
            "webhook_headers": ["X-Key: 1"],
        }


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_method": "PUT"},
        {"webhook_headers": ["X-Key: 1"]},
        {"webhook_url": "http://example.com"},
        {"document": "[1]"},
        {"document": "{"},
        {"meta_data": ["room"]},
    ],
)
async def test_what_scriptix_would_refuse_is_not_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BY_NAME["create"].args.model_validate({"language": "en", **wrong})


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (400, ConfigurationFault, "does not know the language"),
        (401, ConfigurationFault, "refuses the batch token"),
        (403, ConfigurationFault, "does not allow this"),
        (404, ConfigurationFault, "knows no such session"),
        (415, ConfigurationFault, "does not take this kind of content"),
        (422, ConfigurationFault, "does not take the values"),
        (429, Busy, "asks to wait"),
        (500, Lost, "has trouble (HTTP status 500)"),
    ],
)
async def test_each_refusal_is_a_plain_sentence(status: int, kind: type[VendorFailure], sentence: str) -> None:
    refusal = (status, {"error": {"message": "No!"}})
    async with ScriptixSessionsEmulator(refusal=refusal) as emulator:
        with pytest.raises(kind) as caught:
            await do(emulator, "list")
        assert sentence in str(caught.value)
        assert "“No!”" in str(caught.value)


async def test_without_the_batch_token_nothing_is_asked() -> None:
    account = ScriptixAccount.model_validate({"realtime_token": "scx"})
    with pytest.raises(ConfigurationFault, match="need the batch token"):
        await BY_NAME["list"].run(account, BY_NAME["list"].args())


@pytest.mark.parametrize("body", [[1], {"result": 7}, {"result": ["x"]}])
async def test_an_answer_that_makes_no_sense_is_a_plain_sentence(body: Any) -> None:
    async with ScriptixSessionsEmulator(refusal=(200, body)) as emulator:
        with pytest.raises(Lost, match="makes no sense"):
            await do(emulator, "list")


async def test_no_token_is_written_to_the_log_or_repeated(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptixSessionsEmulator() as emulator:
        with pytest.raises(ConfigurationFault) as caught:
            await do(emulator, "list", token="canary-token")
        assert "Unauthorized" in str(caught.value)
        assert "canary" not in caplog.text + repr(caught.value)
