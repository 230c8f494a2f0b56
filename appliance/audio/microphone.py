"""A microphone as a source of sound: looks after the process that captures, and replaces it when it fails."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from appliance.audio import capture
from appliance.audio.gain import set_gain
from appliance.audio.process import running
from appliance.audio.source import Block, Missed, Samples, SoundError
from appliance.sound import Trouble

OPENING_SECONDS: Final = 5.0
"""How long a device may take until its first sound."""

SILENT_SECONDS: Final = 1.0
"""Without a block for so long, a device is taken for stuck."""

RETRY_SECONDS: Final = 1.0
"""The pause after a device could not be opened."""

NO_SOUND: Final = "The microphone delivers no sound: it is being started again."
OVERFLOW: Final = "The box was too busy to hear the microphone."
NOT_HEARD: Final = "The microphone could not be heard."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Microphone:
    """A device that can hear.

    Attributes:
        name: what to write after ``microphone:`` in the settings; stays the same from plug to plug.
        description: what people know it by.
        rate: its own samples a second.
        channels: how many it has.
        default: whether it is the one used where none is named.
    """

    name: str
    description: str
    rate: int
    channels: int
    default: bool


class _Unheard(Exception):
    """Nothing comes from the device: one sentence for people."""


class _Silent(_Unheard):
    """Its process says nothing, or has ended."""


async def microphones() -> list[Microphone]:
    """The devices that can hear, as they are now.

    Raises:
        SoundError: the sound system cannot be asked.
    """
    try:
        async with _process("list") as output:
            return [Microphone(**found) for found in (await _message(output))["microphones"]]
    except _Silent:
        raise SoundError("The sound system does not answer: restart the box.") from None
    except _Unheard as trouble:
        raise SoundError(str(trouble)) from None


class LiveMicrophone:
    """The sound of a microphone for as long as somebody listens, across every failure of the device.

    Args:
        name: its stable name; empty for the default one.
        gain: what to set its gain to each time it is opened, in percent; None leaves it as it is.

    Attributes:
        warning: why the gain could not be set.
    """

    duration = None
    warning: str | None = None

    def __init__(self, name: str, *, gain: int | None = None) -> None:
        self._name = name
        self._gain = gain
        self._last_heard = 0.0
        self._told: set[str] = set()

    async def pieces(self) -> AsyncGenerator[Block | Missed | Trouble, None]:
        """Blocks; between them what was missed, and each trouble once until there is sound again."""
        self._last_heard = _now()
        while True:
            heard = False
            try:
                async with _process("capture", self._name) as output:
                    opened = await _message(output)
                    shape = capture.Shape(**opened["shape"])
                    _log.info("The microphone is open: %d Hz, %d channels", shape.rate, shape.channels)
                    await self._set_gain(opened["mixer"])
                    while True:
                        lost, block = await _block(output, shape, SILENT_SECONDS if heard else OPENING_SECONDS)
                        for piece in self._account(lost, block):
                            yield piece
                        heard = True
            except _Unheard as trouble:
                if str(trouble) not in self._told:
                    self._told.add(str(trouble))
                    _log.warning("%s", trouble)
                    yield Trouble(str(trouble))
            if not heard:
                await asyncio.sleep(RETRY_SECONDS)

    async def _set_gain(self, mixer: str) -> None:
        """A card forgets its gain when it is pulled out, and is heard without it too."""
        if self._gain is None:
            return
        try:
            await set_gain(mixer, self._gain)
        except SoundError as refusal:
            if self.warning is None:
                _log.warning("%s", refusal)
            self.warning = str(refusal)
        else:
            self.warning = None

    def _account(self, lost: int, block: Block) -> Iterator[Block | Missed]:
        silent, self._last_heard = _now() - self._last_heard, _now()
        if self._told:
            self._told.clear()
            _log.info("The microphone is heard again after %.1f s", silent)
            yield Missed(max(0.0, silent - block.seconds), NOT_HEARD)
        elif lost:
            yield Missed(lost / block.rate, OVERFLOW)
        yield block


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _message(output: asyncio.StreamReader) -> dict[str, Any]:
    """The line of JSON with which the process begins."""
    async with _patience(OPENING_SECONDS):
        line = await output.readuntil()
    message: dict[str, Any] = json.loads(line)
    if "trouble" in message:
        raise _Unheard(message["trouble"])
    return message


async def _block(output: asyncio.StreamReader, shape: capture.Shape, within: float) -> tuple[int, Block]:
    async with _patience(within):
        lost, size = capture.HEADER.unpack(await output.readexactly(capture.HEADER.size))
        sound = await output.readexactly(size)
    samples: Samples = np.frombuffer(sound, f"<i{shape.bits // 8}").reshape(-1, shape.channels)
    return lost, Block(shape.rate, samples)


@asynccontextmanager
async def _patience(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, asyncio.IncompleteReadError):
        raise _Silent(NO_SOUND) from None


@asynccontextmanager
async def _process(task: str, name: str = "") -> AsyncIterator[asyncio.StreamReader]:
    """What a fresh process of `capture` says."""
    async with running("microphone", capture.__file__, str(os.getpid()), task, name) as process:
        yield cast("asyncio.StreamReader", process.stdout)
