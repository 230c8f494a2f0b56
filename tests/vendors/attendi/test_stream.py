import logging
from pathlib import Path

import pytest

from appliance.testing import word_error_rate
from appliance.vendors.attendi import stream as stream_module
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, VendorFailure
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.rigs.speech import speak
from tests.vendors.attendi.rig import SAID, account, conversation, finals, opened

STREAM = "/v1/speech/transcribe/stream"
SIGN_IN = "/v1/identity/authenticate"


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(*SAID)


async def test_what_is_said_comes_back_while_people_speak(meeting: Path) -> None:
    async with AttendiEmulator(sentences=SAID) as emulator:
        stream = await opened(account(emulator, unit_id="ward", user_id="box"), model="ResidentialCare")
        words = await conversation(stream, meeting, paced=True)
    assert word_error_rate(" ".join(SAID), finals(words)) == 0
    assert [w.final for w in words].count(True) == len(SAID)
    assert [w.final for w in words].index(True) > 3
    assert emulator.sign_ins[0].items() >= {"userId": "box", "unitId": "ward"}.items()
    assert emulator.configurations[0]["model"] == "ResidentialCare"
    assert emulator.closed_with == 1000


async def test_the_last_words_come_although_nobody_pauses_after_them(meeting: Path) -> None:
    async with AttendiEmulator(sentences=SAID, opening="🙂🙂") as emulator:
        stream = await opened(account(emulator))
        words = await conversation(stream, meeting)
    assert finals(words).startswith("🙂🙂 ")
    assert word_error_rate(" ".join(SAID), finals(words).removeprefix("🙂🙂 ")) == 0


async def test_the_older_dialect_brings_the_same_words(meeting: Path) -> None:
    async with AttendiEmulator(sentences=SAID, older=True) as emulator:
        words = await conversation(await opened(account(emulator)), meeting)
    assert word_error_rate(" ".join(SAID), finals(words)) == 0


async def test_a_wrong_key_is_a_matter_for_a_person() -> None:
    async with AttendiEmulator() as emulator:
        with pytest.raises(ConfigurationFault, match="refuses the key"):
            await opened(account(emulator, customer_key="ck_wrong"))


async def test_a_token_that_is_too_old_is_replaced_once() -> None:
    async with AttendiEmulator(tokens_refused=1) as emulator:
        stream = await opened(account(emulator))
        await stream.close()
        assert len(emulator.sign_ins) == 2


async def test_a_customer_without_streaming_is_told_of_the_other_mode() -> None:
    async with AttendiEmulator(refusals={STREAM: Refusal(403, {"message": "Not in the plan"})}) as emulator:
        with pytest.raises(ConfigurationFault, match=r"mode of the room to transcribe.*Not in the plan"):
            await opened(account(emulator))


async def test_a_busy_vendor_says_how_long_to_wait() -> None:
    refusal = Refusal(429, headers={"Retry-After": "7"})
    async with AttendiEmulator(refusals={SIGN_IN: refusal}) as emulator:
        with pytest.raises(Busy) as busy:
            await opened(account(emulator))
    assert busy.value.wait == 7


@pytest.mark.parametrize(("code", "kind"), [(1011, Lost), (1008, Busy), (1000, Planned), (1001, Lost)])
async def test_a_vendor_that_hangs_up_says_why(meeting: Path, code: int, kind: type[VendorFailure]) -> None:
    closing = code, "because of ck_test"
    async with AttendiEmulator(sentences=SAID, opening="Goed.", closes_after=1.0, closing=closing) as emulator:
        with pytest.raises(VendorFailure, match="because of •••") as failure:
            await conversation(await opened(account(emulator)), meeting)
    assert type(failure.value) is kind


async def test_a_vendor_that_hangs_up_before_the_first_word_is_not_called_again_at_once(meeting: Path) -> None:
    async with AttendiEmulator(closes_after=0.1, closing=(1000, "")) as emulator:
        with pytest.raises(Lost):
            await conversation(await opened(account(emulator)), meeting)


async def test_a_vendor_that_never_says_goodbye_is_hung_up_on(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "SAYING_THE_REST", 1.0)
    async with AttendiEmulator(sentences=SAID, never_closes=True) as emulator:
        words = await conversation(await opened(account(emulator)), meeting)
    assert emulator.closed_with == stream_module.GAVE_UP
    assert words[-1].final


async def test_no_secret_is_in_any_log(meeting: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = "ck_canary"
    async with AttendiEmulator(sentences=SAID, key=key, closes_after=2.0, closing=(1011, key)) as emulator:
        credentials = account(emulator, customer_key=key, secret_key="sk_canary")
        with pytest.raises(Lost) as lost:
            await conversation(await opened(credentials), meeting)
        with pytest.raises(ConfigurationFault) as fault:
            await opened(account(emulator, customer_key="ck_canary2"))
    assert "unknown messages" in caplog.text
    shown = [repr(credentials), str(lost.value), str(fault.value), caplog.text]
    assert not any("canary" in text for text in shown)
