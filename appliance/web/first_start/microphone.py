"""The first step: which microphone, and whether it hears well."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from aiohttp import hdrs, web

from appliance.audio import Microphone, SoundError, listen, microphones
from appliance.audio.trial import Verdict, frames_of, judged
from appliance.board import Board
from appliance.i18n import N_, Translate
from appliance.settings import Settings
from appliance.sound import Frame
from appliance.state import State
from appliance.vendors.contract import VendorFailure
from appliance.web.admin.audio import inputs_of
from appliance.web.admin.entries import Wrong, saved, typed
from appliance.web.admin.settings_form import words
from appliance.web.first_start.steps import MICROPHONE, VENDOR, Steps
from appliance.web.forwarding import see
from appliance.web.problems import Correction
from appliance.web.routes import RouteTable
from appliance.web.settings_changes import Save, settings_changes
from appliance.web.settings_view import Vendors
from appliance.web.templates import page_language

Recognise = Callable[[Sequence[Frame]], Awaitable[str]]

LISTENED: Final = 7.0
"""Seconds in which people find the sentence and read it aloud."""

SENTENCE: Final = "Good morning everyone, and welcome to the meeting."
"""To be read aloud; in English, for that is what the on-device engine understands."""

_LINES: Final = "application/x-ndjson"
_READING: Final = 3
"""Frames between two readings of the meter: ten in a second."""

_RESTING: Final = (State.IDLE, State.FAULT)
_TOPIC: Final = "microphone test"
_TRYING: Final = N_("Somebody is trying the microphone on the set-up page.")
_GOOD: Final = N_("The box hears you well.")
_CAPTIONING: Final = N_("Captions are running now; stop them to try the microphone.")
_ALREADY: Final = N_("The microphone is being tried already; wait a moment, then try again.")
_NONE_FOUND: Final = N_("No microphone is plugged in. Plug one in, then reload this page.")
_NOT_THERE: Final = N_("This microphone is not plugged in; choose another one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a trial.

    Attributes:
        source: which microphone it was.
        verdict: whether it will do.
        heard: the words that were understood; None where nobody listened for them.
    """

    source: str
    verdict: Verdict
    heard: str | None = None


class MicrophoneStep:
    """Lets people choose a microphone and try it while the box rests.

    Args:
        steps: around every page.
        load: the settings as they stand in the files; blocks.
        save: changes them, as `SettingsStore.save` does, and lets the box take them up.
        vendors: know which keys of an account are secrets.
        board: tells everybody that the microphone is open.
        recognise: understands English.
        found: lists the microphones that are plugged in.
    """

    def __init__(
        self,
        steps: Steps,
        load: Callable[[], Settings],
        save: Save,
        vendors: Vendors,
        *,
        board: Board,
        recognise: Recognise,
        found: Callable[[], Awaitable[Sequence[Microphone]]] = microphones,
    ) -> None:
        self._steps = steps
        self._load = load
        self._save = save
        self._vendors = vendors
        self._board = board
        self._recognise = recognise
        self._found = found
        self._is_trying = False
        self._last: Tried | None = None

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(MICROPHONE, self.page)
        table.post(MICROPHONE, self.choose)
        table.post(f"{MICROPHONE}/try", self.try_it)

    async def page(self, request: web.Request) -> web.Response:
        """Which microphone, and what it heard."""
        return await self._show(request, request.query.get("input", ""))

    async def choose(self, request: web.Request) -> web.Response:
        """Hear with this microphone from now on."""
        chosen = (await typed(request)).get("input", "")
        inputs, _ = await self._inputs(await words(request))
        if chosen not in inputs:
            return await self._show(request, chosen, [Correction("input", _NOT_THERE)])
        body = {"audio": {"input": chosen}}
        try:
            await saved(self._save, lambda now: settings_changes(body, now, self._vendors))
        except Wrong as wrong:
            return await self._show(request, chosen, wrong.errors)
        return see(VENDOR)

    async def try_it(self, request: web.Request) -> web.StreamResponse:
        """Listen for some seconds: told as it goes to a script, in the end to a form."""
        translate = await words(request)
        chosen = (await typed(request)).get("input", "")
        inputs, _ = await self._inputs(translate)
        source = chosen if chosen in inputs else (await self._now()).audio.input
        async with aclosing(self._trial(source)) as trial:
            if _LINES in request.headers.get(hdrs.ACCEPT, ""):
                return await _stream(request, trial, translate)
            async for reading in trial:
                if isinstance(reading, Tried):
                    self._last = reading
        return see(f"{MICROPHONE}?input={quote(source)}#tried")

    async def _show(self, request: web.Request, chosen: str, errors: Sequence[Correction] = ()) -> web.Response:
        translate = await words(request)
        inputs, trouble = await self._inputs(translate)
        selected = chosen if chosen in inputs else (await self._now()).audio.input
        last = self._last if self._last and self._last.source == selected else None
        return await self._steps.page(
            request,
            "microphone",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            inputs=inputs,
            selected=selected,
            trouble=trouble,
            errors=errors,
            sentence=SENTENCE,
            seconds=round(LISTENED),
            tried=_told(last, translate, page_language(request)) if last else None,
        )

    async def _trial(self, source: str) -> AsyncGenerator[float | Tried | None, None]:
        """Levels in dBFS as they are heard, None while the words are looked for, and what came of it."""
        if self._is_trying or self._board.status.state not in _RESTING:
            sentence = _ALREADY if self._is_trying else _CAPTIONING
            yield Tried(source=source, verdict=Verdict(usable=False, sentence=sentence))
            return
        self._is_trying = True
        self._board.warn(_TOPIC, _TRYING)
        try:
            async with aclosing(self._hear(source)) as readings:
                async for reading in readings:
                    yield reading
        except (SoundError, VendorFailure) as failure:
            yield Tried(source=source, verdict=Verdict(usable=False, sentence=str(failure)))
        finally:
            self._is_trying = False
            self._board.warn(_TOPIC, None)

    async def _hear(self, source: str) -> AsyncGenerator[float | Tried | None, None]:
        recording: list[Frame] = []
        settings = await self._now()
        async with (
            listen(source, gain=settings.audio.gain) as listener,
            aclosing(frames_of(listener, LISTENED)) as frames,
        ):
            async for frame in frames:
                recording.append(frame)
                if len(recording) % _READING == 0:
                    yield max(heard.level for heard in recording[-_READING:])
                if self._board.status.state not in _RESTING:
                    yield Tried(source=source, verdict=Verdict(usable=False, sentence=_CAPTIONING))
                    return
        self._board.warn(_TOPIC, None)
        yield None
        heard = await self._recognise(recording)
        yield Tried(source=source, verdict=judged(recording), heard=heard)

    async def _inputs(self, translate: Translate) -> tuple[dict[str, str], str]:
        """What can be heard with, and why nothing could be found."""
        found: Sequence[Microphone] = ()
        trouble = ""
        try:
            found = await self._found()
        except SoundError as error:
            trouble = str(error)
        inputs = inputs_of(await self._now(), found, translate)
        return inputs, trouble or ("" if found else translate(_NONE_FOUND))

    async def _now(self) -> Settings:
        return await asyncio.to_thread(self._load)


async def _stream(
    request: web.Request, trial: AsyncGenerator[float | Tried | None, None], translate: Translate
) -> web.StreamResponse:
    """A line of JSON for each reading, for as long as somebody takes them."""
    language = page_language(request)
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: _LINES, hdrs.CACHE_CONTROL: "no-store"})
    await response.prepare(request)
    try:
        async for reading in trial:
            match reading:
                case Tried():
                    line: Mapping[str, Any] = {"tried": _told(reading, translate, language)}
                case None:
                    line = {"understanding": True}
                case level:
                    line = {"level": round(level, 1)}
            await response.write(json.dumps(line).encode() + b"\n")
    except ConnectionError:
        pass  # whoever asked has left
    return response


def _told(tried: Tried, translate: Translate, language: str) -> dict[str, Any]:
    """What came of a trial, for a page; `language` says in which the sentence is."""
    said = tried.verdict.sentence
    sentence = translate(_GOOD) if tried.verdict.usable else translate(said)
    ours = language if tried.verdict.usable or sentence != said else "en"
    return {"usable": tried.verdict.usable, "sentence": sentence, "language": ours, "heard": tried.heard}
