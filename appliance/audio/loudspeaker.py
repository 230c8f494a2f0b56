"""The box's own voice: spoken translations on its sound output, and ears that are shut meanwhile."""

import asyncio
import json
import logging
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import numpy as np

from appliance.audio import playback
from appliance.audio.process import running
from appliance.audio.source import Block, Missed, Source
from appliance.sound import SAMPLE_BYTES, VOICE_RATE, Trouble

OWN_VOICE: Final = "The box was speaking a translation and did not listen."

STUCK: Final = "The loudspeaker takes no sound: unplug it and plug it in again."

BACKLOG_SECONDS: Final = 3.0
"""Sound that waits, such as for a device that is being opened; beyond that the oldest is dropped."""

ECHO: Final = 0.5
"""Seconds for which a room, and the microphone's buffers, still hold the box's voice after its end."""

OPENING: Final = 5.0
TAKING: Final = 2.0
"""Seconds within which a device must be open, and must take what it is given."""

REST: Final = 20.0
"""Seconds without a word after which the device is let go."""

RETRY: Final = 30.0
"""Seconds for which nothing is said, and people are warned, after the device failed."""

_SILENCE: Final = 64
"""The loudest sample of what is no voice: an open track sends silence, too."""

_PAUSE: Final = 0.4
"""Seconds of silence that are still part of what is said."""

_log = logging.getLogger(__name__)


class Loudspeaker:
    """Says what it is given, in a process of its own, as long as `run` does.

    Args:
        warn: is told why nothing can be heard; None once something can.
        clock: seconds on a monotonic clock.
    """

    sounds = True

    def __init__(
        self, warn: Callable[[str | None], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._warn = warn
        self._clock = clock
        self._waiting: deque[bytes] = deque()
        self._seconds = 0.0
        self._came = asyncio.Event()
        self._voiced_until = 0.0
        self._said_until = 0.0
        self._broken_until = 0.0
        self._latency = 0.0

    @property
    def speaking(self) -> bool:
        """Whether the room may hear the box, or still does."""
        return bool(self._waiting) or self._clock() < self._said_until + self._latency + ECHO

    def play(self, pcm: bytes) -> None:
        """Say this as soon as may be, without waiting: what comes too late is dropped.

        Args:
            pcm: mono s16le at `VOICE_RATE`.
        """
        now = self._clock()
        if now < self._broken_until or not pcm:
            return
        if np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max() > _SILENCE:
            self._voiced_until = now + _PAUSE
        elif now >= self._voiced_until:
            return
        self._waiting.append(pcm)
        self._seconds += _seconds(pcm)
        while self._seconds > BACKLOG_SECONDS:
            self._seconds -= _seconds(self._waiting.popleft())
        self._came.set()

    async def run(self) -> None:
        """Play what comes, for ever; a device that fails is a warning."""
        while True:
            await self._came.wait()
            try:
                async with running("loudspeaker", playback.__file__, str(VOICE_RATE), stdin=PIPE) as player:
                    self._latency = await _opened(player)
                    self._warn(None)
                    await self._feed(player)
            except _Unheard as trouble:
                _log.warning("%s", trouble)
                self._warn(str(trouble))
                self._waiting.clear()
                self._seconds = 0.0
                self._came.clear()
                self._broken_until = self._clock() + RETRY
                await asyncio.sleep(RETRY)
                self._warn(None)

    async def _feed(self, player: Process) -> None:
        """Pass on what comes, until nothing has come for a while."""
        assert player.stdin
        while True:
            try:
                async with asyncio.timeout(REST):
                    await self._came.wait()
            except TimeoutError:
                return
            while self._waiting:
                pcm = self._waiting.popleft()
                self._seconds -= _seconds(pcm)
                self._said_until = max(self._said_until, self._clock()) + _seconds(pcm)
                player.stdin.write(pcm)
                try:
                    async with asyncio.timeout(TAKING):
                        await player.stdin.drain()
                except (TimeoutError, ConnectionError):
                    raise _Unheard(STUCK) from None
            self._came.clear()


class Discreet:
    """A source that does not hear the box's own voice: what it would hear meanwhile is missed, and said so.

    Args:
        source: a microphone.
        speaking: whether the room hears the box.
    """

    def __init__(self, source: Source, speaking: Callable[[], bool]) -> None:
        self._source = source
        self._speaking = speaking

    @property
    def duration(self) -> float | None:
        """As the source's."""
        return self._source.duration

    @property
    def warning(self) -> str | None:
        """As the source's."""
        return self._source.warning

    async def pieces(self) -> AsyncGenerator[Block | Missed | Trouble, None]:
        """What the source hears while the box is silent."""
        missed = 0.0
        async with aclosing(self._source.pieces()) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Trouble) and self._speaking():
                    missed += piece.seconds
                    continue
                if missed and isinstance(piece, Block):
                    yield Missed(missed, OWN_VOICE)
                    missed = 0.0
                yield piece
        if missed:
            yield Missed(missed, OWN_VOICE)


class _Unheard(Exception):
    """Nothing can be played: one sentence for people."""


def _seconds(pcm: bytes) -> float:
    return len(pcm) / SAMPLE_BYTES / VOICE_RATE


async def _opened(player: Process) -> float:
    """Seconds later than it is played that sound is heard, once the device is open."""
    assert player.stdout
    try:
        async with asyncio.timeout(OPENING):
            told = json.loads(await player.stdout.readuntil())
    except (TimeoutError, asyncio.IncompleteReadError):
        raise _Unheard(STUCK) from None
    if "trouble" in told:
        raise _Unheard(told["trouble"])
    return float(told["latency"])
