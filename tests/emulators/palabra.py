"""An emulator of Palabra: sessions over REST, speech to text and speech to speech over WebSocket.

F marks a rule that the vendor documents or its own client shows, P one that somebody saw on the live service,
I one that is inferred.
"""

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self
from uuid import uuid4

from aiohttp import WSMsgType, web

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from tests.emulators.hearing import Hearing, Understood

LARGEST = 512 * 1024  # F: payload of input_audio_data
SMALLEST = 768  # F: decoded bytes, as a kept third-party client has it
COMMAND_GAP = 2.0  # F: set_task and get_task together, one in 2 s
END_GAP = 3.0  # F: pause_task and end_task, one in 3 s


class Fault(StrEnum):
    """What goes wrong, once the first words have been understood unless said otherwise."""

    NONE = "none"
    DROP = "drop"
    MALFORMED = "malformed"
    DEEP = "deep"
    HUGE = "huge"
    WRONG_TYPES = "wrong types"
    UNKNOWN = "unknown"
    FLOOD = "flood"
    NO_END = "no end"  # the end is never answered
    ERROR = "error"  # right after the beginning


@dataclass
class PalabraEmulator:
    """Serves on 127.0.0.1 while it is entered.

    Attributes:
        key: the API key that is right.
        pair: the client id and secret that are right.
        sentences: what will be said.
        unpaid: whether the account has run out of funds.
        readiness: whether `set_task` is acknowledged, or `get_task` must be asked.
        late: seconds until a task runs.
        nested: whether `data` comes as JSON text.
        publisher_as_list: whether `publisher` is a list, as the document says.
        marks_fin: whether the answer to `finalize` ends in ``<fin>``.
        patience: seconds without sound after which a task is ended.
        fault: what goes wrong.
        failing: what the faulty error message says.
        cap: sessions that may exist at once.
        creating: seconds that making a session takes.
        sessions: token by id of those that exist.
        deleted: ids of sessions.
        created: what sessions were asked for.
        queries: of streams of speech to text.
        tasks: that were set.
        commands: that came, by their names, sound apart.
        complaints: rules that were broken.
        heard: seconds of sound.
    """

    key: str = "plbr_right"
    pair: tuple[str, str] = ("box", "pair-secret")
    sentences: Sequence[str] = ()
    unpaid: bool = False
    readiness: Literal["ack", "poll"] = "ack"
    late: float = 0.0
    nested: bool = False
    publisher_as_list: bool = False
    marks_fin: bool = True
    patience: float = 10.0
    fault: Fault = Fault.NONE
    failing: dict[str, Any] = field(default_factory=dict)
    cap: int = 3
    creating: float = 0.0

    sessions: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    created: list[Any] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    connections: list[float] = field(default_factory=list)
    heard: float = 0.0
    url: str = ""
    _listening: set[str] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/session-storage/session", self._create)
        app.router.add_get("/session-storage/sessions", self._list)
        app.router.add_delete("/session-storage/sessions/{id}", self._delete)
        app.router.add_get("/asr/v1/speech-to-text/stream", self._stt)
        app.router.add_get("/streaming-api/{name}/v1/speech-to-speech/stream", self._s2s)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.unpaid:
            return _errors(402, "Payment required", "Insufficient funds on the account")  # F
        bearer, pair = request.headers.get("Authorization"), request.headers.get("ClientID")
        if pair is not None:
            right = (pair, request.headers.get("ClientSecret")) == self.pair
            return None if right else _errors(404, "Not found", "Client was not found")  # F
        right = bearer == f"Bearer {self.key}"
        return None if right else _errors(401, "Unauthorized", f"The key {bearer} is not known")  # F, and nasty

    async def _create(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):  # F: data is required
            return _errors(422, "Validation error", "data: field required")
        count, intent = data.get("subscriber_count", 0), data.get("intent", "api")
        if not isinstance(count, int) or not 0 <= count <= 10:  # F
            return _errors(422, "Validation error", "subscriber_count must be at most 10")
        if intent not in ("api", "broadcaster", "desktop"):  # F
            return _errors(422, "Validation error", "intent is not one of api, broadcaster, desktop")
        if len(self.sessions) >= self.cap:  # F that there is a limit, I how it is told
            return _errors(429, "Too many sessions", "The plan allows no more sessions", {"Retry-After": "7"})
        self.created.append(data)
        identity, token = f"eyJ{uuid4().hex}.a/b.c", f"eyJ{uuid4().hex}.publisher.x"
        self.sessions[identity] = token
        await asyncio.sleep(self.creating)
        answer = {
            "publisher": [token] if self.publisher_as_list else token,  # F either way
            "subscriber": [f"eyJ{n}.subscriber.x" for n in range(count)],
            "webrtc_room_name": "room",
            "webrtc_url": "wss://webrtc.palabra.invalid",
            "ws_url": "wss://streaming.palabra.invalid/streaming-api/0a1b2c3d/v1/speech-to-speech/stream",
            "intent": intent,
            "id": identity,
        }
        return web.json_response({"ok": True, "data": answer}, status=201)  # F

    async def _list(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        listed = [{"id": identity} for identity in self.sessions]
        return web.json_response({"ok": True, "data": listed, "next_page_token": None})  # F

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        identity = request.match_info["id"]
        if self.sessions.pop(identity, None) is None:
            return _errors(404, "Not found", "Session was not found")
        self.deleted.append(identity)
        return web.Response(status=204)  # F

    def _knows(self, token: str) -> bool:
        return token == self.key or token in self.sessions.values()

    async def _stt(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        self.queries.append(query)
        token = query.get("token", "")
        if self.unpaid:
            return _errors(402, "Payment required", "Insufficient funds on the account")  # F of REST, I here
        if not self._knows(token):
            return _errors(401, "Unauthorized", f"No such key: {token}")  # F
        if token in self._listening:
            return _errors(409, "Conflict", "A session is already active for this identity")  # F
        if query.get("format") != "pcm_s16le" or query.get("sample_rate", "16000") != "16000":  # F
            return _errors(422, "Validation error", "This emulator hears pcm_s16le at 16000 only")
        socket = web.WebSocketResponse(max_msg_size=LARGEST)
        await socket.prepare(request)
        self._listening.add(token)
        try:
            await _Transcribing(self, socket, query).run()
        finally:
            self._listening.discard(token)
        return socket

    async def _s2s(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request.query.get("token", "")):
            return web.Response(status=403)  # P: bare, without a body
        socket = web.WebSocketResponse(max_msg_size=2 * LARGEST)
        await socket.prepare(request)
        now = time.monotonic()
        self.connections = [*(c for c in self.connections if now - c < 60), now]
        if len(self.connections) > 20:  # F: 20 a minute
            await socket.close(code=1008, message=b"Too many connections")
            return socket
        await _Tasking(self, socket).run()
        return socket


def _errors(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    error = {
        "type": "https://docs.palabra.ai/docs/error_codes",
        "status": status,
        "title": title,
        "detail": detail,
        "instance": "/session-storage/session",
        "error_code": status * 10,
    }
    return web.json_response({"ok": False, "errors": [error]}, status=status, headers=headers)  # F


_NONSENSE = {
    Fault.MALFORMED: ['{"message_type": "transcr'],
    Fault.DEEP: ["[" * 200_000],
    Fault.HUGE: ['{"x": "' + "y" * 2_000_000 + '"}'],
    Fault.WRONG_TYPES: [
        '{"message_type": "transcription", "transcription_id": [], "segment": 7}',
        '{"message_type": "validated_transcription", "data": 7}',
    ],
    Fault.UNKNOWN: ["{}", '{"message_type": "novelty"}', '{"en": {"max_queue_level_ms": 1}}'],
    Fault.FLOOD: ['{"message_type": "pipeline_timings", "data": {"x": "' + "y" * 100 + '"}}'] * 5_000,
}


class _Faulty:
    """What both kinds of streams have: an ear, and the faults to order."""

    def __init__(self, emulator: PalabraEmulator, socket: web.WebSocketResponse, silence: float) -> None:
        self.emulator = emulator
        self.socket = socket
        self.hearing = Hearing(emulator.sentences, silence=silence)
        self.began: float | None = None
        self.received = 0.0

    async def say(self, message: dict[str, Any]) -> None:
        if not self.socket.closed:
            await self.socket.send_str(json.dumps(message))

    def listened(self, pcm: bytes) -> None:
        now = time.monotonic()
        self.began = self.began or now
        self.received += len(pcm) / SAMPLE_BYTES / SAMPLE_RATE
        self.emulator.heard += len(pcm) / SAMPLE_BYTES / SAMPLE_RATE
        if len(pcm) % SAMPLE_BYTES:
            self.emulator.complaints.append("half a sample")

    @property
    def ahead(self) -> float:
        """Seconds of sound that came before they can have been spoken."""
        return self.received - (time.monotonic() - (self.began or time.monotonic()))

    async def misbehave(self) -> None:
        fault = self.emulator.fault
        if fault not in (Fault.DROP, *_NONSENSE):
            return
        self.emulator.fault = Fault.NONE
        if fault is Fault.DROP:
            assert self.socket._req
            assert self.socket._req.transport
            self.socket._req.transport.abort()
            return
        for message in _NONSENSE[fault]:
            await self.socket.send_str(message)


class _Transcribing(_Faulty):
    def __init__(self, emulator: PalabraEmulator, socket: web.WebSocketResponse, query: dict[str, str]) -> None:
        super().__init__(emulator, socket, 0.5)
        self.language = query.get("language", "en")
        self.targets = [t for t in query.get("translate_languages", "").split(",") if t]
        self.name = uuid4().hex

    async def run(self) -> None:
        if self.emulator.fault is Fault.ERROR:
            await self.say({"message_type": "error"} | self.emulator.failing)
        async for message in self.socket:
            if message.type is WSMsgType.BINARY:
                self.listened(message.data)
                if self.ahead > 3:
                    self.emulator.complaints.append("too fast")
                for understood in await self.hearing.feed(message.data):
                    await self.tell(understood)
            elif message.type is WSMsgType.TEXT:
                if message.json() != {"message_type": "finalize"}:  # F
                    await self.socket.close(code=1003, message=b"Unknown message")
                self.emulator.commands.append("finalize")
                if self.emulator.fault is not Fault.NO_END:
                    await self.finalize()

    async def finalize(self) -> None:
        fin = " <fin>" if self.emulator.marks_fin else ""  # P
        rest = await self.hearing.finish()
        for understood in rest:
            await self.tell(understood, fin)
        if not rest and fin:
            await self.say(self.words("none", fin, final=True, start=0.0, end=0.0))

    def words(self, name: str, text: str, *, final: bool, start: float, end: float) -> dict[str, Any]:
        segment = {"text": text, "start_time": start, "end_time": end}
        named = {"transcription_id": f"{self.name}-{name}", "language": self.language, "is_eos": final}
        return {"message_type": "transcription", **named, "segment": segment, "delta": segment}  # F

    async def tell(self, understood: Understood, fin: str = "") -> None:
        final, times = understood.final, {"start": understood.start, "end": understood.end}
        message = self.words(str(understood.utterance), understood.text + fin, final=final, **times)
        await self.say(message)
        await self.misbehave()
        for target in self.targets if final and understood.text else ():  # F: after each final, one per target
            translated = {"text": f"{target}: {understood.text}", "start_time": times["start"]}
            segment = translated | {"end_time": times["end"]}
            kind = {"message_type": "translated_transcription", "language": target, "segment": segment}
            await self.say(message | kind)


class _Tasking(_Faulty):
    def __init__(self, emulator: PalabraEmulator, socket: web.WebSocketResponse) -> None:
        super().__init__(emulator, socket, 0.7)
        self.task: dict[str, Any] | None = None
        self.running_from = 0.0
        self.commanded = self.ended = -10.0
        self.last_sound = 0.0
        self.over = False

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self.watch())
            async for message in self.socket:
                if message.type is not WSMsgType.TEXT:
                    await self.error("VALIDATION_ERROR", "Only text messages are taken")
                    continue
                await self.command(message.json())
                if self.over:
                    break
            watching.cancel()

    async def watch(self) -> None:
        """Acknowledge a task when it runs, and end one that hears nothing."""
        acknowledged = False
        while not self.socket.closed:
            await asyncio.sleep(0.05)
            if self.task is None or time.monotonic() < self.running_from:
                continue
            if not acknowledged and self.emulator.readiness == "ack":  # F: acknowledged in the newest client
                status = {"command": "set_task", "event": "started", "task_status": "running"}
                await self.tell("task_status", status)
            acknowledged = True
            if time.monotonic() - self.last_sound > self.emulator.patience:  # P
                reason = f"No input audio received for {self.emulator.patience:g}s. Use the pause_task command"
                await self.error("SERVICE_TIMEOUT", reason)
                await asyncio.sleep(0.26)
                await self.socket.close(code=1008, message=b"")
                return

    async def command(self, message: dict[str, Any]) -> None:
        kind, data = message["message_type"], message["data"]
        handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "set_task": self.set_task,
            "get_task": self.get_task,
            "input_audio_data": self.sound,
            "end_task": self.end_task,
        }
        if kind != "input_audio_data":
            self.emulator.commands.append(kind)
        if kind in ("set_task", "get_task"):
            now = time.monotonic()
            if now - self.commanded < COMMAND_GAP:  # F
                self.emulator.complaints.append(f"{kind} too soon")
                await self.error("RATE_LIMIT", "Too many commands")
                return
            self.commanded = now
        if kind not in handlers:
            await self.error("VALIDATION_ERROR", f"Unknown message type {kind}")
            return
        await handlers[kind](data)

    async def set_task(self, data: dict[str, Any]) -> None:
        self.emulator.tasks.append(data)
        if self.emulator.fault is Fault.ERROR:
            await self.error(**self.emulator.failing)
            return
        source, pipeline = data["input_stream"]["source"], data["pipeline"]
        threshold = pipeline["transcription"].get("segment_confirmation_silence_threshold", 0.7)
        if source != {"type": "ws", "format": "pcm_s16le", "sample_rate": 16_000, "channels": 1}:  # F
            await self.error("VALIDATION_ERROR", "This emulator hears pcm_s16le at 16000 only")
        elif not 0.3 <= threshold <= 2:  # F
            await self.error("VALIDATION_ERROR", "Input should be greater than or equal to 0.3")
        else:
            self.hearing = Hearing(self.emulator.sentences, silence=threshold)
            self.task = data
            self.running_from = time.monotonic() + self.emulator.late
            self.last_sound = self.running_from

    async def get_task(self, data: dict[str, Any]) -> None:
        del data
        if self.task is None or time.monotonic() < self.running_from:
            await self.error("NOT_FOUND", "No active task found")  # P
        else:
            await self.tell("current_task", self.task | {"task_status": "running"})  # F

    async def sound(self, data: dict[str, Any]) -> None:
        try:
            pcm = base64.b64decode(data["data"], validate=True)
        except binascii.Error:
            await self.error("VALIDATION_ERROR", "data is not base64")
            return
        if self.task is None or time.monotonic() < self.running_from:
            self.emulator.complaints.append("sound before the task runs")
            return
        if not len(pcm) >= SMALLEST or len(data["data"]) > LARGEST:  # F
            self.emulator.complaints.append("payload of a wrong size")
            await self.error("VALIDATION_ERROR", "Payload of a wrong size")
            return
        self.last_sound = time.monotonic()
        self.listened(pcm)
        if self.ahead > 3:  # F that it warns, I when
            self.emulator.complaints.append("too fast")
            await self.tell("warning", {"code": "AUDIO_STREAM_TOO_FAST", "message": "Send in real time"})
        for understood in await self.hearing.feed(pcm):
            await self.words(understood)

    async def end_task(self, data: dict[str, Any]) -> None:
        del data
        if self.emulator.fault is Fault.NO_END:
            return
        if time.monotonic() - self.ended < END_GAP:  # F
            self.emulator.complaints.append("end_task too soon")
        self.ended = time.monotonic()
        for understood in await self.hearing.finish():
            await self.words(understood)
        await self.tell("end_of_stream", {})  # F
        self.over = True
        await self.socket.close()

    async def words(self, understood: Understood) -> None:
        assert self.task
        pipeline = self.task["pipeline"]
        wanted = pipeline["allowed_message_types"]
        source = pipeline["transcription"]["source_language"].replace("auto", "en")
        part = {"text": understood.text, "start": understood.start, "end": understood.end}
        transcription: dict[str, Any] = {
            "transcription_id": f"t{understood.utterance}",
            "language": source,
            "text": understood.text,
            "segments": [part | {"words": []}],
        }
        kind = "validated_transcription" if understood.final else "partial_transcription"
        if kind in wanted:
            await self.tell(kind, {"transcription": transcription})
        await self.misbehave()
        kind = "translated_transcription" if understood.final else "partial_translated_transcription"
        for translation in pipeline["translations"] if kind in wanted and understood.text else ():
            language = translation["target_language"]
            own = {"language": language, "text": f"{language}: {understood.text}", "translation_part_id": 0}
            await self.tell(kind, {"transcription": transcription | own})

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        await self.say({"message_type": kind, "data": json.dumps(data) if self.emulator.nested else data})  # F

    async def error(self, code: str, desc: str) -> None:
        await self.tell("error", {"code": code, "desc": desc, "param": None})
