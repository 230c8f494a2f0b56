"""An emulator of Palabra: sessions over REST, speech to text and speech to speech over WebSocket.

F marks a rule that the vendor documents or its own client shows, P one that somebody saw on the live service,
I one that is inferred.
"""

import asyncio
import base64
import binascii
import json
import time
import zlib
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self
from uuid import uuid4

import numpy as np
import soxr
from aiohttp import WSMsgType, web

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing, Understood
from appliance.vendors.palabra.languages import SOURCES, TARGETS
from tests.emulators import livekit
from tests.rigs.recording import Sent, recording

LARGEST = 512 * 1024  # F: payload of input_audio_data
SMALLEST = 768  # F: decoded bytes, as a kept third-party client has it
RATES = (
    (2.0, ("set_task", "get_task")),
    (3.0, ("pause_task", "end_task")),
)  # F: one of them in so many seconds
CONNECTS = 20  # F: of one token in a minute
SPOKEN = 60  # F: tts_task, so many in a minute
LONGEST_SPOKEN = 2048  # F: characters of tts_task
WINDOW = 4.0  # I: seconds over which the pace of the sound is judged
FASTEST, SLOWEST = 1.5, 0.67  # I: times real time from which it warns; F: that it does
STALL = 2.0  # I: seconds without sound after which it warns; F: that it does
CONFIRMED = 0.7  # F: seconds of silence that end a segment, unless asked otherwise
TOLD = (
    "translated_transcription",
    "partial_transcription",
    "validated_transcription",
)  # F: unless asked otherwise
HISS = 64  # what Opus makes of silence, in which the ear would hear the last word again
LOUDSPEAKER_RATE = 24_000  # F: of the spoken translations


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
    SESSION = "session"  # is made without a publisher
    NO_PAUSE = "no pause"  # every one is refused


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
        sent: every request.
        sessions: token by id of those that exist.
        deleted: ids of sessions.
        created: what sessions were asked for.
        queries: of streams of speech to text.
        tasks: that were set.
        commands: that came, by their names, sound apart.
        complaints: rules that were broken.
        warnings: codes of those that were sent.
        connections: when each token connected to speech to speech, within the last minute.
        heard: seconds of sound.
        billed: seconds that tasks ran, those for which they were paused left out.
        translator: the identity of the vendor's participant of a room.
        translator_after: seconds after which that comes into the room.
        voice: what a spoken translation sounds like, mono, 16 bit, 48 kHz; in a room only.
        in_room: what happens in the latest room.
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

    sent: list[Sent] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    created: list[Any] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    connections: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    heard: float = 0.0
    billed: float = 0.0
    translator: str = "palabra_translator_7f3a"
    translator_after: float = 0.0
    voice: bytes = b""
    in_room: "_InRoom | None" = None
    url: str = ""
    _listening: set[str] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[recording(self.sent)])
        app.router.add_post("/session-storage/session", self._create)
        app.router.add_get("/session-storage/sessions", self._list)
        app.router.add_delete("/session-storage/sessions/{id}", self._delete)
        app.router.add_get("/asr/v1/speech-to-text/stream", self._stt)
        app.router.add_get("/streaming-api/{name}/v1/speech-to-speech/stream", self._s2s)
        app.router.add_get("/rtc", self._room)
        app.router.add_get("/rtc/validate", self._room)
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
        identity, token = f"eyJ{uuid4().hex}.session.x", f"eyJ{uuid4().hex}.publisher.x"
        self.sessions[identity] = token
        await asyncio.sleep(self.creating)
        answer: dict[str, Any] = {
            "publisher": [token] if self.publisher_as_list else token,  # F either way
            "subscriber": [f"eyJ{n}.subscriber.x" for n in range(count)],
            "webrtc_room_name": "room",
            "webrtc_url": "wss://webrtc.palabra.invalid",
            "ws_url": "wss://streaming.palabra.invalid/streaming-api/0a1b2c3d/v1/speech-to-speech/stream",
            "intent": intent,
            "id": identity,
        }
        if self.fault is Fault.SESSION:
            del answer["publisher"]
        return web.json_response({"ok": True, "data": answer}, status=201)  # F

    async def _list(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        size, start = int(request.query.get("page_size", 50)), int(request.query.get("page_token", 0))
        ids = list(self.sessions)[start : start + size]
        more = (
            str(start + size) if start + size < len(self.sessions) else None
        )  # F that it is a token, I of what
        listed = [{"id": identity, **_TIMES} for identity in ids]
        return web.json_response({"ok": True, "data": listed, "next_page_token": more})  # F

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
        token = request.query.get("token", "")
        if not self._knows(token):
            return web.Response(status=403)  # P: bare, without a body
        socket = web.WebSocketResponse(max_msg_size=2 * LARGEST)
        await socket.prepare(request)
        now = time.monotonic()
        self.connections[token] = [*(c for c in self.connections[token] if now - c < 60), now]
        if len(self.connections[token]) > CONNECTS:
            await socket.close(code=1008, message=b"Too many connections")
            return socket
        await _Tasking(self, socket).run()
        return socket

    async def _room(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.sessions.values():  # F: the publisher's token lets in
            return web.Response(status=401, text=f"invalid token: {token}")
        if "reconnect" in request.query:  # I: whoever was lost must come anew
            return web.Response(status=404, text="participant not found")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.in_room = _InRoom(self, socket)
        await self.in_room.run()
        return socket


_TIMES = {  # F
    "created_at": "2026-01-01T10:00:00Z",
    "updated_at": "2026-01-01T10:00:00Z",
    "expires_at": "2026-01-01T11:00:00Z",
}


def _tone(seconds: float) -> bytes:
    """A sound that an ear for words takes for nothing."""
    times = np.arange(round(seconds * livekit.RATE)) / livekit.RATE
    return bytes((8000 * np.sin(2 * np.pi * 440 * times)).astype("<i2").tobytes())


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
        self.recent: deque[tuple[float, float]] = deque()

    async def say(self, message: dict[str, Any]) -> None:
        await self.utter(json.dumps(message))

    async def utter(self, text: str) -> None:
        if not self.socket.closed:
            await self.socket.send_str(text)

    async def hang_up(self, code: int = 1000) -> None:
        await self.socket.close(code=code)

    def abort(self) -> None:
        assert self.socket._req
        assert self.socket._req.transport
        self.socket._req.transport.abort()

    def listened(self, seconds: float) -> None:
        self.recent.append((time.monotonic(), seconds))
        self.emulator.heard += seconds

    @property
    def pace(self) -> float:
        """How many times as fast as it is spoken sound came lately."""
        while self.recent and self.recent[0][0] < time.monotonic() - WINDOW:
            self.recent.popleft()
        return sum(seconds for _, seconds in self.recent) / WINDOW

    async def misbehave(self) -> None:
        fault = self.emulator.fault
        if fault not in (Fault.DROP, *_NONSENSE):
            return
        self.emulator.fault = Fault.NONE
        if fault is Fault.DROP:
            self.abort()
            return
        for message in _NONSENSE[fault]:
            await self.utter(message)


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
                if len(message.data) % SAMPLE_BYTES:
                    self.emulator.complaints.append("half a sample")
                self.listened(len(message.data) / SAMPLE_BYTES / SAMPLE_RATE)
                if self.pace > FASTEST:
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
    way = "ws"

    def __init__(self, emulator: PalabraEmulator, socket: web.WebSocketResponse) -> None:
        super().__init__(emulator, socket, CONFIRMED)
        self.task: dict[str, Any] | None = None
        self.threshold = CONFIRMED
        self.loudspeaker: dict[str, Any] | None = None
        self.microphone = _Microphone(SAMPLE_RATE, 1)
        self.paused = self.ran = False
        self.running_from = float("inf")
        self.outcome: str | None = None
        self.commanded: defaultdict[str, float] = defaultdict(lambda: float("-inf"))
        self.spoken: deque[float] = deque(maxlen=SPOKEN)
        self.last_sound = 0.0
        self.warned: str | None = None
        self.ears = 0
        self.listened_before = self.listened_to = 0.0
        self.over = False

    @property
    def running(self) -> bool:
        return not self.paused and time.monotonic() >= self.running_from

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
        """Run the clock of the bill, say when a task runs, and look after the sound."""
        before = time.monotonic()
        while not self.socket.closed:
            await asyncio.sleep(0.05)
            now = time.monotonic()
            since, before = before, now
            if not self.running:
                continue
            self.ran = True
            self.emulator.billed += now - max(since, self.running_from)
            if self.outcome:
                await self.acknowledge("set_task", self.outcome)
                self.outcome = None
            await self.mind_the_pace()
            if now - max(self.last_sound, self.running_from) > self.emulator.patience:  # P
                reason = f"No input audio received for {self.emulator.patience:g}s. Use the pause_task command"
                await self.error("SERVICE_TIMEOUT", reason)
                await asyncio.sleep(0.26)
                await self.hang_up(1008)
                return

    async def mind_the_pace(self) -> None:
        """Warn once of each thing that is wrong with the pace, until it is right again."""
        now = time.monotonic()
        quiet = now - max(self.last_sound, self.running_from)
        wrong = None
        if quiet > STALL:
            wrong = "AUDIO_STREAM_STALLED"
        elif self.pace > FASTEST:
            wrong = "AUDIO_STREAM_TOO_FAST"
        elif now - self.running_from > WINDOW and quiet < STALL / 2 and self.pace < SLOWEST:
            wrong = "AUDIO_STREAM_TOO_SLOW"
        if wrong and wrong != self.warned:
            self.emulator.warnings.append(wrong)
            if wrong == "AUDIO_STREAM_TOO_FAST":
                self.emulator.complaints.append("too fast")
            await self.tell("warning", {"code": wrong, "message": "Send the sound in real time"})  # F: codes
        self.warned = wrong

    async def command(self, message: Any) -> None:
        kind = message.get("message_type") if isinstance(message, dict) else None
        handlers: dict[Any, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "set_task": self.set_task,
            "get_task": self.get_task,
            "input_audio_data": self.sound,
            "pause_task": self.pause_task,
            "end_task": self.end_task,
            "interrupt_task": self.interrupt_task,
            "tts_task": self.tts_task,
        }
        if kind is None or kind not in handlers or not isinstance(message.get("data"), dict):
            await self.error("VALIDATION_ERROR", f"No such message, or no data in it: {kind}")
            return
        if kind != "input_audio_data":
            self.emulator.commands.append(kind)
        if self.comes_too_soon(kind):
            await self.error("RATE_LIMIT", "Too many commands")
            return
        if self.task is None and kind in ("pause_task", "interrupt_task", "tts_task"):
            await self.error("NOT_FOUND", "No active task found")  # P of get_task, I here
            return
        await handlers[kind](message["data"])

    def comes_too_soon(self, kind: str) -> bool:
        """Whether a command exceeds its rate; one that does is not counted."""
        now = time.monotonic()
        if kind == "tts_task":
            if len(self.spoken) == SPOKEN and now - self.spoken[0] < 60:
                return True
            self.spoken.append(now)
            return False
        gap, kinds = next((rate for rate in RATES if kind in rate[1]), (0.0, (kind,)))
        early = {other for other in kinds if now - self.commanded[other] < gap}
        if early:
            self.emulator.complaints.append(f"{kind} too soon")
        # F: an older client of the vendor asks for a task right after it set it, whatever the document says.
        if early - {"set_task"} or (early and kind != "get_task"):
            return True
        self.commanded[kind] = now
        return False

    async def set_task(self, data: dict[str, Any]) -> None:
        self.emulator.tasks.append(data)
        if self.emulator.fault is Fault.ERROR:
            await self.error(**self.emulator.failing)
        elif wrong := _objection(data, self.way):
            await self.error("VALIDATION_ERROR", wrong)  # F; a task that runs goes on, I
        else:
            await self.go_on(data)

    async def go_on(self, task: dict[str, Any]) -> None:
        """Start, resume or change the task."""
        before, self.task = self.task, task
        if before is None or self.paused:
            self.outcome = "resumed" if before else "started"  # F; resumed for another task, too: I
            self.running_from = time.monotonic() + self.emulator.late
            self.recent.clear()
            self.paused = False
        else:
            self.outcome = "unchanged" if task == before else "updated"  # F
        source = task["input_stream"]["source"]
        if before is None or source != before["input_stream"]["source"]:
            self.microphone = _Microphone(source.get("sample_rate", SAMPLE_RATE), source.get("channels", 1))
        threshold = task["pipeline"]["transcription"].get("segment_confirmation_silence_threshold", CONFIRMED)
        if threshold != self.threshold:
            await self.let_finish()
            self.threshold = threshold
            await self.begin_afresh()
        if self.emulator.readiness == "poll":  # P: not acknowledged
            self.outcome = None

    async def begin_afresh(self) -> None:
        """Hear with another ear, to which what was said so far is unknown."""
        self.ears += 1
        self.listened_before = self.listened_to
        self.hearing = await asyncio.to_thread(Hearing, self.emulator.sentences, silence=self.threshold)

    async def let_finish(self) -> None:
        for understood in await self.hearing.finish():
            await self.words(understood)

    async def get_task(self, data: dict[str, Any]) -> None:
        del data
        if self.task is None or not (self.ran or self.running):
            await self.error("NOT_FOUND", "No active task found")  # P
        else:
            status = "running" if self.running else "paused"
            await self.tell("current_task", self.task | {"task_status": status})  # F

    async def sound(self, data: dict[str, Any]) -> None:
        try:
            sound = base64.b64decode(data["data"], validate=True)
        except (binascii.Error, KeyError, TypeError):
            await self.error("VALIDATION_ERROR", "data is not base64")
            return
        if not self.running:
            self.emulator.complaints.append(
                "sound while paused" if self.paused else "sound before the task runs"
            )
            return
        if not len(sound) >= SMALLEST or len(data["data"]) > LARGEST:  # F
            self.emulator.complaints.append("payload of a wrong size")
            await self.error("VALIDATION_ERROR", "Payload of a wrong size")
            return
        if len(sound) % self.microphone.size:
            self.emulator.complaints.append("half a sample")
        self.last_sound = time.monotonic()
        seconds = self.microphone.seconds(sound)
        self.listened(seconds)
        self.listened_to += seconds
        for understood in await self.hearing.feed(self.microphone.heard(sound)):
            await self.words(understood)

    async def pause_task(self, data: dict[str, Any]) -> None:
        del data
        if self.emulator.fault is Fault.NO_PAUSE:
            await self.error("INTERNAL", "The task cannot be paused now")
            return
        self.paused = True  # F: neither works nor bills; I: what was said so far is not forgotten
        self.warned = None
        await self.acknowledge("pause_task", "paused")

    async def interrupt_task(self, data: dict[str, Any]) -> None:
        await self.begin_afresh()  # F: the phrase in progress is dropped
        self.paused = self.paused or data.get("pause_task") is True
        await self.acknowledge("interrupt_task", "interrupted")

    async def tts_task(self, data: dict[str, Any]) -> None:
        text, language = data.get("text"), data.get("language")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_SPOKEN:
            await self.error("VALIDATION_ERROR", "text: String should have at most 2048 characters")
            return
        name = uuid4().hex
        await self.acknowledge("tts_task", "queued", transcription_id=name)  # F
        await self.speak(name, str(language))

    async def end_task(self, data: dict[str, Any]) -> None:
        if self.emulator.fault is Fault.NO_END:
            return
        if not data.get("force"):  # F: that drops the tail
            await self.let_finish()
        await self.tell("end_of_stream", {})  # F
        self.over = True
        await self.hang_up()

    async def words(self, understood: Understood) -> None:
        assert self.task
        pipeline = self.task["pipeline"]
        wanted = pipeline.get("allowed_message_types", TOLD)
        source = pipeline["transcription"]["source_language"].replace("auto", "en")
        start, end = (self.listened_before + time for time in (understood.start, understood.end))
        transcription: dict[str, Any] = {
            "transcription_id": f"t{self.ears}.{understood.utterance}",
            "language": source,
            "text": understood.text,
            "segments": [{"text": understood.text, "start": start, "end": end, "words": []}],
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
            if understood.final:
                await self.speak(transcription["transcription_id"], language)

    async def speak(self, name: str, language: str) -> None:
        """Say a translation where sound is asked for; this emulator is silent for a moment instead."""
        output = self.task and self.task["output_stream"]
        if not output:
            return
        sound = bytes(LOUDSPEAKER_RATE // 5 * SAMPLE_BYTES)
        if output["target"]["format"] == "zlib_pcm_s16le":
            sound = zlib.compress(sound)
        part = {"transcription_id": name, "translation_part_id": "0", "language": language}  # F: a text here
        chunk = {"last_chunk": True, "data": base64.b64encode(sound).decode(), "chunk_generation_delta": 0.1}
        await self.tell("output_audio_data", part | chunk)

    async def acknowledge(self, command: str, event: str, **more: str) -> None:
        """F of the newest client; P: there are servers that do not."""
        if self.emulator.readiness == "ack":
            status = "running" if self.running else "paused"
            await self.tell("task_status", {"command": command, "event": event, "task_status": status} | more)

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        await self.say({"message_type": kind, "data": json.dumps(data) if self.emulator.nested else data})  # F

    async def error(self, code: str, desc: str) -> None:
        await self.tell("error", {"code": code, "desc": desc, "param": None})


class _InRoom(_Tasking):
    """The same in a room: messages are packets of data, the sound has a track."""

    way = "webrtc"

    def __init__(self, emulator: PalabraEmulator, socket: web.WebSocketResponse) -> None:
        super().__init__(emulator, socket)
        self.room = livekit.Room(
            socket,
            bot=emulator.translator,
            bot_after=emulator.translator_after,
            heard=self.heard,
            received=self.received,
        )
        self.downsampler = soxr.ResampleStream(livekit.RATE, SAMPLE_RATE, 1, dtype="int16")
        self.track_sound = 0.0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self.watch())
            await self.room.serve()
            watching.cancel()

    async def utter(self, text: str) -> None:
        await self.room.send(text)

    async def hang_up(self, code: int = 1000) -> None:
        if code != 1000:  # F: after the end of a task the guest leaves; I: how the vendor ends a room
            await self.room.end()

    def abort(self) -> None:
        self.room.abort()

    async def received(self, reliable: bool, topic: str, payload: bytes) -> None:  # noqa: FBT001 - a callback
        if not reliable or topic:  # F
            self.emulator.complaints.append("a message is to go over the reliable channel, without a topic")
        await self.command(json.loads(payload))

    async def heard(self, pcm: bytes) -> None:
        """Sound of the track; it flows whether the task runs or not."""
        asked = self.room.published
        assert asked
        if not (asked.disable_dtx and asked.disable_red and asked.source == livekit.MICROPHONE):  # F
            self.emulator.complaints.append("a track with DTX or RED, or that is no microphone")
        samples = np.frombuffer(pcm, "<i2")
        if samples.max(initial=0) < HISS:
            samples = np.zeros_like(samples)
        sound = self.downsampler.resample_chunk(samples).tobytes()
        seconds = len(sound) / SAMPLE_BYTES / SAMPLE_RATE
        self.track_sound += seconds
        if not self.running:
            return
        self.last_sound = time.monotonic()
        self.listened(seconds)
        self.listened_to += seconds
        for understood in await self.hearing.feed(sound):
            await self.words(understood)

    async def speak(self, name: str, language: str) -> None:
        del name
        if self.task and self.task["output_stream"]:
            await self.room.speak(f"translation_{language}", self.emulator.voice or _tone(0.5))  # F: the name


class _Microphone:
    """Turns sound of a task's format into what can be heard."""

    def __init__(self, rate: int, channels: int) -> None:
        self.size = SAMPLE_BYTES * channels
        self._rate = rate
        self._channels = channels
        self._resampler = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="int16")
        )

    def seconds(self, sound: bytes) -> float:
        return len(sound) / self.size / self._rate

    def heard(self, sound: bytes) -> bytes:
        whole = len(sound) - len(sound) % self.size
        samples = np.frombuffer(sound[:whole], "<i2").reshape(-1, self._channels)
        mono = samples.mean(axis=1).astype(np.int16)
        if self._resampler:
            mono = self._resampler.resample_chunk(mono)
        return bytes(mono.tobytes())


def _objection(task: dict[str, Any], way: str) -> str | None:
    """What is wrong with a task; its words are like those that were seen."""
    try:
        source, output, pipeline = task["input_stream"]["source"], task["output_stream"], task["pipeline"]
        transcription = pipeline["transcription"]
        threshold = transcription.get("segment_confirmation_silence_threshold", CONFIRMED)
        queues = pipeline.get("translation_queue_configs", {}).values()
        targets = [translation["target_language"] for translation in pipeline["translations"]]
        levels = [(q.get("desired_queue_level_ms", 5000), q.get("max_queue_level_ms", 20_000)) for q in queues]
        rules = {  # F but for the words
            f"source.type: this is {way}": source["type"] == way,
            f"target.type: this is {way}": not output or output["target"]["type"] == way,
            "Input should be greater than or equal to 0.3": 0.3 <= threshold <= 2,
            "max_queue_level_ms must be greater than desired_queue_level_ms": all(a < b for a, b in levels),
        }
        if way == "ws":  # F: a room knows neither format nor rate
            rules |= {
                "source.format: this emulator hears pcm_s16le only": source["format"] == "pcm_s16le",
                "source.sample_rate: must be 16000 to 48000": 16_000 <= source["sample_rate"] <= 48_000,
                "source.channels: must be 1 or 2": source["channels"] in (1, 2),
                "target.format: unknown": not output
                or output["target"]["format"] in ("pcm_s16le", "zlib_pcm_s16le"),
            }
        named = transcription["source_language"]
    except (KeyError, TypeError, AttributeError) as error:
        return f"Field required or of a wrong type: {error}"
    if named not in (*SOURCES, "auto"):
        return f"source_language: '{named}' is not supported"
    if unknown := next((target for target in targets if target not in TARGETS), None):
        return f"target_language: '{unknown}' is not supported"
    return next((wrong for wrong, right in rules.items() if not right), None)
