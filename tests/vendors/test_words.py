"""Every vendor in every mode: each word that is spoken comes back once, through the whole box."""

import asyncio
import logging
import tomllib
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.captions import Caption, Gap
from appliance.transcribing import Transcription
from tests.emulators.attendi import AttendiEmulator
from tests.emulators.hearing import Hearing
from tests.emulators.palabra import PalabraEmulator
from tests.emulators.reverie import ReverieEmulator
from tests.emulators.scriptix import ScriptixEmulator
from tests.emulators.stenomatic import Emulator as StenomaticEmulator
from tests.emulators.wyoming import Emulator as WyomingEmulator
from tests.rigs.speech import speak, word_error_rate

SAID = (
    "The children of the city will be very happy about that.",
    "We have more money than we expected.",
    "Thank you very much for your help and for your time.",
)
KEY = "canary-key-7f3a"


@dataclass(frozen=True)
class Case:
    """A vendor in one mode.

    Attributes:
        emulator: makes its emulator.
        account: the lines of its account in ``settings.toml``; ``URL`` stands for the emulator's address.
        secrets: the lines of its account in ``secrets.toml``.
        room: more lines of the room.
    """

    emulator: Callable[[], AbstractAsyncContextManager[Any]]
    account: str = 'base_url = "URL"'
    secrets: str = ""
    room: str = ""


CASES = {
    "reverie": Case(
        lambda: ReverieEmulator(key=KEY, app_id="app", sentences=SAID),
        account='vendor = "reverie"\napp_id = "app"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='from_language = "en-IN"',
    ),
    "palabra-stt": Case(
        lambda: PalabraEmulator(key=KEY, sentences=SAID),
        account='vendor = "palabra"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
    ),
    "palabra-s2s": Case(
        lambda: PalabraEmulator(key=KEY, sentences=SAID),
        account='vendor = "palabra"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='to_languages = ["nl"]\noptions = { mode = "s2s" }',
    ),
    "scriptix": Case(
        lambda: ScriptixEmulator(key=KEY, sentences=SAID),
        account='vendor = "scriptix"\nbase_url = "URL"',
        secrets=f'realtime_token = "{KEY}"',
    ),
    "attendi-stream": Case(
        lambda: AttendiEmulator(key=f"ck_{KEY}", sentences=SAID),
        account='vendor = "attendi"\nbase_url = "URL"',
        secrets=f'customer_key = "ck_{KEY}"',
        room='from_language = "nl"',
    ),
    "attendi-transcribe": Case(
        lambda: AttendiEmulator(key=f"ck_{KEY}", sentences=SAID),
        account='vendor = "attendi"\nbase_url = "URL"',
        secrets=f'customer_key = "ck_{KEY}"',
        room='from_language = "nl"\noptions = { mode = "transcribe" }',
    ),
    "stenomatic": Case(
        lambda: StenomaticEmulator(key=KEY, sentences=SAID),
        account='vendor = "stenomatic"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
    ),
    "stenomatic-translated": Case(
        lambda: StenomaticEmulator(key=KEY, sentences=SAID),
        account='vendor = "stenomatic"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='to_languages = ["de-DE"]',
    ),
    "wyoming": Case(lambda: WyomingEmulator(sentences=SAID), account='vendor = "wyoming"\nuri = "URL"'),
    "wyoming-streaming": Case(
        lambda: WyomingEmulator(sentences=SAID, streaming=True), account='vendor = "wyoming"\nuri = "URL"'
    ),
}


@asynccontextmanager
async def transcription(case: Case, folder: Path) -> AsyncIterator[Transcription]:
    """A transcription of the meeting through an emulator."""
    async with case.emulator() as emulator:
        settings = f'[accounts.main]\n{case.account}\n\n[rooms.hall]\naccount = "main"\n{case.room}\n'
        settings = settings.replace("URL", getattr(emulator, "uri", None) or emulator.url)
        assert tomllib.loads(settings)
        (folder / "settings.toml").write_text(settings, "utf-8")
        (folder / "secrets.toml").write_text(f"[accounts.main]\n{case.secrets}\n", "utf-8")
        yield await asyncio.to_thread(Transcription.prepare, speak(*SAID), folder, None)


async def heard_directly() -> str:
    """What the emulators' ear makes of the meeting when nothing is between."""
    hearing = Hearing(SAID)
    with wave.open(str(speak(*SAID))) as file:
        understood = await hearing.feed(file.readframes(file.getnframes()))
    understood += await hearing.finish()
    return " ".join(u.text for u in understood if u.final)


@pytest.mark.parametrize("name", CASES)
async def test_every_word_that_is_spoken_comes_back_once_and_no_key_is_in_the_log(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    captions: list[Caption | Gap] = []

    async def publish(item: Caption | Gap) -> None:
        captions.append(item)

    async with transcription(CASES[name], tmp_path) as meeting:
        await meeting.run(publish)
    assert not [item for item in captions if isinstance(item, Gap)]
    finals = [c for c in captions if isinstance(c, Caption) and c.final]
    spoken = " ".join(c.text for c in finals if not c.translated_from)
    assert word_error_rate(await heard_directly(), spoken) <= 0.02
    for caption in finals:
        if caption.translated_from:
            assert any(c.segment == caption.segment and not c.translated_from for c in finals)
    assert bool([c for c in finals if c.translated_from]) == ("to_languages" in CASES[name].room)
    ours = [
        r.getMessage() for r in caplog.records if not r.name.startswith(("websockets.server", "aiohttp.access"))
    ]
    assert KEY not in "\n".join(ours)
