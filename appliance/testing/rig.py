"""What the trials of the suite have in common: scenes, conversations, verdicts."""

import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from appliance.testing.circumstances import Circumstance, Scene
from appliance.testing.conversation import Heard, Speaker, bounded, hold
from appliance.testing.judgement import (
    judge_discretion,
    judge_log,
    judge_sentence,
    judge_times,
    judge_words,
)
from appliance.testing.speech import Said, word_error_rate
from appliance.vendors.contract import AnyVendor, Order, Stream, Words

Speak = Callable[[Speaker], Awaitable[None]]


class Rig(ABC):
    """What a plug-in's author says of it, and what the trials do with that.

    Attributes:
        vendor: the plug-in.
        secrets: every key that an account of these tests has, right or wrong.
        impossible: why a circumstance cannot exist with this vendor; its tests are skipped with that reason.
        silence: seconds of silence between two sentences that the vendor must bear, or end as `Planned`.
        rest: seconds without any sound for which a stream is paused.
        word_errors: the share of words that may be wrong; more for engines that really guess.
        patience: seconds that a call, an answer, or a conversation beyond its sound may take.
        strangers: loggers of the emulator, which may log what it likes.
    """

    vendor: ClassVar[AnyVendor]
    secrets: ClassVar[tuple[str, ...]] = ()
    impossible: ClassVar[Mapping[Circumstance, str]] = MappingProxyType({})
    silence: ClassVar[float] = 12.0
    rest: ClassVar[float] = 3.0
    word_errors: ClassVar[float] = 0.02
    patience: ClassVar[float] = 20.0
    strangers: ClassVar[tuple[str, ...]] = ("aiohttp.access", "aiohttp.server", "websockets.server")

    @property
    @abstractmethod
    def said(self) -> tuple[Said, Said]:
        """Two sentences; the emulator knows what they are."""

    @abstractmethod
    def emulated(self, circumstance: Circumstance) -> AbstractAsyncContextManager[Scene]:
        """An emulator of the vendor in a circumstance; `NOBODY` is never asked for."""

    @pytest.fixture(autouse=True)
    def _log_is_discreet(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.DEBUG)
        yield
        judge_log(caplog.get_records("call"), self.secrets, self.strangers)

    @contextlib.asynccontextmanager
    async def _scene(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        if circumstance in self.impossible:
            pytest.skip(self.impossible[circumstance])
        if circumstance is Circumstance.NOBODY:
            async with self.emulated(Circumstance.GOOD) as scene:
                pass
            yield scene
            return
        async with self.emulated(circumstance) as scene:
            yield scene
        assert not scene.complaints, f"the vendor does not allow this: {list(scene.complaints)}"

    async def _hold(self, scene: Scene, speak: Speak, *, order: Order[Any] | None = None) -> Heard:
        order = order or scene.order
        heard = await hold(self.vendor, scene.account, order, speak, patience=self.patience)
        judge_discretion(self.secrets, heard.shown, *heard.failures, *heard.notices)
        for notice in heard.notices:
            judge_sentence(notice.sentence)
        return heard

    def _saying(self, *sentences: Said, speed: float | None = None) -> Speak:
        async def speak(speaker: Speaker) -> None:
            for sentence in sentences:
                await speaker.say(await sentence.frames(), speed=speed)

        return speak

    async def _open(self, scene: Scene) -> Stream:
        return await bounded(self.vendor.open(scene.account, scene.order), self.patience, "open() hangs.")

    async def _check(self, scene: Scene) -> str:
        return await bounded(self.vendor.check(scene.account), self.patience, "check() hangs.")

    async def _said_and_written(self, speaker: Speaker, sentence: Said, order: Order[Any]) -> None:
        """Say a sentence, and wait until it is final and translated."""
        heard, begin = speaker.heard, len(speaker.heard.words)

        def written() -> bool:
            new = Heard(words=heard.words[begin:])
            complete = word_error_rate(sentence.text, new.text) <= self.word_errors
            return complete and new.translated(order.to_languages)

        await speaker.say(await sentence.frames())
        await speaker.until(written, within=self.patience, otherwise=f"“{sentence.text}” does not become final")

    def _judge(self, heard: Heard, said: Sequence[Said], order: Order[Any]) -> None:
        assert not heard.failures, f"the stream failed: {heard.failures}"
        self._judge_words(heard.words, said, order)
        judge_times(heard)

    def _judge_words(self, words: Sequence[Words], said: Sequence[Said], order: Order[Any]) -> None:
        judge_words(words, [sentence.text for sentence in said], order, errors=self.word_errors)
