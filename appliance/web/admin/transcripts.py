"""The transcripts: found, read, taken along and deleted."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from appliance.captions import Caption, Gap
from appliance.deliveries import Deliveries
from appliance.i18n import N_
from appliance.spool import KEPT
from appliance.transcripts.exports import FORMATS
from appliance.transcripts.search import Match, Place, Query
from appliance.transcripts.store import NoSuchTranscript, TranscriptStore
from appliance.transcripts.transcript import Entry, Summary, Transcript
from appliance.web.access import Access
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.api.spool import RECORDING
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable

PATH: Final = "/admin/transcripts"
PAGE: Final = 25
"""Transcripts, or captions that were found, on one page."""

_NUMBER: Final = r"{number:[1-9]\d{0,17}}"
_PLACE: Final = re.compile(r"(\d{1,18})-(\d{1,18})-([A-Za-z0-9-]{1,40})")
_LAST_PAGE: Final = 100_000
_LONGEST_FIELD: Final = 1000
_UNSPACED: Final = frozenset({"bo", "dz", "ja", "km", "lo", "my", "th", "yue", "zh"})
"""Languages that are written without spaces, so that words cannot be counted by them."""


_RECORDING_DELETED: Final = N_("The recording is deleted.")


@dataclass(frozen=True, slots=True)
class _Row:
    """A transcript of the list; `words` is None where they cannot be counted."""

    summary: Summary
    words: int | None


class TranscriptsPage:
    """Lists transcripts, searches them, shows one and deletes them.

    Args:
        frame: around every page.
        store: where they are kept.
        access: asks for the password before all of them go.
        deliveries: recordings whose words are still awaited.
    """

    def __init__(self, frame: Frame, store: TranscriptStore, access: Access, deliveries: Deliveries) -> None:
        self._frame = frame
        self._deliveries = deliveries
        self._store = store
        self._access = access

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        one = f"{PATH}/{_NUMBER}"
        table.get(PATH, self.all)
        table.get(f"{PATH}/wipe", self.wipe_page)
        table.post(f"{PATH}/wipe", self.wipe)
        table.post(f"{PATH}/recordings/{RECORDING}/delete", self.delete_recording)
        table.get(one, self.one)
        table.get(f"{one}/delete", self.delete_page)
        table.post(f"{one}/delete", self.delete)

    async def all(self, request: web.Request) -> web.Response:
        """All transcripts, or what was looked for in them."""
        text, room = request.query.get("q", "").strip()[:_LONGEST_FIELD], request.query.get("room") or None
        query = Query.of(text)
        found = await (self._found(request, query, room) if query.words else self._listed(request, room))
        return await self._page(
            request,
            "transcripts",
            q=text,
            room=room,
            rooms=await self._store.rooms(),
            recordings=await self._deliveries.all(),
            kept=KEPT,
            **found,
        )

    async def delete_recording(self, request: web.Request) -> web.Response:
        """Delete a recording whose words are still awaited: they never come."""
        if not await self._deliveries.delete(request.match_info["job"]):
            raise Problem(HTTPStatus.NOT_FOUND, N_("There is no such recording, or it is still being made."))
        return await self._frame.done(request, PATH, _RECORDING_DELETED)

    async def _listed(self, request: web.Request, room: str | None) -> dict[str, Any]:
        number = _page_number(request)
        listed = await self._store.list(room=room, limit=PAGE + 1, skip=PAGE * (number - 1))
        rows = [_Row(summary, await self._words(summary)) for summary in listed[:PAGE]]
        return {
            "rows": rows,
            "matches": None,
            "earlier": _link(request, page=str(number + 1)) if len(listed) > PAGE else "",
            "later": _link(request, page=str(number - 1)) if number > 1 else "",
        }

    async def _words(self, summary: Summary) -> int | None:
        spaced = summary.language.partition("-")[0] not in _UNSPACED
        return await self._store.words(summary.id) if spaced else None

    async def _found(self, request: web.Request, query: Query, room: str | None) -> dict[str, Any]:
        matches: list[Match] = []
        async with aclosing(self._store.search(query, room=room, after=_place(request))) as search:
            async for match in search:
                matches.append(match)
                if len(matches) > PAGE:
                    break
        last = matches[PAGE - 1].place if len(matches) > PAGE else None
        return {
            "rows": [],
            "matches": [list(group) for _, group in groupby(matches[:PAGE], attrgetter("transcript"))],
            "pieces": query.pieces,
            "earlier": _link(request, after=_written(last)) if last else "",
            "later": "",
        }

    async def one(self, request: web.Request) -> web.Response:
        """One transcript, in one of its languages."""
        transcript = await self._read(request)
        summary = transcript.summary
        language = request.query.get("language", "")
        if language not in summary.languages:
            language = next(iter(summary.languages), summary.language)
        return await self._page(
            request,
            "transcript",
            summary=summary,
            language=language,
            entries=_in(language, transcript.entries),
            late=transcript.late,
            moment=lambda seconds: summary.started_at + timedelta(seconds=seconds),
            formats=FORMATS,
        )

    async def delete_page(self, request: web.Request) -> web.Response:
        """Ask whether a transcript shall really go."""
        return await self._page(request, "transcript-delete", summary=(await self._read(request)).summary)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a transcript for good."""
        try:
            await self._store.delete(_number(request))
        except NoSuchTranscript as error:
            raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None
        return await self._frame.done(request, PATH, N_("The transcript is deleted."))

    async def wipe_page(self, request: web.Request) -> web.Response:
        """Ask whether all transcripts shall really go, and for the password."""
        return await self._wipe_page(request)

    async def wipe(self, request: web.Request) -> web.Response:
        """Delete all transcripts for good."""
        password = (await request.post()).get("password")
        self._access.attempts.begin(request)
        if not isinstance(password, str) or not await self._access.passwords.is_(password):
            await self._access.attempts.wrong(request, "password")
            return await self._wipe_page(request, wrong=True)
        self._access.attempts.right(request)
        await self._store.delete_all()
        return await self._frame.done(request, PATH, N_("All transcripts are deleted."))

    async def _wipe_page(self, request: web.Request, *, wrong: bool = False) -> web.Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        count = len(await self._store.list())
        return await self._page(request, "transcripts-wipe", status=status, count=count, wrong=wrong)

    async def _read(self, request: web.Request) -> Transcript:
        try:
            return await self._store.read(_number(request))
        except NoSuchTranscript as error:
            raise Problem(HTTPStatus.NOT_FOUND, str(error)) from None

    async def _page(
        self, request: web.Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> web.Response:
        return await self._frame.page(request, name, status=status, written=Formats.of(request), **values)


def _in(language: str, entries: Sequence[Entry]) -> list[Caption | Gap]:
    """The captions in one language, and the gaps."""
    return [entry for entry in entries if isinstance(entry, Gap) or entry.language == language]


def _number(request: web.Request) -> int:
    return int(request.match_info["number"])


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "")
    return min(max(int(text), 1), _LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _place(request: web.Request) -> Place | None:
    """Behind which caption the search goes on; None where it begins."""
    found = _PLACE.fullmatch(request.query.get("after", ""))
    return Place(transcript=int(found[1]), segment=int(found[2]), language=found[3]) if found else None


def _written(place: Place) -> str:
    return f"{place.transcript}-{place.segment}-{place.language}"


def _link(request: web.Request, **more: str) -> str:
    """This page, further on."""
    kept = {key: request.query[key][:_LONGEST_FIELD] for key in ("q", "room") if request.query.get(key)}
    return f"{PATH}?{urlencode(kept | more, errors='replace')}"
