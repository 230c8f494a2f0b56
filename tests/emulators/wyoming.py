"""A Wyoming server for speech recognition, made of the protocol's own package, that really listens.

F: seen in the documentation or the code of the package `wyoming`. I: inferred.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, SelectProgram
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing.hearing import Hearing, Understood

ONE_UTTERANCE: Final = 3600.0
"""Seconds of silence that end an utterance here: none, the client says where it ends."""

UNSTABLE: Final = 2
"""Youngest words that are not yet given away in chunks: a chunk cannot be taken back."""

_ATTRIBUTION = Attribution(name="emulator", url="https://example.com")


@dataclass
class Emulator:
    """A server on 127.0.0.1, while it is entered.

    Attributes:
        sentences: what will be said; see `Hearing`.
        streaming: whether it gives chunks while people speak.
        languages: of each model; another one is refused.
        models: their names, in one program each.
        installed: whether they are there to be used.
        asr: whether it recognises speech at all.
        late: seconds until it describes itself.
        own_end: seconds of silence after which it answers by itself; None waits for the client's end.
        drops_after: seconds of sound of an utterance after which it hangs up.
        silent: whether it never answers.
        error: what it reports in place of a transcript.
        raw: bytes that it sends at the beginning of every utterance.
        flood: whether it sends chunks without end.
        blurts: chunks that it sends at once at the beginning of every utterance; it streams, then.
        requests: the selected program and the transcribe event of every utterance.
        complaints: what clients did that the protocol does not allow.
        at_work: utterances that it has now.
        most: utterances that it had at a time.
    """

    sentences: tuple[str, ...] = ()
    streaming: bool = False
    languages: tuple[str, ...] = ("en", "de")
    models: tuple[str, ...] = ("tiny",)
    installed: bool = True
    asr: bool = True
    late: float = 0.0
    own_end: float | None = None
    drops_after: float | None = None
    silent: bool = False
    error: str | None = None
    raw: bytes = b""
    flood: bool = False
    blurts: int = 0
    requests: list[tuple[str | None, Transcribe]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    at_work: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = AsyncTcpServer("127.0.0.1", 0)
        await self._server.start(partial(_Conversation, self))
        assert isinstance(self._server._server, asyncio.Server)
        port = self._server._server.sockets[0].getsockname()[1]
        self.uri = f"tcp://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Hang up on everybody."""
        tasks = list(self._server._handlers)
        await self._server.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reaches(self, utterances: int) -> None:
        """Wait until so many utterances are at work."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self.at_work == utterances)

    async def count(self, more: int) -> None:
        """So many more utterances are at work."""
        async with self._changed:
            self.at_work += more
            self.most = max(self.most, self.at_work)
            self._changed.notify_all()

    @property
    def info(self) -> Info:
        """What it says of itself."""
        programs = [
            AsrProgram(
                name=f"program of {name}",
                attribution=_ATTRIBUTION,
                installed=True,
                description=None,
                version=None,
                models=[
                    AsrModel(
                        name=name,
                        attribution=_ATTRIBUTION,
                        installed=self.installed,
                        description=None,
                        version=None,
                        languages=list(self.languages),
                    )
                ],
                supports_transcript_streaming=self.streaming,
            )
            for name in self.models
        ]
        return Info(asr=programs if self.asr else [])


class _Refusal(Exception):
    """The client did what the protocol does not allow."""


class _Conversation(AsyncEventHandler):
    def __init__(self, emulator: Emulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._emulator = emulator
        self._program: str | None = None
        self._asked = Transcribe()
        self._hearing: Hearing | None = None
        self._heard: dict[int, str] = {}
        self._given: list[str] = []
        self._bytes = 0

    async def run(self) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):  # the client may hang up
            await super().run()

    async def handle_event(self, event: Event) -> bool:
        try:
            return await self._handle(event)
        except _Refusal as refusal:
            self._emulator.complaints.append(str(refusal))
            await self._say(Error(text=str(refusal), code="refused"))
            return False

    async def disconnect(self) -> None:
        await self._end_hearing()

    async def _handle(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await asyncio.sleep(self._emulator.late)
            await self._say(self._emulator.info)
        elif SelectProgram.is_type(event.type):
            self._program = SelectProgram.from_event(event).name
        elif Transcribe.is_type(event.type):
            self._asked = Transcribe.from_event(event)
            if self._asked.language not in (None, *self._emulator.languages):  # I: a server may also ignore it
                raise _Refusal(f"language {self._asked.language} is not supported")
        elif AudioStart.is_type(event.type):
            await self._start(AudioStart.from_event(event))
        elif AudioChunk.is_type(event.type):
            return await self._listen(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            return await self._stop()
        return True  # F: unrecognised events are dropped

    async def _start(self, start: AudioStart) -> None:
        if (start.rate, start.width, start.channels) != (
            SAMPLE_RATE,
            SAMPLE_BYTES,
            1,
        ):  # I: servers may convert
            raise _Refusal("only 16 kHz, 16 bit, mono")
        if self._hearing:
            raise _Refusal("audio-start twice")
        emulator = self._emulator
        emulator.requests.append((self._program, self._asked))
        silence = ONE_UTTERANCE if emulator.own_end is None else emulator.own_end
        self._hearing = await asyncio.to_thread(Hearing, emulator.sentences, silence=silence)
        await emulator.count(1)
        self.writer.write(emulator.raw)
        if emulator.streaming:
            await self._say(TranscriptStart(language=self._asked.language))  # F: before the chunks
        for _ in range(emulator.blurts):
            await self._say(TranscriptChunk(text="a "))
        while emulator.flood:
            await self._say(TranscriptChunk(text="blah " * 100))

    async def _listen(self, chunk: AudioChunk) -> bool:
        if self._hearing is None:  # F: audio-start is required
            raise _Refusal("audio-chunk before audio-start")
        if not chunk.audio or len(chunk.audio) % SAMPLE_BYTES:
            raise _Refusal("audio-chunk without whole samples")
        self._bytes += len(chunk.audio)
        limit = self._emulator.drops_after
        if limit is not None and self._bytes > limit * SAMPLE_RATE * SAMPLE_BYTES:
            return False
        understood = await self._hearing.feed(chunk.audio)
        await self._remember(understood)
        if self._emulator.own_end is not None and any(u.final for u in understood):
            return await self._answer()  # F: requires_external_vad false: the server ends the utterance
        return True

    async def _stop(self) -> bool:
        if self._hearing is None:
            raise _Refusal("audio-stop before audio-start")
        await self._remember(await self._hearing.finish())
        return await self._answer()

    async def _remember(self, understood: list[Understood]) -> None:
        for one in understood:
            self._heard[one.utterance] = one.text
        if self._emulator.streaming and understood and not self._emulator.silent:
            await self._give(" ".join(self._heard.values()).split()[:-UNSTABLE])

    async def _give(self, words: list[str]) -> None:
        if len(words) > len(self._given) and words[: len(self._given)] == self._given:
            await self._say(TranscriptChunk(text="".join(f"{w} " for w in words[len(self._given) :])))
            self._given = words

    async def _answer(self) -> bool:
        if self._emulator.silent:
            return True
        await self._end_hearing()
        if self._emulator.error is not None:
            await self._say(Error(text=self._emulator.error))
            return False
        text = " ".join(filter(None, self._heard.values()))
        await self._say(Transcript(text=text, language=self._asked.language))  # F: required in either case
        if self._emulator.streaming:
            await self._say(TranscriptStop())
        return False  # F: wyoming-faster-whisper and wyoming-vosk hang up after a transcript

    async def _end_hearing(self) -> None:
        if self._hearing:
            self._hearing = None
            await self._emulator.count(-1)

    async def _say(self, eventable: Eventable) -> None:
        await self.write_event(eventable.event())
