"""The room's sound on its way into the ring: opened, closed for a mute, judged, put into the meeting's time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from appliance.audio import Listener, Quality
from appliance.board import Board
from appliance.captioning.ring import Ring
from appliance.captioning.watch import SpeechWatch
from appliance.sound import Frame, Loss, Trouble
from appliance.state import Microphone

MUTED: Final = "The microphone was muted."


class Ear:
    """Hears until the source ends or it is closed.

    Args:
        listen: opens the source of sound.
        ring: where the sound goes.
        board: is told how well it hears.
        watch: is told who speaks.
        live: whether sound is lost rather than waited with when the ring is full.
    """

    def __init__(
        self, listen: Callable[[], Listener], ring: Ring, board: Board, watch: SpeechWatch, *, live: bool
    ) -> None:
        self._listen = listen
        self._ring = ring
        self._board = board
        self._watch = watch
        self._live = live
        self._listener: Listener | None = None
        self._closed = False
        self._interrupted = False
        self._unmuted = asyncio.Event()
        self._unmuted.set()
        self._quality = Quality()
        self._lost = 0.0

    @property
    def muted(self) -> bool:
        """Whether nothing is heard because somebody wants so."""
        return not self._unmuted.is_set()

    async def run(self) -> None:
        """Hear; the ring is at its end afterwards.

        Raises:
            SoundError: there is nothing to listen to.
        """
        began = time.monotonic()
        offset = 0.0
        try:
            while True:
                heard_until = await self._listen_from(offset)
                if not self._interrupted:
                    break
                self._interrupted = False
                await self._unmuted.wait()
                offset = max(heard_until, time.monotonic() - began)
                await self._ring.put(Loss(heard_until, offset, MUTED))
                if self._closed:
                    break
        finally:
            self._forget_complaints()
            await self._ring.end()

    async def mute(self) -> None:
        """Close the source until `unmute`: nothing is recorded."""
        self._interrupted = True
        self._unmuted.clear()
        await self._close_listener()
        self._forget_complaints()

    def unmute(self) -> None:
        """Hear again."""
        self._unmuted.set()

    async def close(self) -> None:
        """Close the source for good."""
        self._closed = True
        self._unmuted.set()
        await self._close_listener()

    def _forget_complaints(self) -> None:
        self._quality = Quality()
        self._board.measure(Microphone(lost=self._lost))
        for topic in ("microphone", "sound"):
            self._board.warn(topic, None)

    async def _close_listener(self) -> None:
        if self._listener:
            await self._listener.close()

    async def _listen_from(self, offset: float) -> float:
        """Hear until the source is closed or at its end; when that was."""
        until = offset
        if self.muted or self._closed:
            return until
        self._listener = self._listen()
        try:
            async for heard in self._listener:
                if isinstance(heard, Trouble):
                    self._board.warn("microphone", heard.reason)
                    continue
                item = self._placed(heard, offset, self._listener.warning)
                until = item.end
                await self._ring.put(item, wait=not self._live)
        finally:
            await self._listener.close()
        return until

    def _placed(self, heard: Frame | Loss, offset: float, warning: str | None) -> Frame | Loss:
        """What was heard, in the time of the captioning; noted on the way."""
        if isinstance(heard, Loss):
            self._lost += heard.end - heard.start
            return replace(heard, start=heard.start + offset, end=heard.end + offset)
        self._board.warn("microphone", warning)
        self._board.measure(Microphone(level=heard.level, lost=self._lost))
        if self._live:
            self._watch.heard(heard)
        self._board.warn("sound", self._quality.complaint(heard))
        return replace(heard, start=heard.start + offset)
