"""A vendor that means harm: it greets as each vendor does, and then sends what it likes.

Every vendor's way of writing words is a `Tongue`, every attack makes messages with one. Each attack is made on
one connection; after it, and on every connection that comes later, the server says `WELL` and behaves.
"""

import asyncio
import contextlib
import json
import socket
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Self

import grpc
from aiohttp import WSMsgType, web

from appliance.vendors.stenomatic.stenomatic_pb2 import PingReply, SpeechRecognitionResponse

WELL: Final = "All is well again."

MEGABYTE: Final = 1_000_000

_TIME: Final = "0.5"
"""Seconds, milliseconds or whatever a vendor gives, as JSON, where an attack does not say otherwise."""


class Tongue:
    """How a vendor writes words: one message a revision. A conversation has a tongue of its own."""

    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        """A message.

        Args:
            text: of the segment.
            segment: its number, for those vendors that name theirs.
            final: whether the segment is over.
            time: JSON that stands for each of the message's times.
        """
        raise NotImplementedError


class _Reverie(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        cause = "silence detected" if final else "partial"
        return _json(
            f'{{"id": {segment}, "success": true, "final": {_word(final)}, "confidence": {time},'
            f' "cause": "{cause}", "text": {json.dumps(text)}, "display_text": ""}}'
        )


class _PalabraText(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        times = f'"start_time": {time}, "end_time": {time}'
        return _json(
            f'{{"message_type": "transcription", "transcription_id": "{segment}", "language": "en",'
            f' "is_eos": {_word(final)}, "segment": {{"text": {json.dumps(text)}, {times}}}}}'
        )


class _PalabraSpeech(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        kind = "validated_transcription" if final else "partial_transcription"
        times = f'[{{"start": {time}, "end": {time}}}]'
        return _json(
            f'{{"message_type": "{kind}", "data": {{"transcription": {{"transcription_id": "{segment}",'
            f' "language": "en", "text": {json.dumps(text)}, "segments": {times}}}}}}}'
        )


class _Scriptix(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        return _json(
            f'{{"text": {json.dumps(text)}, "is_final": {_word(final)}, "offset_ms": {time},'
            f' "words": [["{segment}", {time}, {time}, {time}]]}}'
        )


class _Attendi(Tongue):
    """Edits a document: what comes after its settled part is replaced each time."""

    def __init__(self) -> None:
        self._settled = self._end = 0

    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        start = time if time != _TIME else self._settled
        place = f'"startCharacterIndex": {start}, "endCharacterIndex": {self._end}'
        self._end = self._settled + len(text.encode("utf-16-le", "surrogatepass")) // 2
        mark = f'"startCharacterIndex": {self._settled}, "endCharacterIndex": {self._end}'
        actions = [
            '{"type": "remove_annotation", "parameters": {"id": "last"}}',
            f'{{"type": "replace_text", "parameters": {{{place}, "text": {json.dumps(text)}}}}}',
        ]
        if final:
            self._settled = self._end
        else:
            kind = f'"id": "last", "type": "transcription_tentative", "number": {segment}'
            actions.append(f'{{"type": "add_annotation", "parameters": {{{kind}, {mark}}}}}')
        return _json(f'{{"actions": [{", ".join(actions)}]}}')


class _AttendiAnswer(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        del final
        return _json(f'{{"transcript": {json.dumps(text)}, "segment": {segment}, "time": {time}}}')


class _Stenomatic(Tongue):
    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        del segment, time  # it has neither
        readable = text.encode("utf-8", "replace").decode()
        message: bytes = SpeechRecognitionResponse(recognition=readable, is_final=final).SerializeToString()
        return message


class _Wyoming(Tongue):
    """Chunks only ever add to an utterance; a new start empties it."""

    def words(self, text: str, *, segment: int = 0, final: bool = False, time: str = _TIME) -> bytes:
        data = f'{{"text": {json.dumps(text)}, "segment": {segment}, "time": {time}}}'
        length = "" if time == _TIME else f', "data_length": {time}'
        if final:
            return _json(f'{{"type": "transcript", "data": {data}{length}}}\n')
        return _json(
            f'{{"type": "transcript-start"}}\n{{"type": "transcript-chunk", "data": {data}{length}}}\n'
        )


Attack = Callable[[Tongue], Iterable[bytes]]
"""Makes messages, which go out as they are: as text where the vendor sends text."""


def ever_other_interims(tongue: Tongue) -> Iterator[bytes]:
    """50 MB of interims of one segment, each of other words."""
    return _until(50 * MEGABYTE, (tongue.words(_talk(n, 7_500)) for n in _counting()))


def quick_interims(tongue: Tongue) -> Iterator[bytes]:
    """Short interims, as many as a vendor could send in an hour."""
    return islice((tongue.words(f"word {n} and {n % 7} more") for n in _counting()), 40_000)


def a_growing_segment(tongue: Tongue) -> Iterator[bytes]:
    """50 MB of interims of one segment, whose text grows and grows."""
    return _until(50 * MEGABYTE, (tongue.words(_talk(0, 100 * n)) for n in _counting()))


def never_a_final(tongue: Tongue) -> Iterator[bytes]:
    """50 MB of interims, each of a segment of its own of which nothing more is heard."""
    return _until(50 * MEGABYTE, (tongue.words(_talk(n, 100_000), segment=n) for n in _counting()))


def many_finals(tongue: Tongue) -> Iterator[bytes]:
    """Long finals, one after the other."""
    return islice((tongue.words(_talk(n, 4_000), segment=n, final=True) for n in _counting()), 300)


def without_end(tongue: Tongue) -> Iterator[bytes]:
    """Interims for as long as anyone listens."""
    return (tongue.words(_talk(n, 200)) for n in _counting())


def a_huge_message(tongue: Tongue) -> Iterator[bytes]:
    """One message of 10 MB."""
    yield tongue.words("x " * (5 * MEGABYTE))


def text_that_is_none(tongue: Tongue) -> Iterator[bytes]:
    """A message that is not UTF-8."""
    yield tongue.words("TEXT").replace(b"TEXT", b"\xff\xfe\xc0\x80")


def a_deep_message(_tongue: Tongue) -> Iterator[bytes]:
    """A message nested a million deep."""
    yield b"[" * MEGABYTE
    yield b"\n"


def impossible_numbers(tongue: Tongue) -> Iterator[bytes]:
    """Times that are no times."""
    for n, time in enumerate(("1e400", "-1e400", "NaN", "-Infinity", "1e15", "1" * 4_000, "1" * 5_000, "null")):
        yield tongue.words(f"impossible {n}", segment=n, time=time)
        yield tongue.words(f"impossible {n}", segment=n, time=time, final=True)


def endless_words(tongue: Tongue) -> Iterator[bytes]:
    """Words of 100,000 characters, also of those that take four bytes each."""
    for n, letter in enumerate("x一𝔸"):
        yield tongue.words(letter * 100_000, segment=n)
        yield tongue.words(letter * 100_000, segment=n, final=True)


def hostile_text(tongue: Tongue) -> Iterator[bytes]:
    """Characters that break lines, terminals, directions, pages and encoders."""
    nasty = (
        "\x00\x07\x1b[2J\r\n\x85\u2028\u2029",
        "\u202eright to left\u2066\u2069\ufeff\u200b",
        "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
        "\ud800 and \udfff halves of letters \uffff\ufffe",
        "Z" + "\u0301\u0323" * 500,
    )
    for n, text in enumerate(nasty):
        yield tongue.words(text, segment=n)
        yield tongue.words(text, segment=n, final=True)


def restless_words(tongue: Tongue) -> Iterator[bytes]:
    """Interims of few different words that change from the first one on."""
    for n in _counting(20):
        yield tongue.words("la " * 900)
        yield tongue.words(f"{n} " + "no la " * 450)


@dataclass
class Hostile:
    """Serves every way on 127.0.0.1 while it is entered.

    Attributes:
        url: what to set as `base_url`.
        grpc_url: the same for gRPC.
        uri: of the Wyoming server.
        made: attacks that were made since it was armed.
        sent: bytes of them that went out.
    """

    url: str = ""
    grpc_url: str = ""
    uri: str = ""
    made: int = 0
    sent: int = 0
    _attacks: deque[Attack] = field(default_factory=deque)

    async def __aenter__(self) -> Self:
        await self._serve_http()
        await self._serve_grpc()
        self._wyoming = await asyncio.start_server(self._converse_wyoming, "127.0.0.1", 0)
        self.uri = f"tcp://127.0.0.1:{self._wyoming.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wyoming.close()
        await self._grpc.stop(None)
        await self._runner.cleanup()

    def arm(self, *attacks: Attack) -> None:
        """Have the next connections attacked, one after the other."""
        self._attacks = deque(attacks)
        self.made = self.sent = 0

    async def _attack(self, tongue: Tongue, send: Callable[[bytes], Awaitable[None]]) -> None:
        if not self._attacks:
            return
        self.made += 1
        for message in self._attacks.popleft()(tongue):
            await send(message)
            self.sent += len(message)

    async def _serve_http(self) -> None:
        app = web.Application(client_max_size=4 * MEGABYTE)
        app.router.add_get("/stream", self._reverie)
        app.router.add_get("/asr/v1/speech-to-text/stream", self._palabra_text)
        app.router.add_get("/streaming-api/{name}/v1/speech-to-speech/stream", self._palabra_speech)
        app.router.add_get("/api/v4/realtime/status", _awake)
        app.router.add_get("/v2/realtime", self._scriptix)
        app.router.add_post("/v1/identity/authenticate", _token)
        app.router.add_get("/v1/speech/transcribe/stream", self._attendi)
        app.router.add_post("/v1/speech/transcribe", self._attendi_answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, listening).start()
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def _reverie(self, request: web.Request) -> web.WebSocketResponse:
        end = _json('{"success": true, "text": "", "final": true, "cause": "EOF received"}')
        return await self._converse(
            request,
            _Reverie(),
            greeting=b'{"success": true, "cause": "ready", "text": ""}',
            end="EOF",
            last=end,
        )

    async def _palabra_text(self, request: web.Request) -> web.WebSocketResponse:
        tongue = _PalabraText()
        fin = tongue.words("<fin>", segment=10**9, final=True)
        return await self._converse(request, tongue, end="finalize", last=fin)

    async def _palabra_speech(self, request: web.Request) -> web.WebSocketResponse:
        started = (
            b'{"message_type": "task_status", "data":'
            b' {"task_status": "running", "command": "set_task", "event": "started"}}'
        )
        last = b'{"message_type": "end_of_stream"}'
        return await self._converse(
            request, _PalabraSpeech(), hello="set_task", greeting=started, end="end_task", last=last
        )

    async def _scriptix(self, request: web.Request) -> web.WebSocketResponse:
        return await self._converse(
            request,
            _Scriptix(),
            hello="start",
            greeting=b'{"state": "listening"}',
            end="stop",
            last=b'{"state": "stopped"}',
        )

    async def _attendi(self, request: web.Request) -> web.WebSocketResponse:
        return await self._converse(request, _Attendi(), hello="configuration", end="endOfAudioStream")

    async def _converse(
        self,
        request: web.Request,
        tongue: Tongue,
        *,
        hello: str = "",
        greeting: bytes = b"",
        end: str,
        last: bytes = b"",
    ) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(max_msg_size=4 * MEGABYTE, timeout=1.0)
        await websocket.prepare(request)

        async def send(message: bytes) -> None:
            await websocket.send_frame(message, WSMsgType.TEXT)

        with contextlib.suppress(ConnectionError):
            if hello:
                await _hears(websocket, hello)
            if greeting:
                await send(greeting)
            await self._attack(tongue, send)
            await send(tongue.words(WELL, segment=10**6, final=True))
            if await _hears(websocket, end) and last:
                await send(last)
            if end != "finalize":
                await websocket.close()
            await _hears(websocket, "the end of the connection")
        return websocket

    async def _attendi_answer(self, request: web.Request) -> web.StreamResponse:
        """Packed, so that an attack comes as a bomb."""
        await request.read()
        tongue = _AttendiAnswer()
        if not self._attacks:
            return web.Response(body=tongue.words(WELL), content_type="application/json")
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
        await response.prepare(request)
        packer = zlib.compressobj(wbits=31)

        async def send(message: bytes) -> None:
            await response.write(packer.compress(message))

        with contextlib.suppress(ConnectionError):
            await self._attack(tongue, send)
            await response.write(packer.flush())
        return response

    async def _serve_grpc(self) -> None:
        self._grpc = grpc.aio.server(compression=grpc.Compression.Gzip)
        methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "Ping": grpc.unary_unary_rpc_method_handler(_pong),
            "SpeechRecognition": grpc.stream_stream_rpc_method_handler(self._recognise),
        }
        service = grpc.method_handlers_generic_handler("stenomatic.Stenomatic", methods)
        self._grpc.add_generic_rpc_handlers((service,))
        port = self._grpc.add_insecure_port("127.0.0.1:0")
        await self._grpc.start()
        self.grpc_url = f"http://127.0.0.1:{port}"

    async def _recognise(self, requests: AsyncIterator[bytes], context: Any) -> None:
        tongue = _Stenomatic()
        await self._attack(tongue, context.write)
        await context.write(tongue.words(WELL, final=True))
        async for _ in requests:
            pass

    async def _converse_wyoming(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def send(message: bytes) -> None:
            writer.write(message)
            await writer.drain()

        tongue = _Wyoming()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                header = json.loads(line)
                await reader.readexactly(
                    sum(header.get(part) or 0 for part in ("data_length", "payload_length"))
                )
                if header["type"] == "describe":
                    await send(_DESCRIPTION)
                elif header["type"] == "transcribe":
                    await self._attack(tongue, send)
                    await send(tongue.words(WELL, final=True))
                elif header["type"] == "audio-stop":
                    break
        writer.close()


_WORDS: Final = " ".join(f"word{n}" for n in range(20_000))

_DESCRIPTION: Final = b'{"type": "info", "data": {"asr": [{"name": "hostile", "models": []}]}}\n'


async def _awake(_: web.Request) -> web.Response:
    return web.json_response({"ready": True, "status": "ready"})


async def _token(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({"token": "a-token"})


async def _pong(_request: bytes, _context: Any) -> bytes:
    reply: bytes = PingReply(message="pong").SerializeToString()
    return reply


async def _hears(websocket: web.WebSocketResponse, word: str) -> bool:
    """Wait for a message with that word; False if the connection ends before."""
    async for message in websocket:
        data = message.data if isinstance(message.data, bytes) else message.data.encode()
        if word.encode() in data:
            return True
    return False


def _talk(number: int, length: int) -> str:
    """So many characters of words, of which the first is a number."""
    return f"{number} {_WORDS[:length]}"


def _until(size: int, messages: Iterable[bytes]) -> Iterator[bytes]:
    sent = 0
    for message in messages:
        yield message
        sent += len(message)
        if sent >= size:
            return


def _counting(limit: int = 10**9) -> Iterable[int]:
    return range(1, limit)


def _json(text: str) -> bytes:
    return text.encode()


def _word(value: bool) -> str:  # noqa: FBT001 - it spells the value out
    return "true" if value else "false"
