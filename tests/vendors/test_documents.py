"""Every request that the vendors' documents have is sent from the command line, field by field as documented.

The table is a copy of the documents: Attendi's API reference, Palabra's “Create streaming session”, Scriptix's
“Initiate batch session”, Stenomatic's REST API, Reverie's streaming speech to text.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web
from click.testing import CliRunner

from appliance.management_cli import vendor_command
from appliance.vendors.registry import Registry
from tests.emulators.attendi import AttendiEmulator
from tests.emulators.palabra import PalabraEmulator
from tests.emulators.reverie import ReverieEmulator
from tests.emulators.scriptix_sessions import ScriptixSessionsEmulator
from tests.rigs.app import started
from tests.rigs.recording import Sent, recording
from tests.rigs.speech import speak

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
SAID = "The work will begin in the middle of March."


@dataclass(frozen=True)
class Documented:
    """One request of a document.

    Attributes:
        command: what sends it: ``captionbox`` and this.
        method: of HTTP.
        path: with what was typed in its place.
        body: as the document has it, with the values that were typed; None where there is none.
        headers: that the document names, besides the key.
        query: names of what stands after the question mark.
    """

    command: str
    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return re.sub(r"\W+", "-", self.command.partition(" --")[0])


def _json(command: str, method: str, path: str, body: Any = None) -> Documented:
    return Documented(command, method, path, body, {"content-type": JSON})


ATTENDI = [
    _json(
        "attendi customers upsert --id hall --name MyTestCustomer --default-model DistrictCare",
        "PUT",
        "/v1/customers/hall",
        {"name": "MyTestCustomer", "defaultModel": "DistrictCare"},
    ),
    Documented("attendi customers retrieve --id hall", "GET", "/v1/customers/hall"),
    Documented("attendi customers list", "GET", "/v1/customers"),
    Documented(
        "attendi customers update --id hall --name MyUpdatedCustomer",
        "PATCH",
        "/v1/customers/hall",
        {"name": "MyUpdatedCustomer"},
        {"content-type": MERGE_PATCH},
    ),
    Documented("attendi customers roll-key --id hall --yes", "POST", "/v1/api_keys/hall/roll"),
    _json(
        "attendi units upsert --customer-id hall --id team --name MyTestUnit --users 12",
        "PUT",
        "/v1/customers/hall/units/team",
        {"name": "MyTestUnit", "users": 12},
    ),
    Documented("attendi units retrieve --customer-id hall --id there", "GET", "/v1/customers/hall/units/there"),
    Documented("attendi units list --customer-id hall", "GET", "/v1/customers/hall/units"),
    Documented(
        "attendi units update --customer-id hall --id there --name MyUpdatedTestUnit --users 12",
        "PATCH",
        "/v1/customers/hall/units/there",
        {"name": "MyUpdatedTestUnit", "users": 12},
        {"content-type": MERGE_PATCH},
    ),
]
PALABRA = [
    _json(
        "palabra sessions create --subscriber-count 10 --intent broadcaster",
        "POST",
        "/session-storage/session",
        {"data": {"subscriber_count": 10, "intent": "broadcaster"}},
    ),
]
SCRIPTIX = [
    _json(
        "scriptix sessions create --language en --webhook-url https://example.com/done --webhook-method PUT"
        " --webhook-headers X-Key:1 --keep-source --media-source https://x-location/x-file.mp3 --punctuation"
        " --multichannel --document {} --meta-data key=value --meta-data duration=100",
        "POST",
        "/api/v3/speech-to-text/session",
        {
            "language": "en",
            "webhook_url": "https://example.com/done",
            "webhook_method": "PUT",
            "webhook_headers": ["X-Key:1"],
            "keep_source": True,
            "media_source": "https://x-location/x-file.mp3",
            "punctuation": True,
            "multichannel": True,
            "document": {},
            "meta_data": {"key": "value", "duration": "100"},
        },
    ),
]
ROOM = {
    "id": "xxx-xxxx-xxx",
    "title": "Test room",
    "description": "This is a test room",
    "from_language": "en-US",
    "to_languages": ["de-DE", "fr-FR"],
    "sponsorship_credit_title": "Sponsorship credit title",
    "sponsorship_title": "Sponsorship title",
    "sponsorship_description": "Sponsorship description",
    "sponsorship_info_url": "example.com",
}
CLIENT = {"id": "5e1f", "name": "John Doe", "parent_customer_id": "0a1b"}
STENOMATIC = [
    _json("stenomatic clients create --name JohnDoe", "POST", "/v1/clients", {"name": "JohnDoe"}),
    _json("stenomatic clients list", "GET", "/v1/clients"),
    _json(
        "stenomatic rooms create --client-id 5e1f --id xxx-xxxx-xxx --title Test --description About"
        " --from-language en-US --to-languages de-DE --to-languages fr-FR --sponsorship-credit-title Credit"
        " --sponsorship-title Sponsor --sponsorship-description More --sponsorship-info-url example.com"
        " --speaker-password --participant-password",
        "POST",
        "/v1/clients/5e1f/rooms",
        {
            "id": "xxx-xxxx-xxx",
            "title": "Test",
            "description": "About",
            "from_language": "en-US",
            "to_languages": ["de-DE", "fr-FR"],
            "sponsorship_credit_title": "Credit",
            "sponsorship_title": "Sponsor",
            "sponsorship_description": "More",
            "sponsorship_info_url": "example.com",
            "passwords": {"speaker": "speakers-word", "participant": "participants-word"},
        },
    ),
    _json("stenomatic rooms list --client-id 5e1f", "GET", "/v1/clients/5e1f/rooms"),
    _json("stenomatic rooms retrieve --id xxx-xxxx-xxx", "GET", "/v1/rooms/xxx-xxxx-xxx"),
    _json("stenomatic rooms passwords --id xxx-xxxx-xxx", "GET", "/v1/rooms/xxx-xxxx-xxx/passwords"),
    _json(
        "stenomatic rooms stream-url --id xxx-xxxx-xxx --speaker-name John --language en-GB --phrases one"
        " --phrases two",
        "POST",
        "/v1/rooms/xxx-xxxx-xxx/stream_url",
        {"speaker_name": "John", "language": "en-GB", "phrases": ["one", "two"]},
    ),
    _json(
        "stenomatic rooms update --id xxx-xxxx-xxx --title Theroom",
        "PATCH",
        "/v1/rooms/xxx-xxxx-xxx",
        {"title": "Theroom"},
    ),
    Documented(
        "stenomatic usage customer",
        "GET",
        "/v1/customers/me/api_usage",
        None,
        {"content-type": JSON},
        frozenset({"from", "to"}),
    ),
    Documented(
        "stenomatic usage client --client-id 5e1f",
        "GET",
        "/v1/clients/5e1f/api_usage",
        None,
        {"content-type": JSON},
        frozenset({"from", "to"}),
    ),
]
ANSWERS = {  # of Stenomatic's document
    ("POST", "/v1/clients"): CLIENT,
    ("GET", "/v1/clients"): [CLIENT],
    ("POST", "/v1/clients/5e1f/rooms"): ROOM,
    ("GET", "/v1/clients/5e1f/rooms"): [ROOM],
    ("GET", "/v1/rooms/xxx-xxxx-xxx"): ROOM,
    ("GET", "/v1/rooms/xxx-xxxx-xxx/passwords"): {"speaker": "xxxxxxxx", "participant": "xxxxxxxx"},
    ("POST", "/v1/rooms/xxx-xxxx-xxx/stream_url"): {
        "url": "rtmps://rtmp.stenomatic.com/z?lang=en-GB&name=John"
    },
    ("PATCH", "/v1/rooms/xxx-xxxx-xxx"): ROOM,
    ("GET", "/v1/customers/me/api_usage"): {
        "speech_recognition": 56_960_000_000,
        "voice_translate": 32_840_000_000,
    },
    ("GET", "/v1/clients/5e1f/api_usage"): {},
}
TYPED = {"stenomatic rooms create": "speakers-word\nparticipants-word\n"}
"""What commands read from the standard input."""

KEYS = {
    "attendi": ("x-api-key", "sk_test"),
    "palabra": ("authorization", "Bearer plbr_right"),
    "scriptix": ("x-zoom-s2t-key", "scx-batch-key"),
    "stenomatic": ("authorization", "Bearer developer"),
}
ACCOUNTS = {
    "attendi": ("", 'customer_key = "ck_test"\nsecret_key = "sk_test"\n'),
    "palabra": ("", 'api_key = "plbr_right"\n'),
    "scriptix": ("", 'realtime_token = "scx-realtime-key"\nbatch_token = "scx-batch-key"\n'),
    "stenomatic": ("", 'developer_key = "developer"\n'),
    "reverie": ('app_id = "app"\n', 'api_key = "key"\n'),
}


@asynccontextmanager
async def emulator_of(vendor: str) -> AsyncIterator[Any]:
    match vendor:
        case "attendi":
            async with AttendiEmulator(customer="hall") as attendi:
                attendi.managed.units["hall"]["there"] = {"id": "there", "name": "There", "users": 1}
                yield attendi
        case "palabra":
            async with PalabraEmulator() as palabra:
                yield palabra
        case "scriptix":
            async with ScriptixSessionsEmulator() as scriptix:
                yield scriptix

        case "stenomatic":
            async with _StenomaticsAnswers() as stenomatic:
                yield stenomatic


class _StenomaticsAnswers:
    """A server that gives the answers of Stenomatic's document."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[recording(self.sent)])
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner, self.url = await started(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        return web.json_response(ANSWERS[request.method, request.path])


def _by_vendor(documents: Sequence[Documented], vendor: str) -> list[Any]:
    """What is documented; it must fail as long as the vendor's plug-in manages nothing."""
    missing = not Registry.installed()[vendor].actions
    mark = pytest.mark.xfail(missing, reason=f"{vendor} has no actions yet", strict=True)
    return [pytest.param(documented, id=str(documented), marks=mark) for documented in documents]


def state(folder: Path, vendor: str, url: str, more: str = "") -> Path:
    public, secret = ACCOUNTS[vendor]
    settings = f'{more}[accounts.main]\nvendor = "{vendor}"\nbase_url = "{url}"\n{public}'
    (folder / "settings.toml").write_text(settings)
    (folder / "secrets.toml").write_text(f"[accounts.main]\n{secret}")
    return folder


@pytest.mark.parametrize(
    "documented",
    [
        *_by_vendor(ATTENDI, "attendi"),
        *_by_vendor(PALABRA, "palabra"),
        *_by_vendor(SCRIPTIX, "scriptix"),
        *_by_vendor(STENOMATIC, "stenomatic"),
    ],
)
async def test_the_command_line_sends_what_is_documented(tmp_path: Path, documented: Documented) -> None:
    vendor, *arguments = documented.command.split()
    async with emulator_of(vendor) as emulator:
        folder = state(tmp_path, vendor, emulator.url)
        command = vendor_command(vendor)
        assert command
        typed = TYPED.get(" ".join([vendor, *arguments[:2]]))
        everything = [*arguments, "--state", str(folder)]
        ran = await asyncio.to_thread(CliRunner().invoke, command, everything, input=typed)
        assert ran.exit_code == 0, ran.output
        sent: Sent = emulator.sent[-1]
    assert (sent.method, sent.path) == (documented.method, documented.path)
    assert sent.body == documented.body
    assert set(sent.query) == documented.query
    name, key = KEYS[vendor]
    assert sent.headers[name] == key
    assert {header: sent.headers.get(header) for header in documented.headers} == documented.headers


def _transcribe(folder: Path) -> str:
    command = [sys.executable, "-m", "appliance", "transcribe", str(speak(SAID)), "--state", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _room(language: str, **options: Any) -> str:
    """A room that uses the account, as a part of the settings."""
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
    return (
        f'[box]\nroom = "hall"\n[rooms.hall]\ntitle = "Hall"\naccount = "main"\n'
        f'from_language = "{language}"\n[rooms.hall.options]\n{lines}\n'
    )


async def test_a_file_is_sent_to_attendi_as_its_reference_says(tmp_path: Path) -> None:
    room = _room("nl", mode="transcribe", model="DistrictCare")
    async with AttendiEmulator(sentences=[SAID]) as emulator:
        folder = state(tmp_path, "attendi", emulator.url, room)
        with (folder / "settings.toml").open("a") as settings:
            settings.write('unit_id = "team"\nuser_id = "box"\n')
        assert "march" in (await asyncio.to_thread(_transcribe, folder)).lower()
        sent = emulator.sent[0]
    assert (sent.method, sent.path, sent.headers["x-api-key"]) == ("POST", "/v1/speech/transcribe", "ck_test")
    assert sent.headers["content-type"] == JSON
    assert sent.body.keys() == {"userId", "unitId", "config", "metadata", "audio"}
    assert (sent.body["userId"], sent.body["unitId"]) == ("box", "team")
    assert sent.body["config"] == {"model": "DistrictCare"}
    assert sent.body["metadata"].keys() == {"userAgent"}


async def test_reverie_is_asked_for_a_stream_with_every_parameter_that_it_documents(tmp_path: Path) -> None:
    room = _room("hi-IN", domain="generic", timeout=120, silence=5, format="16k_int16")
    async with ReverieEmulator(sentences=[SAID]) as emulator:
        folder = state(tmp_path, "reverie", emulator.url, room)
        await asyncio.to_thread(_transcribe, folder)
        query = emulator.queries[0]
    assert query["apikey"] == "key"
    assert query["appid"] == "app"
    assert query["appname"] == "stt_stream"
    assert query["src_lang"] == "hi"
    assert query["domain"] == "generic"
    assert float(query["timeout"]) == 120
    assert float(query["silence"]) == 5
    assert query["format"] == "16k_int16"
