"""What a stream needs of the protocol that it speaks, whichever of Palabra's it is."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Final, Protocol

from appliance.vendors.contract import Notice, Words

CHUNK_SECONDS: Final = 0.32


class Connection(Protocol):
    """What carries the messages of a dialect: text, and sound where the dialect sends it as bytes."""

    async def send(self, message: bytes | str) -> None:
        """Send one message; waits while the vendor takes no more.

        Raises:
            Lost: the connection is closed.
        """

    def __aiter__(self) -> AsyncIterator[bytes | str]:
        """Messages until the connection is closed.

        Raises:
            Lost: we closed it, for the vendor broke the rules.
        """

    async def close(self) -> None:
        """Close, within a bounded time."""

    @property
    def code(self) -> int:
        """How it was closed, as WebSockets have it (RFC 6455, 7.4)."""

    @property
    def reason(self) -> str:
        """What the vendor said when it closed the connection."""


class Dialect(ABC):
    """A protocol without I/O and without a clock.

    Attributes:
        chunk_seconds: how much sound a message carries.
        ignored: messages that were unknown so far.
        complaint: the last error that did not end the stream, for when it is closed after all.
    """

    chunk_seconds: float = CHUNK_SECONDS
    ignored: int = 0
    complaint: str = ""

    @abstractmethod
    def received(self, message: bytes | str) -> list[Words | Notice]:
        """What a message of the vendor says.

        Raises:
            VendorFailure: the message is broken, or says that the stream is.
        """

    @abstractmethod
    def sound(self, chunk: bytes) -> bytes | str:
        """The message that carries a chunk of sound."""

    @abstractmethod
    def goodbye(self) -> str:
        """The message that says that no more sound comes."""

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether the vendor has said that nothing more comes."""

    @property
    @abstractmethod
    def lull(self) -> float:
        """Seconds of silence of the vendor, after the goodbye, that mean that nothing more comes."""
