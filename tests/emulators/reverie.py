"""An emulator of Reverie's streaming recognition. F: the vendor or its clients say so; I: inference."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

import soundfile
import soxr
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing, Understood

# F: the vendor's list; the last from a client of its own.
LANGUAGES: Final = frozenset(["hi", "bn", "gu", "kn", "ml", "mr", "pa", "ta", "te", "en", "as", "or", "hi_en"])
# F: the vendor's list, in both spellings that its documents and its clients have.
DOMAINS: Final = frozenset(
    [
        *("generic", "bfsi", "ecomm", "healthcare", "voice-search", "voice_search"),
        *("alphanumeric", "names", "address", "language", "yes-no", "email"),
    ]
)
# F: the names, without those of Opus, which this emulator does not understand; its ear is made for
# 16 kHz and understands little at 8. I: libsndfile's names for them.
FORMATS: Final = {
    f"{rate // 1000}k_{name}": (rate, subtype)
    for rate in (8_000, 16_000)
    for name, subtype in (("int16", "PCM_16"), ("uint8", "PCM_U8"), ("ulaw", "ULAW"))
}
LONGEST: Final = 180.0
LONGEST_SILENCE: Final = 30.0
TRUE: Final = frozenset({"1", "true", "True"})
END: Final = "--EOF--"

# Its log would hold the credentials, and tests look for those in the logs.
_silent = logging.Logger("silent")  # noqa: LOG001 - not in the tree of loggers, so that no level turns it on
_silent.disabled = True


@dataclass
class ReverieEmulator:
    """Serves ``ws://127.0.0.1/stream`` while its context is open.

    Args:
        key: the API key that is right.
        app_id: the app ID that is right.
        sentences: what will be said.
        refuses: a message with which every right key is refused, such as of an expired one.
        status: of that refusal.
        retry_after: seconds that such a refusal asks to wait.
        ready_after: seconds until it is ready; None for never.
        final_in_continuous: whether an utterance's end is marked `final` although the stream goes on.
        bare_closes: whether it ends streams without a word of why.
        ends_after: seconds until it says "timeout", whatever was asked for; None for what was asked for.
        drops_after: seconds of sound after which the connection breaks; None for never.
        interjections: messages sent after the first interim: broken, unknown or hostile ones.
        flood: interims sent at once after the first.
        deaf_to_end: whether it never answers `--EOF--`.
        port: 0 for any.
    """

    key: str = "key"
    app_id: str = "app"
    sentences: Sequence[str] = ()
    refuses: str | None = None
    status: int = 403
    retry_after: int | None = None
    ready_after: float | None = 0.0
    final_in_continuous: bool = False
    bare_closes: bool = False
    ends_after: float | None = None
    drops_after: float | None = None
    interjections: Sequence[str | bytes] = ()
    flood: int = 0
    deaf_to_end: bool = False
    port: int = 0
    queries: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each stream that was asked for."""
    early: int = 0
    """Bytes of sound that came before it was ready: the vendor's clients send them, ours must not."""
    complaints: list[str] = field(default_factory=list)
    """Rules that were broken."""
    chunks: list[int] = field(default_factory=list)
    """Sizes of the messages of sound."""
    ends: list[str] = field(default_factory=list)
    """Why each stream ended."""
    _server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._converse,
            "127.0.0.1",
            self.port,
            process_request=self._admit,
            close_timeout=1,
            compression=None,
            logger=_silent,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """What to set as `base_url`."""
        return f"http://127.0.0.1:{self.port}"

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        query = dict(parse_qsl(url.query))
        if url.path != "/stream":  # F: the endpoint
            return _refusal(connection, 404, "Not Found")
        for wrong, status, message in self._objections(query):
            if wrong:
                wait = self.retry_after if message == self.refuses else None
                return _refusal(connection, status, message, wait)
        self.queries.append(query)
        return None

    def _objections(self, query: Mapping[str, str]) -> list[tuple[bool, int, str]]:
        """What may be wrong with a request, whether it is, and what is answered then."""
        credentials = (query.get("apikey"), query.get("appid"))
        language, domain = query.get("src_lang", "en"), query.get("domain", "generic")
        no_decoder = domain not in DOMAINS or not _within_limits(query)
        return [
            # F; I: that it repeats what it got
            (credentials != (self.key, self.app_id), 403, f"Invalid credentials {query.get('apikey')}"),
            (query.get("appname") != "stt_stream", 403, "Not authorised for this API"),  # F; I: the status
            (self.refuses is not None, self.status, self.refuses or ""),  # F: 403 for no credits, old keys
            (language not in LANGUAGES, 403, "Invalid or unauthorised language code"),  # F
            (no_decoder, 400, "no decoder for given args"),  # F; I: for limits, too
        ]

    async def _converse(self, connection: ServerConnection) -> None:
        query = dict(parse_qsl(urlsplit(connection.request.path if connection.request else "").query))
        conversation = _Conversation(self, connection, query)
        with contextlib.suppress(ConnectionClosed):
            self.ends.append(await conversation.run())


class _Conversation:
    def __init__(
        self, emulator: ReverieEmulator, connection: ServerConnection, query: Mapping[str, str]
    ) -> None:
        self._emulator = emulator
        self._connection = connection
        self._query = query
        self._timeout = emulator.ends_after or float(query.get("timeout", 15))  # F: the default
        self._continuous = query.get("continuous") in TRUE  # F: false by default
        self._hearing = Hearing(emulator.sentences, silence=float(query.get("silence", 1)))  # F: 1 s
        self._decoder = _Decoder(SAMPLE_RATE, "PCM_16")
        self._heard = 0
        self._ready = False
        self._interims = 0

    async def run(self) -> str:
        for name in ("src_lang", "domain"):
            if name not in self._query:  # F: in-band
                return await self._fail(f"no `{name}` given")
        form = self._query.get("format", "16k_int16")  # F: the default
        if form not in FORMATS:  # F: in-band
            return await self._fail("unsupported audio format")
        self._decoder = _Decoder(*FORMATS[form])
        readiness = asyncio.create_task(self._become_ready())
        try:
            async with asyncio.timeout(self._timeout):  # F: the limit
                cause = await self._listen()
        except TimeoutError:
            cause = "timeout"
        finally:
            readiness.cancel()
            await asyncio.gather(readiness, return_exceptions=True)
        return await self._end(cause)

    async def _become_ready(self) -> None:
        if self._emulator.ready_after is None:
            return
        await asyncio.sleep(self._emulator.ready_after)
        self._ready = True
        await self._say(cause="ready")  # F

    async def _listen(self) -> str:
        """Hear until the stream is over; why it is."""
        async for message in self._connection:
            if message in (END, END.encode()):  # F: binary; F by another client: text
                if not self._emulator.deaf_to_end:
                    return "EOF received"
            elif isinstance(message, bytes):  # I: other text means nothing
                async for understood in self._hear(message):
                    if await self._tell(understood):
                        return "silence detected"
        return "gone"

    async def _hear(self, pcm: bytes) -> AsyncIterator[Understood]:
        if not self._ready:
            self._emulator.early += len(pcm)
            self._emulator.complaints.append("sound before it was ready")
        self._emulator.chunks.append(len(pcm))
        sound = self._decoder.decode(pcm)
        self._heard += len(sound)
        drops = self._emulator.drops_after
        if drops is not None and self._heard >= drops * SAMPLE_RATE * SAMPLE_BYTES:
            self._connection.transport.abort()
        for understood in await self._hearing.feed(sound):
            yield understood

    async def _tell(self, understood: Understood) -> bool:
        """Say what was understood; whether that ends the stream."""
        if not understood.final:
            await self._say(cause="partial", text=understood.text)
            self._interims += 1
            if self._interims == 1:
                await self._misbehave(understood.text)
            return False
        if not self._continuous:  # F: silence ends the stream
            await self._say_last("silence detected", understood.text)
            return True
        await self._say(  # I: the utterance ends, the stream does not
            cause="silence detected", text=understood.text, final=self._emulator.final_in_continuous
        )
        return False

    async def _misbehave(self, text: str) -> None:
        for message in self._emulator.interjections:
            await self._connection.send(message, text=isinstance(message, str))
        for number in range(self._emulator.flood):
            await self._say(cause="partial", text=f"{text} {number}")

    async def _end(self, cause: str) -> str:
        """The last words, then close."""
        if cause in ("EOF received", "timeout"):
            tail = " ".join([understood.text for understood in await self._hearing.finish()])
            await self._say_last(cause, tail)
        await self._connection.close()
        return cause

    async def _say_last(self, cause: str, text: str) -> None:
        if not self._emulator.bare_closes:
            await self._say(cause=cause, text=text, final=True)
        elif text:
            await self._say(cause="", text=text, final=True)

    async def _fail(self, cause: str) -> str:
        await self._say(success=False, cause=cause, final=True, confidence=1)  # F: as in the document
        await self._connection.close()
        return cause

    async def _say(
        self,
        *,
        cause: str,
        text: str = "",
        final: bool = False,
        success: bool = True,
        confidence: float = 0.9,
    ) -> None:
        message: dict[str, Any] = {
            "id": "2ab3a0b76c854953a022df742f6b3857a76494acd72e4489",
            "success": success,
            "text": text,
            "final": final,
            "confidence": confidence,
            "cause": cause,
            "display_text": text if final else "",  # F: of the final
        }
        await self._connection.send(json.dumps(message))


class _Decoder:
    """Turns sound of a format into what can be heard; odd bytes wait for their other half."""

    def __init__(self, rate: int, subtype: str) -> None:
        self._rate = rate
        self._subtype = subtype
        self._size = 2 if subtype == "PCM_16" else 1
        self._pending = b""
        self._resampler = (
            None if rate == SAMPLE_RATE else soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="int16")
        )

    def decode(self, sound: bytes) -> bytes:
        sound = self._pending + sound
        whole = len(sound) - len(sound) % self._size
        sound, self._pending = sound[:whole], sound[whole:]
        samples, _ = soundfile.read(
            io.BytesIO(sound),
            dtype="int16",
            samplerate=self._rate,
            channels=1,
            format="RAW",
            subtype=self._subtype,
            endian="LITTLE",
        )
        if self._resampler:
            samples = self._resampler.resample_chunk(samples)
        return bytes(samples.tobytes())


def _within_limits(query: Mapping[str, str]) -> bool:
    """F: the limits. I: that what is beyond them is refused."""
    limits = (("timeout", LONGEST), ("silence", LONGEST_SILENCE), ("no_input_timeout", LONGEST))
    try:
        return all(0 < float(query.get(name, 1)) <= limit for name, limit in limits)
    except ValueError:
        return False


def _refusal(
    connection: ServerConnection, status: int, message: str, retry_after: int | None = None
) -> Response:
    """F: a JSON body with `message`."""
    response = connection.respond(HTTPStatus(status), json.dumps({"message": message}))
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
