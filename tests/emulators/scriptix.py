"""Scriptix's realtime service, and the batch service beside it.

F marks what Scriptix documents or its own clients show, I what is inferred.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import WSMsgType, web

from appliance.testing.hearing import Hearing, Understood
from tests.emulators.scriptix_batch import Batch
from tests.rigs.app import started

Dialect = Literal["kaldi", "offset", "whisper", "gstreamer"]
BYTES_A_SECOND = 32_000
CONFIDENCE = 0.9


@dataclass
class ScriptixEmulator:
    """A server on this machine that does what Scriptix documents, and what is ordered here besides.

    Attributes:
        key: the token of the type realtime.
        batch_key: a token of the other type, which realtime refuses.
        sentences: what will be said; see `Hearing`.
        languages: the codes that the account has.
        dialect: how it writes its results.
        state: of the service: ready, scaled_down or starting.
        warm_up: seconds from being woken to ready.
        may_wake: whether the key has the admin scope.
        loading: seconds of loading between start and listening; 0 says listening at once.
        refusal: an HTTP status and answer that the handshake gets.
        objection: refuses a wrong key within the conversation instead of the handshake.
        raw: messages that are sent as they are, right after listening.
        drop_after: seconds of sound after which the connection breaks without a goodbye.
        shuts_down_in: seconds, announced right after listening.
        hangs_up: a code and a reason with which it closes, right after listening.
        answers_stop: whether the last words come.
        batch: the batch service; its key is `batch_key`, its sentences are the same.
        sound: bytes of sound that came.
        sent: how many sounds the client sent in one message, in bytes.
        starts: the documents of every start.
        queries: the query of every handshake.
    """

    key: str = "scx-realtime-key"
    batch_key: str = "scx-batch-key"
    sentences: Sequence[str] = ()
    languages: Sequence[str] = ("en", "nl")
    dialect: Dialect = "kaldi"
    state: str = "ready"
    warm_up: float = 0.0
    may_wake: bool = True
    loading: float = 0.0
    refusal: tuple[int, dict[str, Any], dict[str, str]] | None = None
    objection: bool = False
    raw: Sequence[str | bytes] = ()
    drop_after: float | None = None
    shuts_down_in: float | None = None
    hangs_up: tuple[int, str] | None = None
    answers_stop: bool = True
    batch: Batch = field(default_factory=Batch)
    sound: int = 0
    sent: list[int] = field(default_factory=list)
    starts: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._ready_at: float | None = None
        self.batch.key = self.batch_key
        self.batch.sentences = self.batch.sentences or self.sentences
        app = web.Application()
        self.batch.routes(app)
        app.router.add_get("/v2/realtime", self._realtime)
        app.router.add_get("/api/v4/realtime/status", self._status)
        app.router.add_post("/api/v4/realtime/initialize", self._initialize)
        self._runner, self.url = await started(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _now(self) -> str:
        if self._ready_at is not None and time.monotonic() >= self._ready_at:
            self.state = "ready"
        return self.state

    def _stranger(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("x-zoom-s2t-key", "")  # F
        if given == self.batch_key:  # F: two types of token; I: how a wrong type is refused
            return web.json_response(
                {"error": {"code": 401, "message": "Token type is not realtime"}}, status=401
            )
        if given != self.key:  # F: 401; I: the vendor may repeat what it got
            return web.json_response(
                {"error": "unauthorized", "message": f"Invalid API key {given}"}, status=401
            )
        return None

    async def _status(self, request: web.Request) -> web.StreamResponse:
        if stranger := self._stranger(request):
            return stranger
        state = self._now()
        return web.json_response(  # F: fields and words
            {"status": state, "ready": state == "ready", "message": "", "endpoint": "wss://elsewhere.example"}
        )

    async def _initialize(self, request: web.Request) -> web.StreamResponse:
        if stranger := self._stranger(request):
            return stranger
        if not self.may_wake:  # F: needs the admin scope; I: 403
            return web.json_response({"error": "forbidden"}, status=403)
        self._wake()
        return web.json_response({"status": self.state})

    def _wake(self) -> None:
        self.state, self._ready_at = "starting", time.monotonic() + self.warm_up

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(dict(request.query))
        stranger = self._stranger(request)
        if refused := (stranger if not self.objection else None) or self._refused(request):
            return refused
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if stranger:  # I: nobody says whether a wrong key is refused at the handshake or after it
            await socket.send_json({"error": "Unauthorized: invalid token"})
            await socket.close()
        else:
            await _Conversation(self, request, socket).hold()
        return socket

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.refusal:
            status, body, headers = self.refusal
            return web.json_response(body, status=status, headers=headers)
        if request.query.get("language") not in self.languages:  # I: 400, as the batch document says
            return web.json_response({"error": "Invalid language"}, status=400)
        if request.query.get("type") not in (None, "fast", "quality"):  # F: the two; I: 422
            return web.json_response({"error": "Body Invalid"}, status=422)
        if self._now() == "ready":
            return None
        if self.state == "scaled_down":  # I: connecting wakes it, and fails until it is awake
            self._wake()
        return web.json_response({"message": "Service is starting"}, status=503)


class _Conversation:
    """One socket."""

    def __init__(self, emulator: ScriptixEmulator, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._emulator = emulator
        self._request = request
        self._socket = socket
        self._hearing: Hearing | None = None
        self._start: dict[str, Any] = {}
        self._sound = 0

    async def hold(self) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in self._socket:
                if message.type is WSMsgType.BINARY:
                    going = await self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    going = await self._obey(message.data)
                else:
                    break
                if not going:
                    break
            await self._socket.close()

    async def _obey(self, text: str) -> bool:
        try:
            order = json.loads(text)
            action = order["action"]
        except (ValueError, TypeError, KeyError):
            return await self._object("Invalid message")  # I
        if action == "start" and not self._start:
            return await self._begin(order)
        if action == "stop" and self._hearing:
            return await self._stop(self._hearing)
        return await self._object("Cannot restart on the same connection")  # F: it cannot; I: the words

    async def _begin(self, order: dict[str, Any]) -> bool:
        emulator = self._emulator
        emulator.starts.append(order)
        flags = {key: value for key, value in order.items() if key not in ("action", "key")}
        if flags.keys() - {"partial", "actual_numbers"} or not all(isinstance(v, bool) for v in flags.values()):
            return await self._object("Invalid option")  # F: the options; I: that others are refused
        self._start = order
        if emulator.loading:
            await self._say({"state": "loading"})  # F
            await asyncio.sleep(emulator.loading)
        self._hearing = await asyncio.to_thread(Hearing, emulator.sentences)
        await self._say({"state": "listening", "session_id": "5e55104"})  # F
        if emulator.shuts_down_in is not None:
            await self._say({"state": "shutting_down", "at": time.time() + emulator.shuts_down_in})  # F
        for raw in emulator.raw:
            await (self._socket.send_str(raw) if isinstance(raw, str) else self._socket.send_bytes(raw))
        if emulator.hangs_up:
            code, reason = emulator.hangs_up
            await self._socket.close(code=code, message=reason.encode())
        return True

    async def _hear(self, pcm: bytes) -> bool:
        if self._hearing is None:
            return await self._object("Audio before start")  # I
        if len(pcm) % 2:
            return await self._object("Audio is not 16 bit PCM")  # I
        emulator = self._emulator
        self._sound += len(pcm)
        emulator.sound += len(pcm)
        emulator.sent.append(len(pcm))
        if emulator.drop_after is not None and self._sound > emulator.drop_after * BYTES_A_SECOND:
            assert self._request.transport
            self._request.transport.abort()
            return False
        for understood in await self._hearing.feed(pcm):
            await self._write(understood)
        return True

    async def _stop(self, hearing: Hearing) -> bool:
        if not self._emulator.answers_stop:
            return True
        for understood in await hearing.finish():  # F: the remaining finals come first
            await self._write(understood)
        await self._say({"state": "stopped"})  # F
        return False

    async def _object(self, words: str) -> bool:
        await self._say({"error": words})  # F: the form
        return False

    async def _write(self, understood: Understood) -> None:
        if understood.final or self._start.get("partial", True):  # F: partial defaults to true
            await self._say(_result(self._emulator.dialect, understood))

    async def _say(self, document: dict[str, Any]) -> None:
        await self._socket.send_json(document)


def _result(dialect: Dialect, understood: Understood) -> dict[str, Any]:
    """A result in one of the four forms that Scriptix's pages and examples show (F)."""
    text, final = understood.text, understood.final
    words = _timed(understood)
    match dialect:
        case "kaldi":
            return {"result": words, "text": text} if final else {"partial": text}
        case "offset" if final:
            return {"text": text, "is_final": True, "offset_ms": round(understood.start * 1000), "words": words}
        case "offset":
            offset = round(understood.start * 1000)
            return {"text": text, "is_final": False, "offset_ms": offset, "stability": CONFIDENCE}
        case "whisper":
            return {"transcript": text, "is_final": final}
        case "gstreamer":
            return {"result": {"hypotheses": [{"transcript": text}], "final": final}}


def _timed(understood: Understood) -> list[list[Any]]:
    """``[word, start, end, confidence]`` in milliseconds, evenly spread over the utterance."""
    words = understood.text.split()
    start, end = understood.start * 1000, understood.end * 1000
    step = (end - start) / max(len(words), 1)
    return [
        [word, round(start + n * step), round(start + (n + 1) * step), CONFIDENCE]
        for n, word in enumerate(words)
    ]
