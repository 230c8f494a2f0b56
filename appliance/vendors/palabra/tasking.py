"""The stream of a task: it is set, and may be paused, resumed and changed while it lives."""

import asyncio
from typing import Any, Final

from appliance.sound import Frame
from appliance.vendors.contract import ConfigurationFault, Lost, Order
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.languages import codes_of
from appliance.vendors.palabra.limits import Turns
from appliance.vendors.palabra.protocol import Connection
from appliance.vendors.palabra.s2s import SpeechToSpeech, TaskStatus, command
from appliance.vendors.palabra.stream import PalabraStream, Release

READY: Final = 30.0
"""Seconds that a task may take to run, as in the vendor's own client."""

OBEYING: Final = 8.0
"""As `READY`, to pause or to change: sound waits meanwhile, and 10 s without any end the task."""

ASKING: Final = 2.1
"""Seconds between commands that set a task or ask for it; the vendor takes one in two seconds."""


class TaskStream(PalabraStream):
    """A stream of speech to speech.

    Args:
        connection: open.
        dialect: its protocol.
        order: what the room wants.
        secrets: what must not be seen in the vendor's words.
        release: gives back what belongs to the stream.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: SpeechToSpeech,
        order: Order[PalabraOptions],
        secrets: tuple[str, ...],
        release: Release,
    ) -> None:
        super().__init__(connection, dialect, secrets, release)
        self._task = dialect
        self._options = order.options
        self._wanted = dialect.task(order.options)
        self._sets = Turns(ASKING)
        self._paused = False

    async def start(self) -> None:
        """Set the task and wait until it runs.

        Raises:
            VendorFailure: it is refused, or does not run in time.
        """
        async with self.turn:
            await self._run()

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; a paused task is resumed first, and meanwhile the next ones wait."""
        async with self.turn:
            if self._paused:
                await self._run()
            await self.take(frame)

    async def pause(self) -> bool:
        """Stop the task and its bill; False where the vendor does not do so in time."""
        async with self.turn:
            if self._paused or self.finishing:
                return self._paused
            await self.flush()
            await self.stops.wait()
            self._task.expect(TaskStatus.PAUSED)
            self._paused = True
            await self.transmit(command("pause_task"))
            if not await self._settled(OBEYING) and self._task.refusal:
                self._paused = False
            return self._task.settled

    async def change(self, order: Order[PalabraOptions]) -> bool:
        """Set the task anew; a paused one is changed when it is resumed.

        Raises:
            VendorFailure: the vendor refuses the languages or options, or the stream is broken.
        """
        async with self.turn:
            if self.finishing or not _same_kind(order.options, self._options):
                return False
            before, known = self._wanted, self._task.codes
            self._task.codes = codes_of(order, before=known)
            self._wanted = self._task.task(order.options)
            if not self._paused and self._wanted != before:
                await self.flush()
                if not await self._set(OBEYING):
                    self._wanted, self._task.codes = before, known
                    if isinstance(self._task.refusal, ConfigurationFault):
                        raise self._task.refusal
                    return False
            self._options = order.options
            return True

    async def _run(self) -> None:
        if not await self._set(READY):
            raise self._task.refusal or Lost(f"Palabra did not get ready within {READY:g} s.")
        self._paused = False

    async def _set(self, within: float) -> bool:
        """Have the task run as wanted; whether it does."""
        await self._sets.wait()
        self._task.expect(TaskStatus.RUNNING)
        await self.transmit(command("set_task", self._wanted))
        return await self._settled(within)

    async def _settled(self, within: float) -> bool:
        """Wait until the task is as expected, and ask where the vendor does not say so itself."""
        now = asyncio.get_running_loop().time
        until, asking = now() + within, now() + ASKING
        while not self._task.settled and not self._task.refusal and now() < until:
            try:
                async with asyncio.timeout_at(min(until, asking)):
                    await self.news()
            except TimeoutError:
                if now() < until:
                    await self._sets.wait()
                    await self.transmit(command("get_task"))
                    asking = self._sets.next
        return self._task.settled


def _same_kind(wanted: PalabraOptions, had: PalabraOptions) -> bool:
    """Whether one stream, with its session, can serve both."""
    own: tuple[Any, ...] = (wanted.mode, wanted.speak, wanted.subscriber_count, wanted.intent)
    return own == (had.mode, had.speak, had.subscriber_count, had.intent)
