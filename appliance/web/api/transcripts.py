"""The transcripts over the API."""

import asyncio
import re
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web

from appliance.transcripts.exports import FORMATS, Format, NoSuchLanguage, export
from appliance.transcripts.store import NoSuchTranscript, TranscriptStore
from appliance.transcripts.transcript import Summary
from appliance.web.bodies import json_answer, no_content
from appliance.web.problems import Problem
from appliance.web.routes import NOTHING, Exchange, RouteTable
from appliance.web.views import DeletedView, TranscriptDocument, TranscriptView, transcript_view

_NUMBER: Final = r"{number:[1-9]\d{0,17}}"
_KINDS: Final[dict[Format, str]] = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "txt": "text/plain",
    "json": "application/json",
}
_EXPORT: Final = Exchange(
    gives=TranscriptDocument,
    kinds=tuple(_KINDS.values()),
    query={
        "language": "BCP-47 tag of the captions that are wanted; else those in the language that was spoken"
    },
)


class TranscriptsApi:
    """Lists, hands out and deletes transcripts.

    Args:
        store: where they are kept.
    """

    def __init__(self, store: TranscriptStore) -> None:
        self._store = store

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/api/v1/transcripts", self.list, exchange=Exchange(gives=list[TranscriptView]))
        table.delete("/api/v1/transcripts", self.delete_all, exchange=Exchange(gives=DeletedView))
        one = f"/api/v1/transcripts/{_NUMBER}"
        table.get(f"{one}.{{form:{'|'.join(FORMATS)}}}", self.export, exchange=_EXPORT)
        table.delete(one, self.delete, exchange=NOTHING)

    async def list(self, _: web.Request) -> web.Response:
        """All transcripts in short, the latest first."""
        return json_answer([transcript_view(summary) for summary in await self._store.list()])

    async def export(self, request: web.Request) -> web.Response:
        """A transcript as subtitles, as plain text, or as JSON with all that is known."""
        form, language = cast("Format", request.match_info["form"]), request.query.get("language")
        try:
            transcript = await self._store.read(_number(request))
            text = await asyncio.to_thread(export, transcript, form, language=language or None)
        except (NoSuchTranscript, NoSuchLanguage) as error:
            raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{error}.") from None
        return web.Response(text=text, content_type=_KINDS[form], headers=_headers(transcript.summary, form))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a transcript for good."""
        try:
            await self._store.delete(_number(request))
        except NoSuchTranscript as error:
            raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
        return no_content()

    async def delete_all(self, _: web.Request) -> web.Response:
        """Delete all transcripts for good."""
        return json_answer({"deleted": await self._store.delete_all()})


def _number(request: web.Request) -> int:
    return int(request.match_info["number"])


def _headers(summary: Summary, form: Format) -> dict[str, str]:
    room = re.sub(r"[^a-z0-9_-]+", "-", summary.room)
    name = f"{room}-{summary.started_at.astimezone():%Y-%m-%d-%H%M}.{form}"
    return {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
