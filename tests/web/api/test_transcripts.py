from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.captions import Caption, Gap
from appliance.database import open_database
from appliance.transcripts.store import TranscriptStore
from appliance.web.api.transcripts import TranscriptsApi
from tests.rigs.api import Administrator, administrator


@asynccontextmanager
async def with_a_meeting(folder: Path) -> AsyncIterator[tuple[Administrator, TranscriptStore]]:
    async with open_database(folder) as database:
        store = TranscriptStore(database)
        await store.open()
        number = await store.begin("hall", "Great hall", "en-US", started_at=1_790_000_000)
        for language, text in (("en-US", "Good <b>morning</b>."), ("nl", "Goedemorgen.")):
            spoken = None if language == "en-US" else "en-US"
            caption = Caption(
                segment=1,
                revision=1,
                language=language,
                text=text,
                final=True,
                start=1,
                end=2,
                translated_from=spoken,
            )
            await store.add(number, caption)
        await store.add(number, Gap(start=2, end=8, reason="The network was away."))
        async with administrator(TranscriptsApi(store)) as admin:
            yield admin, store


async def test_the_meetings_are_listed(tmp_path: Path) -> None:
    async with with_a_meeting(tmp_path) as (admin, _):
        [meeting] = (await admin.get("/transcripts")).body
    assert (meeting["id"], meeting["title"], meeting["languages"]) == (1, "Great hall", ["en-US", "nl"])
    assert (meeting["started_at"], meeting["ended_at"]) == ("2026-09-21T14:13:20.000+00:00", None)


@pytest.mark.parametrize(
    ("form", "kind", "begin"),
    [
        ("vtt", "text/vtt", "WEBVTT"),
        ("srt", "application/x-subrip", "1\n"),
        ("txt", "text/plain", "Great hall"),
        ("json", "application/json", ""),
    ],
)
async def test_a_meeting_is_downloaded_in_each_format(tmp_path: Path, form: str, kind: str, begin: str) -> None:
    async with with_a_meeting(tmp_path) as (admin, _):
        answer = await admin.get(f"/transcripts/1.{form}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="hall-2026-09-21-')
    assert "morning" in str(answer.body)
    assert "The network was away" in str(answer.body)
    assert form == "json" or answer.body.startswith(begin)


async def test_a_translation_is_downloaded(tmp_path: Path) -> None:
    async with with_a_meeting(tmp_path) as (admin, _):
        answer = await admin.get("/transcripts/1.txt?language=nl")
        assert "Goedemorgen" in answer.body
        assert "Good" not in answer.body
        missing = await admin.get("/transcripts/1.txt?language=fr")
        assert missing.status == 404
        assert "en-US, nl" in missing.body["detail"]
        assert (await admin.get("/transcripts/1.txt?language=klingonese")).status == 400


@pytest.mark.parametrize(
    "path",
    ["2.vtt", "1.exe", "0.vtt", f"{'9' * 18}.vtt", f"{'9' * 40}.vtt", "-1.vtt", "x.vtt", "1.vtt%2F..", "1"],
)
async def test_there_is_nothing_else_to_download(tmp_path: Path, path: str) -> None:
    async with with_a_meeting(tmp_path) as (admin, _):
        answer = await admin.get(f"/transcripts/{path}")
    assert answer.status in (404, 405)
    assert answer.body["detail"]


async def test_a_deleted_meeting_is_gone(tmp_path: Path) -> None:
    async with with_a_meeting(tmp_path) as (admin, store):
        assert (await admin.delete("/transcripts/1")).status == 204
        assert (await admin.delete("/transcripts/1")).status == 404
        assert (await admin.get("/transcripts/1.txt")).status == 404
        assert await store.list() == ()


async def test_all_meetings_are_deleted_at_once(tmp_path: Path) -> None:
    async with with_a_meeting(tmp_path) as (admin, store):
        await store.begin("hall", "Great hall", "en-US")
        assert (await admin.delete("/transcripts")).body == {"deleted": 2}
        assert (await admin.get("/transcripts")).body == []


async def test_a_database_that_fails_is_told_in_plain_words(tmp_path: Path) -> None:
    async with with_a_meeting(tmp_path) as (admin, store):
        await store._database.execute("DROP TABLE transcripts")
        answer = await admin.get("/transcripts")
    assert answer.status == 503
    assert "captionbox.db" in answer.body["detail"]
