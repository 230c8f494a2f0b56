"""Every vendor in every mode: each word that is spoken comes back once, through the whole box."""

import asyncio
import logging
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.captions import Caption, Gap
from appliance.testing import word_error_rate
from appliance.testing.hearing import Hearing
from appliance.transcribing import Transcription
from tests.rigs.cases import CASES, KEY, Case, url_of
from tests.rigs.speech import SAID, speak


@asynccontextmanager
async def transcription(case: Case, folder: Path) -> AsyncIterator[Transcription]:
    """A transcription of the meeting through an emulator."""
    async with case.emulator(SAID) as emulator:
        case.write_settings(folder, url_of(emulator))
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
