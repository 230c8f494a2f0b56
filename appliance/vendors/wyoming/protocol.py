"""The Wyoming protocol without I/O: events as bytes, and what the bytes of a server mean."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, write_event
from wyoming.info import Info, SelectProgram

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.vendors.contract import ConfigurationFault, Lost

LARGEST: Final = 1024 * 1024
"""Bytes of a line, of additional data and of a payload; the longest list of models is a tenth of it."""

LONGEST: Final = 10_000
"""Characters of an utterance: more than anyone says in fifteen seconds, by far."""

NONSENSE: Final = "The Wyoming server's answer makes no sense; is it really a Wyoming server?"

_FORMAT: Final = {"rate": SAMPLE_RATE, "width": SAMPLE_BYTES, "channels": 1}
_OBJECT: Final = TypeAdapter(dict[str, Any])
_TAG: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,4}")

_Name = Annotated[str, Field(max_length=300)]


class _Header(BaseModel):
    type: str = Field(max_length=100)
    data: dict[str, Any] | None = None
    data_length: int | None = Field(default=None, ge=0, le=LARGEST, strict=True)
    payload_length: int | None = Field(default=None, ge=0, le=LARGEST, strict=True)


class Model(BaseModel):
    """A model as a server describes it; the package's own class takes any type for any field."""

    name: _Name
    languages: tuple[_Name, ...] = ()
    installed: bool = True


class Program(BaseModel):
    """A speech recognition program as a server describes it."""

    name: _Name
    models: tuple[Model, ...] = ()
    supports_transcript_streaming: bool = False


class _Description(BaseModel):
    asr: tuple[Program, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the server understood of an utterance so far.

    Attributes:
        text: all of it.
        final: whether the server says no more of it.
        language: as the server names it; None where it does not.
    """

    text: str
    final: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """How one utterance is asked for.

    Attributes:
        program: to be selected on the connection; None for the server's first.
        model: to be used; None leaves the choice to the server.
        language: as the server names it.
        listed: whether the server's description names the language, or none at all.
    """

    program: str | None
    model: str | None
    language: str
    listed: bool

    def opening(self) -> bytes:
        """What goes before the sound."""
        selecting = [] if self.program is None else [SelectProgram(self.program)]
        asking = Transcribe(name=self.model, language=self.language)
        return encode(*selecting, asking, AudioStart(**_FORMAT))


def sound(pcm: bytes) -> bytes:
    """A piece of the utterance."""
    return encode(AudioChunk(audio=pcm, **_FORMAT))


def closing() -> bytes:
    """What goes after the sound."""
    return encode(AudioStop())


def encode(*events: Eventable) -> bytes:
    """Events as they travel."""
    buffer = io.BytesIO()
    for event in events:
        write_event(event.event(), buffer)
    return buffer.getvalue()


class Decoder:
    """Bytes of a server in, events out. Unlike the package's reader it bounds what it takes."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._header: _Header | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are complete with this data; a payload is dropped, for no answer carries one.

        Raises:
            Lost: it is not the protocol, or larger than anything sensible.
        """
        self._pending += data
        try:
            while (event := self._next()) is not None:
                yield event
        except ValidationError:
            raise Lost(NONSENSE) from None

    def _next(self) -> Event | None:
        if self._header is None:
            self._header = self._read_header()
        if (header := self._header) is None:
            return None
        data_length, payload_length = header.data_length or 0, header.payload_length or 0
        if len(self._pending) < data_length + payload_length:
            return None
        more = bytes(self._pending[:data_length])
        del self._pending[: data_length + payload_length]
        self._header = None
        return Event(header.type, {**(header.data or {}), **(_OBJECT.validate_json(more) if more else {})})

    def _read_header(self) -> _Header | None:
        end = self._pending.find(b"\n")
        if max(end, len(self._pending) if end < 0 else 0) > LARGEST:
            raise Lost(NONSENSE)
        if end < 0:
            return None
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        return _Header.model_validate_json(line)


class Recognition:
    """The server's answer to one utterance.

    Attributes:
        over: whether the server has said all of it.
        ignored: how many events were none of ours.
    """

    def __init__(self) -> None:
        self.over = False
        self.ignored = 0
        self._decoder = Decoder()
        self._text = ""
        self._language: str | None = None
        self._told = False

    def receive(self, data: bytes) -> Iterator[Heard]:
        """What is new with this data.

        Raises:
            Lost: the server reports an error, or makes no sense.
        """
        for event in self._decoder.feed(data):
            if self.over:
                return
            yield from self._take(event)

    def _take(self, event: Event) -> Iterator[Heard]:
        if TranscriptStart.is_type(event.type):
            self._text = ""
            self._learn_language(event)
        elif TranscriptChunk.is_type(event.type):
            self._text = _bounded(self._text + _text_of(event))
            yield self._heard()
        elif Transcript.is_type(event.type):
            self._text = _text_of(event)
            self._learn_language(event)
            yield self._heard(final=True)
        elif TranscriptStop.is_type(event.type) and self._text:
            # The protocol wants a transcript before; who leaves it out has said everything in chunks.
            yield self._heard(final=True)
        elif Error.is_type(event.type):
            raise Lost(complaint(event))
        else:
            self.ignored += 1

    def _heard(self, *, final: bool = False) -> Heard:
        self.over = final
        self._told = True
        return Heard(self._text.strip(), final, self._language)

    def _learn_language(self, event: Event) -> None:
        # Words of one segment must not change their language: what an interim said stays.
        language = event.data.get("language")
        if not self._told and isinstance(language, str) and _TAG.fullmatch(language):
            self._language = language


def programs_in(events: Iterable[Event]) -> tuple[Program, ...] | None:
    """The recognition programs of the first description among the events; None where there is none yet.

    Raises:
        Lost: the server reports an error, or its description makes no sense.
    """
    for event in events:
        if Error.is_type(event.type):
            raise Lost(complaint(event))
        if Info.is_type(event.type):
            try:
                return _Description.model_validate(event.data).asr
            except ValidationError:
                raise Lost(NONSENSE) from None
    return None


def complaint(event: Event) -> str:
    """What an error event says, as a plain sentence."""
    text = event.data.get("text")
    return f"The Wyoming server reports: {str(text or 'an error')[:200]}"


def choose(programs: Sequence[Program], *, model: str | None, language: str) -> Request:
    """How to ask this server for a model and a language.

    Args:
        programs: what the server describes.
        model: the wanted one; None leaves the choice to the server.
        language: BCP-47 tag.

    Raises:
        ConfigurationFault: it recognises no speech, or has no such model.
    """
    program = first_of(programs)
    if model is not None:
        program = _with_model(programs, model)
    languages = languages_of([program], model=model)
    code = _code(language, languages)
    return Request(
        program=None if program is programs[0] else program.name,
        model=model,
        language=code or language,
        listed=code is not None or not languages,
    )


def first_of(programs: Sequence[Program]) -> Program:
    """The program that a server uses unless another is selected.

    Raises:
        ConfigurationFault: the server recognises no speech.
    """
    if not programs:
        raise ConfigurationFault(
            "This Wyoming server does not recognise speech; is the address that of another service?"
        )
    return programs[0]


def languages_of(programs: Sequence[Program], *, model: str | None = None) -> tuple[str, ...]:
    """The languages of installed models, or of one model, in the server's own order."""
    spoken = (
        language
        for program in programs
        for candidate in program.models
        if (candidate.installed if model is None else candidate.name == model)
        for language in candidate.languages
    )
    return tuple(dict.fromkeys(spoken))


def _with_model(programs: Sequence[Program], model: str) -> Program:
    for program in programs:
        if any(candidate.name == model for candidate in program.models):
            return program
    names = [candidate.name for program in programs for candidate in program.models]
    if not names:
        return programs[0]
    more = " …" if len(names) > 8 else ""
    raise ConfigurationFault(f"The Wyoming server has no model “{model}”; it has {', '.join(names[:8])}{more}.")


def _code(language: str, listed: Sequence[str]) -> str | None:
    """How the server names a language: as it is, or without the region, or with any where we name none."""
    known = {code.replace("_", "-").lower(): code for code in reversed(listed)}
    wanted = language.lower()
    plain = wanted.partition("-")[0]
    if code := known.get(wanted) or known.get(plain):
        return code
    if wanted == plain:
        return next((code for tag, code in reversed(known.items()) if tag.startswith(f"{plain}-")), None)
    return None


def _text_of(event: Event) -> str:
    text = event.data.get("text")
    if not isinstance(text, str):
        raise Lost(NONSENSE)
    return _bounded(text)


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise Lost("The Wyoming server sends more text than anyone can have said.")
    return text
