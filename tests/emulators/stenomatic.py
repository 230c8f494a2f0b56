"""An emulator of Stenomatic: a gRPC server that listens, the list of languages, and rooms, at one port.

F marks what Stenomatic documents, I what is only inferred, status codes above all.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Never, Self

import grpc
from aiohttp import web
from google.protobuf.message import DecodeError
from grpc import StatusCode
from grpc.aio import ServicerContext

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing, Understood
from appliance.vendors.stenomatic.stenomatic_pb2 import (
    LINEAR_16_PCM,
    PingReply,
    PingRequest,
    SpeechRecognitionConfig,
    SpeechRecognitionRequest,
    SpeechRecognitionResponse,
    Translation,
    Tts,
    VoiceTranslateConfig,
    VoiceTranslateRequest,
    VoiceTranslateResponse,
)
from tests.emulators.stenomatic_rooms import Rooms

NOT_A_MESSAGE: Final = b"\x0a\x7fshort"
UNKNOWN: Final = (
    bytes((0xFA, 0x01, 2)) + b"hi"
)  # field 31: newer samples show fields without public numbers (F)
NO_TEXT: Final = b"\x0a\x02\xff\xfe"
DEEP: Final = b"\xfb\x01" * 100_000
"""Groups within groups, of a field that nobody knows."""
HUGE: Final = b"\x0a\x80\x80\xc0\x02" + b"a" * (5 * 1024 * 1024)

Context = ServicerContext[bytes, bytes]
Config = SpeechRecognitionConfig | VoiceTranslateConfig


@dataclass
class Emulator:
    """Stenomatic on this machine; an async context manager.

    Attributes:
        key: the key it accepts.
        sentences: what will be said; see `Hearing`.
        languages: the only ones it knows.
        paid: whether the plan is paid.
        list_status: HTTP status of the list of languages.
        late: seconds until it answers a `Ping`.
        ahead: seconds of sound that it takes faster than real time.
        longest: seconds of sound after which it ends a stream.
        drop_after: seconds of sound after which the connection breaks.
        fail_after: seconds of sound after which it fails.
        fail_with: the status that it fails with.
        busy: whether it refuses streams for now.
        strange: sent as the first answer, as it is.
        flood: answers that it sends at once when the stream begins.
        deaf_to_the_end: whether it never ends a stream.
        certificate: file of a key and a certificate; with it, TLS is spoken.
        rooms: what the same key manages as the developer key.
        configs: of the streams that were begun.
        metadata: of the streams that were begun.
    """

    key: str = "stn-emulator-key"
    sentences: Sequence[str] = ()
    languages: Sequence[str] = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "nl-NL")
    paid: bool = True
    list_status: int = 200
    late: float = 0.0
    ahead: float = 30.0
    longest: float | None = None
    drop_after: float | None = None
    fail_after: float | None = None
    fail_with: StatusCode = StatusCode.UNAVAILABLE
    busy: bool = False
    strange: bytes | None = None
    flood: int = 0
    deaf_to_the_end: bool = False
    certificate: Path | None = None
    configs: list[Config] = field(default_factory=list)
    metadata: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self.rooms = Rooms(self.key)

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    "stenomatic.Stenomatic",
                    {
                        "Ping": grpc.unary_unary_rpc_method_handler(self._ping),
                        "SpeechRecognition": grpc.stream_stream_rpc_method_handler(self._recognise),
                        "VoiceTranslate": grpc.stream_stream_rpc_method_handler(self._translate),
                    },
                )
            ]
        )
        grpc_port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        app = web.Application()
        app.router.add_get("/api/v1/languages", self._list)
        self.rooms.routes(app.router)
        self._rest = web.AppRunner(app)
        await self._rest.setup()
        await web.TCPSite(self._rest, "127.0.0.1", 0).start()
        self._front = Front(grpc_port=grpc_port, http_port=self._rest.addresses[0][1])
        scheme = "https" if self.certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{await self._front.open(self.certificate)}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._front.close()
        await self._server.stop(0)
        await self._rest.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        if request.headers.get("x-mint-api-key") != self.key:  # F: the header; I: the status
            return web.json_response({"message": "invalid api key"}, status=401)
        return web.json_response([{"code": code} for code in self.languages], status=self.list_status)

    async def _ping(self, request: bytes, context: Context) -> bytes:
        await self._admit(context)
        await asyncio.sleep(self.late)
        PingRequest.FromString(request)
        return PingReply(message="pong").SerializeToString()

    async def _admit(self, context: Context) -> dict[str, str]:
        metadata = {str(k): str(v) for k, v in context.invocation_metadata() or ()}
        given = metadata.get("x-mint-api-key")
        if given != self.key:  # F: rejected; I: the status, and that a careless server repeats the key
            await context.abort(StatusCode.UNAUTHENTICATED, f"invalid api key {given}")
        if not self.paid:  # I
            await context.abort(StatusCode.PERMISSION_DENIED, "subscription expired")
        return metadata

    async def _recognise(self, requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        async for understood, _ in self._hear(requests, context, SpeechRecognitionRequest):
            yield SpeechRecognitionResponse(
                recognition=understood.text, is_final=understood.final
            ).SerializeToString()

    async def _translate(self, requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        async for understood, config in self._hear(requests, context, VoiceTranslateRequest):
            partial = self.metadata[-1].get("x-mint-allow-partial-translate") == "true"
            languages = config.target_languages_codes if understood.final or partial else ()  # F
            yield VoiceTranslateResponse(
                recognition=understood.text,
                is_final=understood.final,
                translations=[Translation(language_code=c, text=f"{c} {understood.text}") for c in languages],
            ).SerializeToString()
            if understood.final and config.voice.audio_sample_rate:  # F: spoken audio unless the rate is 0
                spoken = [Tts(language_code=code, audio=b"mp3") for code in languages]
                yield VoiceTranslateResponse(tts=spoken, is_final=True).SerializeToString()

    async def _hear(
        self, requests: AsyncIterator[bytes], context: Context, kind: Any
    ) -> AsyncIterator[tuple[Understood, Any]]:
        metadata = await self._admit(context)
        if self.busy:  # I
            await context.abort(StatusCode.RESOURCE_EXHAUSTED, "too many streams")
        config, heard, began = None, 0.0, time.monotonic()
        hearing = await asyncio.to_thread(Hearing, self.sentences)
        async for request in requests:
            message = await _parsed(kind, request, context)
            if message.WhichOneof("streaming_request") == "config":
                if config is not None:  # F: exactly one
                    await _wrong(context, "config was sent twice")
                config = message.config
                await self._accept(config, metadata, context)
                continue
            if config is None:  # F: config comes first
                await _wrong(context, "config must come first")
            await self._accept_sound(message.audio_content, context, first=not heard)
            heard += len(message.audio_content) / SAMPLE_BYTES / SAMPLE_RATE
            await self._limit(heard, began, context)
            for understood in await hearing.feed(message.audio_content):
                yield understood, config
        for understood in await hearing.finish():
            yield understood, config
        if self.deaf_to_the_end:
            await asyncio.Event().wait()

    async def _accept(self, config: Config, metadata: dict[str, str], context: Context) -> None:
        self.configs.append(config)
        self.metadata.append(metadata)
        wanted = [config.audio_language_code]
        if isinstance(config, VoiceTranslateConfig):
            if not config.target_languages_codes:  # F: at least one
                await _wrong(context, "no target language")
            wanted += config.target_languages_codes
        if unsupported := [code for code in wanted if code not in self.languages]:  # F: rejected
            await _wrong(context, f"unsupported language {unsupported[0]}")
        if config.audio_encoding != LINEAR_16_PCM:  # the ear of this emulator takes no other
            await _wrong(context, "only LINEAR_16_PCM is emulated")
        if self.strange is not None:
            await context.write(self.strange)
        for number in range(self.flood):
            await context.write(SpeechRecognitionResponse(recognition=f"flood {number}").SerializeToString())

    async def _accept_sound(self, sound: bytes, context: Context, *, first: bool) -> None:
        if first and sound.startswith(b"RIFF"):  # F: no header
            await _wrong(context, "audio must have no RIFF header")
        if not 0 < len(sound) <= 6400 or len(sound) % SAMPLE_BYTES:  # F: about 100 ms; I: twice as much at most
            await _wrong(context, "audio messages must be about 100 ms")

    async def _limit(self, heard: float, began: float, context: Context) -> None:
        if heard - (time.monotonic() - began) > self.ahead:  # F: near real time; I: how near, and the status
            await _wrong(context, "audio must be sent in real time")
        if self.longest is not None and heard > self.longest:  # I
            await context.abort(StatusCode.OUT_OF_RANGE, "maximum stream duration exceeded")
        if self.fail_after is not None and heard > self.fail_after:
            await context.abort(self.fail_with, "server is going away")
        if self.drop_after is not None and heard > self.drop_after:
            self._front.drop()


async def _parsed(kind: Any, request: bytes, context: Context) -> Any:
    try:
        return kind.FromString(request)
    except DecodeError:
        await context.abort(StatusCode.INTERNAL, "cannot parse the request")


async def _wrong(context: Context, details: str) -> Never:
    await context.abort(StatusCode.INVALID_ARGUMENT, details)


class Front:
    """One port for both servers, as Stenomatic has it: HTTP/2 goes to gRPC, the rest to the other one."""

    def __init__(self, *, grpc_port: int, http_port: int) -> None:
        self._grpc_port = grpc_port
        self._http_port = http_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self, certificate: Path | None) -> int:
        """Listen; the port."""
        tls = None
        if certificate:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(certificate)
            tls.set_alpn_protocols(["h2", "http/1.1"])
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def drop(self) -> None:
        """Break all connections in the middle of whatever they carry."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.transport.abort()

    async def close(self) -> None:
        """Break what is open and listen no more."""
        self._server.close()
        self.drop()
        await asyncio.gather(*self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            self._writers.add(writer)
            first = await reader.readexactly(4)
            port = self._grpc_port if first == b"PRI " else self._http_port
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            self._writers.add(inner_writer)
            inner_writer.write(first)
            await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))
            self._writers.discard(inner_writer)
        self._writers.discard(writer)
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
