"""Scriptix's batch service. F marks what Scriptix documents, I what is inferred."""

import asyncio
import io
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import soundfile
from aiohttp import web

from appliance.testing.hearing import Hearing

PATH = "/api/v3/speech-to-text/session"
A_MINUTE = 60
CONFIDENCE = 0.9

Ear = Callable[[bytes], Awaitable[list[list[Any]]]]
"""Results of mono s16le sound at 16 kHz, each a list of ``[word, start, end, confidence]`` in milliseconds."""

FIELDS: dict[str, type] = {  # F: key and type
    "language": str,
    "webhook_url": str,
    "webhook_method": str,
    "webhook_headers": list,
    "keep_source": bool,
    "media_source": str,
    "punctuation": bool,
    "multichannel": bool,
    "document": dict,
    "meta_data": dict,
}


@dataclass
class Session:
    """One session.

    Attributes:
        order: the body with which it was made.
        uploads: the files that arrived whole.
        torn: how many uploads broke off.
        arrived: when, on the clock of the machine's uptime; None before.
        results: what was heard, once that was done.
    """

    order: dict[str, Any]
    uploads: list[bytes] = field(default_factory=list)
    torn: int = 0
    arrived: float | None = None
    results: list[list[Any]] | None = None


@dataclass
class Batch:
    """What the batch service knows, and how it behaves.

    Attributes:
        key: the token of the type batch.
        languages: the codes that the account has.
        ear: what hears the files; without it, `Hearing`.
        sentences: what will be said; see `Hearing`.
        created: the status of a session that was made: F 200, newer pages 201.
        rate: bytes a second that the storage takes; None for all it gets.
        works: seconds from the upload to the transcript.
        a_minute: calls that are allowed.
        refusals: a status and an answer for the next calls of a step: session, upload-url, storage, status,
            result; each serves once.
        fails: why no transcript can be made.
        drops_answer: how many uploads arrive whole although the client never hears of it.
        forgets: whether it knows no session any more.
        sessions: by their names.
        keys_at_storage: tokens that were sent to the storage, to which they are none of its business.
        uploading: set once an upload has begun to arrive.
    """

    key: str = "scx-batch-key"
    languages: Sequence[str] = ("en", "nl")
    ear: Ear | None = None
    sentences: Sequence[str] = ()
    created: int = 200
    rate: float | None = None
    works: float = 0.0
    a_minute: int = A_MINUTE
    refusals: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    fails: str | None = None
    drops_answer: int = 0
    forgets: bool = False
    sessions: dict[str, Session] = field(default_factory=dict)
    keys_at_storage: list[str] = field(default_factory=list)
    uploading: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self, app: web.Application) -> None:
        """Add the routes of the service."""
        self._calls: list[float] = []
        self._signatures: dict[str, str] = {}
        app.router.add_post(PATH, self._begin)
        app.router.add_post(f"{PATH}/{{id}}/upload-url", self._upload_url)
        app.router.add_put("/storage/{id}", self._store)
        app.router.add_get(f"{PATH}/{{id}}", self._status)
        app.router.add_get(f"{PATH}/{{id}}/result", self._result)

    async def _begin(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, "session"):
            return refused
        if request.content_type != "application/json":  # F: the header is needed, 415
            return _error(415, "Content Invalid")
        try:
            order = await request.json()
        except ValueError:
            return _error(422, "Body Invalid")
        if not fits(order):  # F: 422
            return _error(422, "Body Invalid")
        if order["language"] not in self.languages:  # F: 400
            return _error(400, "Invalid language")
        name = secrets.token_hex(13)
        self.sessions[name] = Session(order)
        if "media_source" in order:  # F: starts at once
            self.sessions[name].arrived = time.monotonic()
            self.sessions[name].results = []
        return self._told(name, status=self.created)

    async def _upload_url(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, "upload-url") or self._unknown(request):
            return refused
        name = request.match_info["id"]
        self._signatures[name] = secrets.token_hex(8)
        url = f"{request.url.origin()}/storage/{name}?sig={self._signatures[name]}"
        result = {"upload_url": url, "expires_at": "", "session_id": name, "max_file_size": 5368709120}  # F
        return web.json_response({"count": 1, "total_results": 1, "result": result})

    async def _store(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        if token := request.headers.get("x-zoom-s2t-key"):
            self.keys_at_storage.append(token)
        if refusal := self._ordered("storage"):
            return refusal
        if request.query.get("sig") != self._signatures.get(name):  # I: the address is signed
            return web.Response(status=403)
        if request.headers.get("x-ms-blob-type") != "BlockBlob":  # F
            return web.Response(status=400)
        if request.content_length is None:  # I: the storage is Azure's, which wants to know
            return web.Response(status=411)
        session = self.sessions[name]
        try:
            body = await self._taken(request)
        except (ConnectionError, asyncio.CancelledError):
            session.torn += 1  # I: a blob is there as a whole or not at all
            raise
        session.uploads.append(body)
        session.arrived = time.monotonic()
        session.results = await self._heard(body)
        if self.drops_answer:
            self.drops_answer -= 1
            assert request.transport
            request.transport.abort()
        return web.Response(status=201)

    async def _taken(self, request: web.Request) -> bytes:
        body = bytearray()
        while chunk := await request.content.read(4_096):
            body += chunk
            self.uploading.set()
            if self.rate:
                await asyncio.sleep(len(chunk) / self.rate)
        if len(body) != request.content_length:
            raise ConnectionError
        return bytes(body)

    async def _status(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, "status") or self._unknown(request):
            return refused
        return self._told(request.match_info["id"])

    async def _result(self, request: web.Request) -> web.Response:
        if refused := self._refused(request, "result") or self._unknown(request):
            return refused
        session = self.sessions[request.match_info["id"]]
        if self._stage(session) != "done":
            return _error(409, "Not ready")  # I
        results = [
            {
                "result": words,
                "speaker": "S1",
                "text": " ".join(w[0] for w in words),
                "sconf": 0.9,
                "channel": 0,
            }
            for words in session.results or ()
        ]
        return web.json_response({"count": 1, "total_results": 1, "result": {"results": results}})  # F

    def _told(self, name: str, *, status: int = 200) -> web.Response:
        session = self.sessions[name]
        stage = self._stage(session)
        result = {  # F: the fields
            "duration": 0,
            "error": self.fails if stage == "failed" else None,
            "filename": "",
            "media_type": "audio",
            "media_url": "",
            "session_id": name,
            "status": stage,
        }
        return web.json_response({"count": 1, "total_results": 1, "result": result}, status=status)

    def _stage(self, session: Session) -> str:
        """F: the words that were seen."""
        if session.arrived is None:
            return "new"
        since = time.monotonic() - session.arrived
        walk = ("uploaded", "queued", "processing")
        if since < self.works or session.results is None:
            return walk[min(int(3 * since / max(self.works, 1e-9)), 2)]
        return "failed" if self.fails else "done"

    def _refused(self, request: web.Request, step: str) -> web.Response | None:
        now = time.monotonic()
        self._calls = [*(call for call in self._calls if call > now - A_MINUTE), now]
        if len(self._calls) > self.a_minute:  # F
            return web.json_response({"error": "rate_limit_exceeded", "message": "Slow down"}, status=429)
        if request.headers.get("x-zoom-s2t-key") != self.key:  # F
            return _error(401, f"Unauthorized {request.headers.get('x-zoom-s2t-key')}")
        return self._ordered(step)

    def _ordered(self, step: str) -> web.Response | None:
        if waiting := self.refusals.get(step):
            status, body = waiting.pop(0)
            return web.json_response(body, status=status)
        return None

    def _unknown(self, request: web.Request) -> web.Response | None:
        known = request.match_info["id"] in self.sessions and not self.forgets
        return None if known else _error(404, "Session not found")

    async def _heard(self, file: bytes) -> list[list[Any]]:
        samples, rate = soundfile.read(io.BytesIO(file), dtype="int16")  # I: whatever libsndfile reads
        assert (rate, samples.ndim) == (16_000, 1)
        return await (self.ear or self._listened)(samples.tobytes())

    async def _listened(self, pcm: bytes) -> list[list[Any]]:
        hearing = Hearing(self.sentences)
        results = []
        for understood in [*await hearing.feed(pcm), *await hearing.finish()]:
            if understood.final and understood.text:
                words = understood.text.split()
                start, length = understood.start * 1000, (understood.end - understood.start) * 1000
                step = length / len(words)
                results.append(
                    [
                        [word, round(start + n * step), round(start + (n + 1) * step), CONFIDENCE]
                        for n, word in enumerate(words)
                    ]
                )
        return results


def fits(order: Any) -> bool:
    """Whether the body of a new session is as documented."""
    if not isinstance(order, dict) or "language" not in order or order.keys() - FIELDS.keys():
        return False
    if not all(type(value) is FIELDS[key] for key, value in order.items()):
        return False
    texts = [*order.get("webhook_headers", ()), *order.get("meta_data", {}).values()]
    hooked = "webhook_url" in order or not ({"webhook_method", "webhook_headers"} & order.keys())  # F
    safe = order.get("webhook_url", "https://").startswith("https://")  # F
    return (
        all(isinstance(text, str) for text in texts)
        and hooked
        and safe
        and order.get("webhook_method", "POST") in ("POST", "PUT")  # F
    )


def _error(status: int, words: str) -> web.Response:
    body = {"error": {"code": status, "message": words, "details": ""}}  # F: one of several forms
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
