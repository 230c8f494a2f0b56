"""What a source of sound is: it gives sound in its own shape, and says what it could not hear."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.sound import Trouble

Samples = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]
"""Samples as a source gives them: one row a moment, one column a channel; floats are full scale at 1."""


class SoundError(Exception):
    """There is nothing to listen to: one plain sentence, what is wrong and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A stretch of sound in the source's own shape.

    Attributes:
        rate: samples a second.
        samples: one row a moment, one column a channel.
    """

    rate: int
    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Missed:
    """Sound between two blocks that the source could not get.

    Attributes:
        seconds: how much.
        reason: one plain sentence.
    """

    seconds: float
    reason: str


class Source(Protocol):
    """A microphone or a file."""

    @property
    def duration(self) -> float | None:
        """Seconds of sound there will be; None where there is no end."""

    @property
    def warning(self) -> str | None:
        """What a person should know although the source is heard: one plain sentence."""

    def pieces(self) -> AsyncGenerator[Block | Missed | Trouble, None]:
        """Everything it hears from now on, in order; closing the generator lets go of the source."""
