"""Every vendor of ours, in every mode, goes through the suite that all plug-ins go through."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from appliance.testing import Circumstance, Said, Scene, VendorConformance
from appliance.vendors.attendi import AttendiVendor, requests
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.contract import Order, Stream
from appliance.vendors.local import LocalVendor
from appliance.vendors.local.config import LocalAccount, LocalOptions
from appliance.vendors.local.stream import LocalStream
from appliance.vendors.palabra import PalabraVendor
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.reverie import ReverieVendor
from appliance.vendors.reverie.config import ReverieAccount, ReverieOptions
from appliance.vendors.scriptix import ScriptixVendor
from appliance.vendors.scriptix.config import ScriptixAccount, ScriptixOptions
from appliance.vendors.stenomatic import StenomaticVendor
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from appliance.vendors.wyoming import WyomingVendor
from appliance.vendors.wyoming.config import WyomingAccount, WyomingOptions
from tests.emulators import stenomatic
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.emulators.palabra import Fault, PalabraEmulator
from tests.emulators.reverie import ReverieEmulator
from tests.emulators.scriptix import ScriptixEmulator
from tests.emulators.wyoming import Emulator as WyomingEmulator
from tests.rigs.speech import speak

SENTENCES = ("Winter comes early.", "Seven people came today.")
KEY = "canary-4711-right"
WRONG = "canary-0815-wrong"
SECRETS = (KEY, WRONG)
DEEP = "[" * 100_000
HUGE = '"' + "x" * 3_000_000 + '"'
MID_WORD = 1.3
"""Seconds of sound after which the first sentence is in the middle of a word."""

LONG: tuple[tuple[str, tuple[Circumstance, ...]], ...] = (
    ("test_every_word_is_written_once_in_order_and_with_its_time", ()),
    ("test_the_last_word_is_written_although_no_pause_follows_it", ()),
    ("test_people_are_heard_after_a_long_silence", ()),
    ("test_people_are_heard_after_a_pause", ()),
    ("test_the_next_stream_may_begin_before_the_last_has_said_its_last_words", ()),
    ("test_what_is_said_after_a_change_of_languages_is_written_in_the_new_ones", ()),
    ("test_no_word_is_lost_although_the_vendor_is", (Circumstance.LATE,)),
    ("test_no_word_is_lost_although_the_vendor_is", (Circumstance.UNKNOWN,)),
    ("test_no_word_is_lost_although_the_vendor_is", (Circumstance.FLOOD,)),
)
"""What takes its time because sound is sent in real time, or nearly."""

Knobs = Mapping[Circumstance, Mapping[str, Any]]


def order(options: Any, spoken: str, *translated: str) -> Order[Any]:
    return Order(from_language=spoken, to_languages=translated, options=options)


class Ours(VendorConformance):
    """What takes long is sat through by all vendors at once, at the end of this file."""

    secrets = SECRETS

    @property
    def said(self) -> tuple[Said, Said]:
        first, second = (Said(sentence, speak(sentence)) for sentence in SENTENCES)
        return first, second

    @pytest.fixture(autouse=True)
    def _takes_long(self, request: pytest.FixtureRequest) -> None:
        if request.node.originalname in dict(LONG):
            pytest.skip("all vendors at once, at the end of this file")


class TestReverie(Ours):
    vendor = ReverieVendor()
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"ready_after": 1.0},
        Circumstance.UNPAID: {"refuses": f"The key {KEY} has expired"},
        Circumstance.DROP: {"drops_after": MID_WORD},
        Circumstance.MALFORMED: {"interjections": ['{"success": tru']},
        Circumstance.DEEP: {"interjections": [DEEP]},
        Circumstance.HUGE: {"interjections": [HUGE]},
        Circumstance.WRONG_TYPES: {"interjections": ['{"success": true, "cause": "partial", "text": 7}']},
        Circumstance.UNKNOWN: {"interjections": ["{}", '{"success": true, "text": "", "cause": "thinking"}']},
        Circumstance.FLOOD: {"flood": 3_000},
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        key = WRONG if circumstance is Circumstance.WRONG_KEY else KEY
        knobs = self.knobs.get(circumstance, {})
        async with ReverieEmulator(key=KEY, app_id="app", sentences=SENTENCES, **knobs) as emulator:
            yield Scene(
                account=ReverieAccount(base_url=emulator.url, app_id="app", api_key=SecretStr(key)),
                order=order(ReverieOptions(), "en-IN"),
                other=order(ReverieOptions(), "hi-IN"),
                complaints=emulator.complaints,
            )


class TestPalabraSpeechToText(Ours):
    vendor = PalabraVendor()
    rest = 2.0
    options = PalabraOptions()
    late: ClassVar[Mapping[str, Any]] = {"creating": 1.0}
    faults: ClassVar[Mapping[Circumstance, Fault]] = {
        Circumstance.DROP: Fault.DROP,
        Circumstance.MALFORMED: Fault.MALFORMED,
        Circumstance.DEEP: Fault.DEEP,
        Circumstance.HUGE: Fault.HUGE,
        Circumstance.WRONG_TYPES: Fault.WRONG_TYPES,
        Circumstance.UNKNOWN: Fault.UNKNOWN,
        Circumstance.FLOOD: Fault.FLOOD,
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        knobs = dict(self.late) if circumstance is Circumstance.LATE else {}
        knobs["unpaid"] = circumstance is Circumstance.UNPAID
        knobs["patience"] = self.rest - 0.5 if circumstance is Circumstance.PAUSE else 10.0
        knobs["fault"] = self.faults.get(circumstance, Fault.NONE)
        async with PalabraEmulator(key=KEY, pair=("box", KEY), sentences=SENTENCES, **knobs) as emulator:
            yield Scene(
                account=self._account(circumstance, emulator.url),
                order=order(self.options, "en-US", "es-MX"),
                other=order(self.options, "en-US", "de", "fr"),
                complaints=emulator.complaints,
            )

    def _account(self, circumstance: Circumstance, url: str) -> PalabraAccount:
        key = SecretStr(WRONG if circumstance is Circumstance.WRONG_KEY else KEY)
        if circumstance in (Circumstance.LATE, Circumstance.UNPAID):  # which shows when a session is made
            return PalabraAccount(base_url=url, client_id="box", client_secret=key)
        return PalabraAccount(base_url=url, api_key=key)


class TestPalabraSpeechToSpeech(TestPalabraSpeechToText):
    options = PalabraOptions(mode="s2s")
    late: ClassVar[Mapping[str, Any]] = {"late": 1.0}


class TestScriptix(Ours):
    vendor = ScriptixVendor()
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"loading": 1.0},
        Circumstance.UNPAID: {"refusal": (402, {"message": f"{KEY}: payment required"}, {})},
        Circumstance.DROP: {"drop_after": MID_WORD},
        Circumstance.MALFORMED: {"raw": ['{"partial": "win']},
        Circumstance.DEEP: {"raw": [DEEP]},
        Circumstance.HUGE: {"raw": [HUGE]},
        Circumstance.WRONG_TYPES: {"raw": ['{"partial": 7}', '{"result": {"hypotheses": 3}}']},
        Circumstance.UNKNOWN: {"raw": ['{"state": "dancing"}', "{}", b"\xff\x00"]},
        Circumstance.FLOOD: {"raw": ['{"partial": "win"}'] * 3_000},
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        key = WRONG if circumstance is Circumstance.WRONG_KEY else KEY
        knobs = self.knobs.get(circumstance, {})
        async with ScriptixEmulator(key=KEY, sentences=SENTENCES, **knobs) as emulator:
            yield Scene(
                account=ScriptixAccount(base_url=emulator.url, realtime_token=SecretStr(key)),
                order=order(ScriptixOptions(), "en-US"),
                other=order(ScriptixOptions(), "nl-NL"),
            )


def _edits(*texts: str) -> list[str]:
    """Messages of Attendi's in which a tentative text becomes another and another."""
    before, messages = "", []
    for text in texts:
        place = {"startCharacterIndex": 0, "endCharacterIndex": len(before)}
        actions = [
            {"type": "remove_annotation", "parameters": {"id": "f"}},
            {"type": "replace_text", "parameters": {**place, "text": text}},
        ]
        if text:
            place = {"startCharacterIndex": 0, "endCharacterIndex": len(text)}
            marked = {"id": "f", "type": "transcription_tentative", **place}
            actions.append({"type": "add_annotation", "parameters": marked})
        messages.append(json.dumps({"actions": actions}))
        before = text
    return messages


class TestAttendiStream(Ours):
    vendor = AttendiVendor()
    options = AttendiOptions()
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"late": 0.5},
        Circumstance.UNPAID: {"path": Refusal(402, {"message": f"Pay for ck_{KEY}"})},
        Circumstance.DROP: {"drops_after": MID_WORD},
        Circumstance.MALFORMED: {"first": ['{"actions": [']},
        Circumstance.DEEP: {"first": [DEEP]},
        Circumstance.HUGE: {"first": [HUGE]},
        Circumstance.WRONG_TYPES: {"first": ['{"actions": 5}']},
        Circumstance.UNKNOWN: {"first": ["{}", "[]", '{"type": "news"}', '{"actions": [{"type": "dance"}]}']},
        Circumstance.FLOOD: {"first": _edits(*(["win", "winter"] * 1_500), "")},
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        key = WRONG if circumstance is Circumstance.WRONG_KEY else KEY
        knobs = dict(self.knobs.get(circumstance, {}))
        if refusal := knobs.pop("path", None):
            knobs["refusals"] = {"/v1/identity/authenticate": refusal, "/v1/speech/transcribe": refusal}
        async with AttendiEmulator(key=f"ck_{KEY}", sentences=SENTENCES, **knobs) as emulator:
            yield Scene(
                account=AttendiAccount(base_url=emulator.url, customer_key=SecretStr(f"ck_{key}")),
                order=order(self.options, "nl-NL"),
                other=order(self.options, "nl-BE"),
            )


class TestAttendiTranscribe(TestAttendiStream):
    options = AttendiOptions(mode="transcribe")
    impossible: ClassVar[Mapping[Circumstance, str]] = {
        Circumstance.FLOOD: "a request has one answer",
    }
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"delays": [1.0]},
        Circumstance.UNPAID: TestAttendiStream.knobs[Circumstance.UNPAID],
        Circumstance.DROP: {"hangs_up": True},
        Circumstance.MALFORMED: {"answer": '{"transcript": "win'},
        Circumstance.DEEP: {"answer": DEEP},
        Circumstance.HUGE: {"answer": HUGE},
        Circumstance.WRONG_TYPES: {"answer": '{"transcript": 7}'},
    }

    @pytest.fixture(autouse=True)
    def _requests_are_soon_made_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(requests, "FIRST_WAIT", 0.05)


class TestStenomatic(Ours):
    vendor = StenomaticVendor()
    translated: ClassVar[tuple[str, ...]] = ()
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"late": 1.0},
        Circumstance.UNPAID: {"paid": False},
        Circumstance.DROP: {"drop_after": MID_WORD},
        Circumstance.MALFORMED: {"strange": stenomatic.NOT_A_MESSAGE},
        Circumstance.DEEP: {"strange": stenomatic.DEEP},
        Circumstance.HUGE: {"strange": stenomatic.HUGE},
        Circumstance.WRONG_TYPES: {"strange": stenomatic.NO_TEXT},
        Circumstance.UNKNOWN: {"strange": stenomatic.UNKNOWN},
        Circumstance.FLOOD: {"flood": 3_000},
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        key = WRONG if circumstance is Circumstance.WRONG_KEY else KEY
        knobs = self.knobs.get(circumstance, {})
        async with stenomatic.Emulator(key=KEY, sentences=SENTENCES, ahead=3.0, **knobs) as emulator:
            yield Scene(
                account=StenomaticAccount(base_url=emulator.url, api_key=SecretStr(key)),
                order=order(StenomaticOptions(), "en-US", *self.translated),
                other=order(StenomaticOptions(), "en-GB", *self.translated[1:]),
            )


class TestStenomaticTranslated(TestStenomatic):
    translated = ("de-DE", "fr-FR")


class TestWyoming(Ours):
    vendor = WyomingVendor()
    streaming: ClassVar[bool] = False
    impossible: ClassVar[Mapping[Circumstance, str]] = {
        Circumstance.WRONG_KEY: "the protocol has no keys",
        Circumstance.UNPAID: "the server is one's own",
        Circumstance.FLOOD: "without chunks, an utterance has one answer",
    }
    knobs: ClassVar[Knobs] = {
        Circumstance.LATE: {"late": 1.0},
        Circumstance.DROP: {"drops_after": 0.4},
        Circumstance.MALFORMED: {"raw": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
        Circumstance.DEEP: {"raw": DEEP.encode() + b"\n"},
        Circumstance.HUGE: {"raw": b"x" * 3_000_000},
        Circumstance.WRONG_TYPES: {"raw": b'{"type": "transcript", "data": {"text": 7}}\n'},
        Circumstance.UNKNOWN: {"raw": b'{"type": "pong"}\n{"type": "new", "payload_length": 3}\nabc'},
        Circumstance.FLOOD: {"blurts": 3_000},
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        knobs = self.knobs.get(circumstance, {})
        async with WyomingEmulator(sentences=SENTENCES, streaming=self.streaming, **knobs) as emulator:
            yield Scene(
                account=WyomingAccount(uri=emulator.uri),
                order=order(WyomingOptions(), "en-US"),
                other=order(WyomingOptions(), "de-DE"),
                complaints=emulator.complaints,
            )


class TestWyomingStreaming(TestWyoming):
    streaming = True
    impossible: ClassVar[Mapping[Circumstance, str]] = {
        circumstance: reason
        for circumstance, reason in TestWyoming.impossible.items()
        if circumstance is not Circumstance.FLOOD
    }


class MortalVendor(LocalVendor):
    """Its engine is killed, where that is ordered, soon after it was started."""

    def __init__(self) -> None:
        self.kills = False

    async def open(self, account: LocalAccount, order: Order[LocalOptions]) -> Stream:
        stream = await super().open(account, order)
        assert isinstance(stream, LocalStream)
        if self.kills:
            asyncio.get_running_loop().call_later(0.1, os.kill, stream._child.pid, signal.SIGKILL)
        return stream


_OWN = "what the engine says on its pipe comes from this package"


class TestLocal(Ours):
    vendor = MortalVendor()
    word_errors = 0.2
    impossible: ClassVar[Mapping[Circumstance, str]] = {
        Circumstance.WRONG_KEY: "it needs no key",
        Circumstance.UNPAID: "it costs nothing",
        Circumstance.NOBODY: "it needs no network",
        Circumstance.MALFORMED: _OWN,
        Circumstance.DEEP: _OWN,
        Circumstance.HUGE: _OWN,
        Circumstance.WRONG_TYPES: _OWN,
        Circumstance.UNKNOWN: _OWN,
        Circumstance.FLOOD: _OWN,
    }

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        self.vendor.kills = circumstance is Circumstance.DROP
        yield Scene(
            account=LocalAccount(),
            order=order(LocalOptions(), "en-US"),
            other=order(LocalOptions(), "en-GB"),
        )


ALL = (
    TestReverie,
    TestPalabraSpeechToText,
    TestPalabraSpeechToSpeech,
    TestScriptix,
    TestAttendiStream,
    TestAttendiTranscribe,
    TestStenomatic,
    TestStenomaticTranslated,
    TestWyoming,
    TestWyomingStreaming,
    TestLocal,
)


async def sit_through(case: type[Ours], trial: str, *circumstance: Circumstance) -> None:
    if case.impossible.keys() & circumstance:
        return
    try:
        await getattr(case(), trial)(*circumstance)
    except Exception as error:
        error.add_note(f"This was {case.__name__}.")
        raise


@pytest.mark.parametrize(
    ("trial", "circumstance"), LONG, ids=["-".join((trial, *circumstance)) for trial, circumstance in LONG]
)
async def test_what_takes_long_goes_well_with_every_vendor(
    trial: str, circumstance: tuple[Circumstance, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with asyncio.TaskGroup() as group:
        for case in ALL:
            group.create_task(sit_through(case, trial, *circumstance))
    assert not any(secret in caplog.text for secret in SECRETS)
