"""What a stream needs of the protocol that it speaks, whichever of Palabra's it is."""

from abc import ABC, abstractmethod

from appliance.vendors.contract import Notice, Words


class Dialect(ABC):
    """A protocol without I/O and without a clock.

    Attributes:
        ignored: messages that were unknown so far.
        complaint: the last error that did not end the stream, for when it is closed after all.
    """

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
