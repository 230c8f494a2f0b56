"""Attendi on this machine: sign-in, live stream, transcription of files, customers.

F: seen in the vendor's reference or in its own clients. I: inferred.
"""

import asyncio
import base64
import contextlib
import io
import json
import secrets
import socket
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSCloseCode, WSMsgType, web

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing, Understood
from tests.emulators.attendi_customers import Customers, Keys
from tests.rigs.recording import Sent, recording

MODELS = ("DistrictCare", "ResidentialCare", "MentalHealthCare")  # F
END = json.dumps({"type": "endOfAudioStream"})  # F
LARGEST_BODY = 4 * 1024 * 1024  # I: no limit is documented


@dataclass
class Refusal:
    """What the next requests to a path get instead of an answer.

    Attributes:
        status: the HTTP status.
        body: sent as JSON.
        times: how many requests get it.
        headers: sent along.
    """

    status: int
    body: Any = None
    times: int = 1_000
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class AttendiEmulator:
    """A server on 127.0.0.1 that goes with ``base_url = emulator.url``.

    Attributes:
        key: the customer key.
        secret_key: for the customers' endpoints.
        customer: ID of one that there is from the beginning.
        sentences: what will be said.
        opening: text that is in the document before anybody speaks.
        older: whether it speaks the dialect of 2024.
        late: seconds that signing in and connecting each take.
        delays: seconds that the answers of the first transcriptions take.
        answer: sent in place of every transcription, as it is.
        hangs_up: whether the connection breaks while a transcription is made.
        refusals: by path.
        tokens_refused: how many streams are refused for their token although it is good.
        first: messages sent as soon as a stream is configured.
        drops_after: seconds of sound after which the connection breaks off.
        closes_after: seconds of sound after which it closes with `closing`.
        closing: code and reason of that.
        never_closes: never answers the end of the sound.
    """

    key: str = "ck_test"
    secret_key: str = "sk_test"
    customer: str | None = None
    sentences: Sequence[str] = ()
    opening: str = ""
    older: bool = False
    late: float = 0.0
    delays: Sequence[float] = ()
    answer: str | None = None
    hangs_up: bool = False
    refusals: dict[str, Refusal] = field(default_factory=dict)
    tokens_refused: int = 0
    first: Sequence[str] = ()
    drops_after: float | None = None
    closes_after: float | None = None
    closing: tuple[int, str] = (WSCloseCode.INTERNAL_ERROR, "out of order")
    never_closes: bool = False

    url: str = field(default="", init=False)
    sent: list[Sent] = field(default_factory=list, init=False)
    tokens: set[str] = field(default_factory=set, init=False)
    sign_ins: list[dict[str, Any]] = field(default_factory=list, init=False)
    configurations: list[dict[str, Any]] = field(default_factory=list, init=False)
    requests: list[dict[str, Any]] = field(default_factory=list, init=False)
    lengths: list[float] = field(default_factory=list, init=False)
    """Seconds of sound of each transcription."""
    most_under_way: int = field(default=0, init=False)
    closed_with: int | None = field(default=None, init=False)
    """The code with which the last stream was closed."""

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.keys = Keys(self.key)
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[recording(self.sent)])
        app.router.add_post("/v1/identity/authenticate", self._authenticate)
        app.router.add_get("/v1/speech/transcribe/stream", self._stream)
        app.router.add_post("/v1/speech/transcribe", self._transcribe)
        self.managed = Customers(lambda request: self._check(request, "sk_"), self.keys.roll)
        self.managed.routes(app.router)
        if self.customer is not None:
            self.managed.add(self.customer)
        self._under_way = 0
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._runner.cleanup()

    async def _authenticate(self, request: web.Request) -> web.Response:
        self._check(request, "ck_")
        body = await _document(request)
        _require(isinstance(body.get("userId"), str), "userId is required")  # F
        self.sign_ins.append(body)
        await asyncio.sleep(self.late)
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return web.json_response({"token": token})  # F

    async def _transcribe(self, request: web.Request) -> web.Response:
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            self._check(request, "ck_")
            answer = await self._transcription(await _document(request))
            if self.hangs_up and request.transport:
                request.transport.abort()
            return answer
        finally:
            self._under_way -= 1

    async def _transcription(self, body: dict[str, Any]) -> web.Response:
        number = len(self.requests)
        self.requests.append(body)
        _require(isinstance(body.get("userId"), str) and body["userId"] != "", "userId is required")  # F
        if "config" in body:
            _require(body["config"].get("model") in MODELS, "config.model is unknown")  # F: three models
        pcm = _sound(body.get("audio"))
        self.lengths.append(len(pcm) / SAMPLE_BYTES / SAMPLE_RATE)
        text = await self._heard(pcm)
        if number < len(self.delays):
            await asyncio.sleep(self.delays[number])
        if self.answer is not None:
            return web.Response(text=self.answer, content_type="application/json")
        return web.json_response({"transcript": text, "news": [1]})  # F; I: that fields may be added

    async def _heard(self, pcm: bytes) -> str:
        hearing = Hearing(self.sentences)
        understood = [*await hearing.feed(pcm), *await hearing.finish()]
        return " ".join(u.text for u in understood if u.final and u.text)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._refuse(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:  # F: a bearer token; I: 401, and good for one stream
            raise web.HTTPUnauthorized(text=json.dumps({"message": "No valid token"}))
        self.tokens.remove(token)
        if self.tokens_refused:
            self.tokens_refused -= 1
            raise web.HTTPUnauthorized(text=json.dumps({"message": "The token is too old"}))
        await asyncio.sleep(self.late)
        websocket = web.WebSocketResponse(timeout=2.0)
        await websocket.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._converse(websocket)
        self.closed_with = websocket.close_code
        return websocket

    async def _converse(self, websocket: web.WebSocketResponse) -> None:
        configuration = await websocket.receive()
        if not await self._configured(websocket, configuration.data):
            return
        for text in self.first:
            await websocket.send_str(text)
        writer = _Segments(websocket) if self.older else _Editor(websocket)
        await writer.begin(self.opening)
        hearing, seconds = Hearing(self.sentences), 0.0
        async for message in websocket:
            if message.type is WSMsgType.BINARY:
                seconds += len(message.data) / SAMPLE_BYTES / SAMPLE_RATE
                for understood in await hearing.feed(message.data):
                    await writer.write(understood)
                if await self._broke(websocket, seconds):
                    return
            elif message.data == END and not self.never_closes:
                for understood in await hearing.finish():
                    await writer.write(understood)
                await writer.end()
                await websocket.close()  # F: 1000
                return

    async def _broke(self, websocket: web.WebSocketResponse, seconds: float) -> bool:
        if self.drops_after is not None and seconds >= self.drops_after:
            _cut_off(websocket)
            return True
        if self.closes_after is not None and seconds >= self.closes_after:
            await websocket.close(code=self.closing[0], message=self.closing[1].encode())
            return True
        return False

    async def _configured(self, websocket: web.WebSocketResponse, data: Any) -> bool:
        """I: whoever does not begin with a configuration is closed on."""
        try:
            content = json.loads(data) if isinstance(data, str) else {}
        except ValueError:
            content = {}
        good = (
            content.get("type") == "configuration"
            and content.get("model") in (None, *MODELS)  # F: nullable
            and isinstance(content.get("features", {}).get("voiceEditing", {}).get("isEnabled"), bool)
        )
        if not good:
            await websocket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"configuration expected")
            return False
        self.configurations.append(content)
        return True

    def _check(self, request: web.Request, prefix: str) -> None:
        """F: 401 without a good key; I: 403 with one of the other kind."""
        self._refuse(request)
        key = request.headers.get("x-API-key", "")
        if not self.keys.opens(key) and key != self.secret_key:
            raise web.HTTPUnauthorized(text=json.dumps({"message": f"The API key {key} is not valid"}))
        if not key.startswith(prefix):
            raise web.HTTPForbidden(text=json.dumps({"message": "Another kind of key is needed"}))

    def _refuse(self, request: web.Request) -> None:
        refusal = self.refusals.get(request.path)
        if refusal and refusal.times:
            refusal.times -= 1
            error = web.Response(status=refusal.status, text=json.dumps(refusal.body), headers=refusal.headers)
            raise _Refused(error)


class _Refused(web.HTTPException):
    """A refusal with any status."""

    def __init__(self, response: web.Response) -> None:
        self.status_code = response.status
        headers = {name: value for name, value in response.headers.items() if name != "Content-Type"}
        super().__init__(text=response.text, headers=headers)


class _Editor:
    """Writes as Attendi does: one document, edited; what is not sure stands in a tentative range (F)."""

    def __init__(self, websocket: web.WebSocketResponse) -> None:
        self._websocket = websocket
        self._settled = self._end = self._index = 0
        self._name: str | None = None

    async def begin(self, opening: str) -> None:
        if opening:
            await self._send([self._replacement(opening)])
            self._settled = self._end

    async def write(self, understood: Understood) -> None:
        """F: the usual step is to unmark, to replace the range, to mark its new range."""
        space = " " if self._settled else ""
        actions: list[tuple[str, dict[str, Any]]] = []
        if self._name:
            actions.append(("remove_annotation", {"id": self._name}))
        actions.append(self._replacement(space + understood.text if understood.text else ""))
        if understood.final:
            self._settled, self._name = self._end, None
        else:
            self._name = secrets.token_hex(4)
            place = {"startCharacterIndex": self._settled, "endCharacterIndex": self._end}
            actions.append(("add_annotation", {"id": self._name, "type": "transcription_tentative", **place}))
        await self._send(actions)

    async def end(self) -> None:
        """Nothing more is said."""

    def _replacement(self, text: str) -> tuple[str, dict[str, Any]]:
        place = {"startCharacterIndex": self._settled, "endCharacterIndex": self._end}
        self._end = self._settled + len(text.encode("utf-16-le")) // 2  # F: indices are in UTF-16 units
        return "replace_text", {**place, "text": text}

    async def _send(self, actions: list[tuple[str, dict[str, Any]]]) -> None:
        numbered = []
        for kind, parameters in actions:
            self._index += 1  # F: counts on over the stream
            numbered.append(
                {"id": secrets.token_hex(4), "index": self._index, "type": kind, "parameters": parameters}
            )
        await self._websocket.send_str(json.dumps({"actions": numbered}))


class _Segments:
    """Writes as Attendi did in 2024: segments, and at the end the whole text once more (F)."""

    def __init__(self, websocket: web.WebSocketResponse) -> None:
        self._websocket = websocket
        self._whole: list[str] = []

    async def begin(self, opening: str) -> None:
        if opening:
            await self._send("FinalSegment", opening)

    async def write(self, understood: Understood) -> None:
        await self._send("FinalSegment" if understood.final else "TentativeSegment", understood.text)
        if understood.final:
            self._whole.append(understood.text)

    async def end(self) -> None:
        await self._send("CompletedStream", " ".join(self._whole))

    async def _send(self, kind: str, text: str) -> None:
        await self._websocket.send_str(json.dumps({"type": kind, "text": text}))


async def _document(request: web.Request) -> dict[str, Any]:
    _require(request.content_type == "application/json", "the body must be JSON")  # F
    body = await request.json()
    _require(isinstance(body, dict), "the body must be an object")
    return body  # type: ignore[no-any-return]  # checked in the line above


def _sound(audio: Any) -> bytes:
    """F: base64 of a WAV file, mono, 16 kHz, 16 bit."""
    _require(isinstance(audio, str), "audio is required")
    try:
        with wave.open(io.BytesIO(base64.b64decode(audio, validate=True))) as file:
            good = (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
            _require(good, "audio must be mono, 16 bit, 16 kHz")
            pcm: bytes = file.readframes(file.getnframes())
            return pcm
    except (ValueError, wave.Error, EOFError):
        raise web.HTTPBadRequest(text=json.dumps({"message": "audio is no WAV file in base64"})) from None


def _require(condition: bool, sentence: str) -> None:  # noqa: FBT001 - reads like an assert
    if not condition:
        raise web.HTTPBadRequest(text=json.dumps({"message": sentence}))


def _cut_off(websocket: web.WebSocketResponse) -> None:
    """As if the cable were pulled: no closing frame."""
    transport = websocket._req.transport if websocket._req else None
    if transport:
        transport.abort()
