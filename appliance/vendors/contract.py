"""What a vendor plug-in is: a manifest, a check of an account, and streams that turn sound into words.

A plug-in is found through an entry point of the group ``captionbox.vendors`` that names a class derived from
`Vendor`. It never decides what happens after a failure: it says which of the four kinds it was.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from appliance.sound import FRAME_SECONDS, Frame
from appliance.spool import Job
from appliance.vendors.events import (
    WORDS_LATER,
    Ending,
    Event,
    Later,
    Notice,
    Progress,
    TimedWord,
    Waiting,
    Words,
)
from appliance.vendors.failures import Busy, ConfigurationFault, Lost, Planned, Unreachable, VendorFailure
from appliance.vendors.management import AnyAction
from appliance.vendors.models import NetworkAccount, VendorModel

__all__ = [
    "NO_LOUDSPEAKER",
    "NO_SHELF",
    "WORDS_LATER",
    "AnyVendor",
    "Busy",
    "ConfigurationFault",
    "Delivery",
    "Ending",
    "Event",
    "Later",
    "Lost",
    "Loudspeaker",
    "Manifest",
    "NetworkAccount",
    "NoLoudspeaker",
    "NoShelf",
    "Notice",
    "Order",
    "Planned",
    "Progress",
    "Route",
    "Shelf",
    "Stream",
    "TimedWord",
    "Unreachable",
    "Vendor",
    "VendorFailure",
    "VendorModel",
    "Waiting",
    "Words",
]


class Delivery(StrEnum):
    """How a vendor gives words back."""

    LIVE = "live"
    """Interim and final words while people speak."""
    UTTERANCE = "utterance"
    """Finals only, one an utterance."""
    RECORDING = "recording"
    """A transcript after the meeting."""
    BROADCAST = "broadcast"
    """Words are read elsewhere; none come back."""

    @property
    def captions(self) -> bool:
        """Whether words come back while people speak."""
        return self in (Delivery.LIVE, Delivery.UTTERANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a vendor can do, as far as the box must know.

    Attributes:
        title: the vendor's name as people write it.
        delivery: how words come back, unless a room orders otherwise.
        languages: BCP-47 tags that can be spoken; empty where only the vendor knows.
        translates: whether it also gives translations.
        frame_seconds: how much sound one message to the vendor should carry.
        longest_stream: seconds after which the vendor ends a stream; None for no known limit.
        fed_in_silence: whether the vendor gives up on a stream that carries no sound for a while.
        hold_back: how many of the youngest words of an interim are not yet to be trusted.
        in_real_time: whether sound must be sent no faster than it was spoken.
        catches_up: how many times as fast as it was spoken sound may come that had to wait, at most.
        bills_by_time: whether an open stream costs money while nobody speaks.
    """

    title: str
    delivery: Delivery
    languages: tuple[str, ...] = ()
    translates: bool = False
    frame_seconds: float = FRAME_SECONDS
    longest_stream: float | None = None
    fed_in_silence: bool = False
    hold_back: int = 2
    in_real_time: bool = True
    catches_up: float = 4.0
    bills_by_time: bool = True

    def knows(self, language: str) -> bool:
        """Whether a language is listed, with or without its country, or nothing is."""
        spoken = language.partition("-")[0]
        return not self.languages or spoken in {listed.partition("-")[0] for listed in self.languages}


class Stream(ABC):
    """One conversation with a vendor.

    Iterating gives an `Event` after the other until the stream has said everything; it raises a
    `VendorFailure` when it broke. Sending and iterating run at the same time in different tasks.
    """

    @abstractmethod
    async def send(self, frame: Frame) -> None:
        """Hand over one frame; waits while the vendor takes no more.

        Raises:
            VendorFailure: the stream is broken.
        """

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[Event]:
        """What the vendor says, until it has said everything."""

    async def pause(self) -> bool:
        """Stop the vendor's work, and its bill, until the next frame; False where the vendor cannot.

        A stream that was paused is resumed by `send`, and may be paused for hours.

        Raises:
            VendorFailure: the stream is broken.
        """
        return False

    async def change(self, order: "Order[Any]") -> bool:
        """Go on by another order, such as to other languages; False where that takes a new stream.

        Raises:
            VendorFailure: the stream is broken.
        """
        del order
        return False

    @abstractmethod
    async def finish(self) -> None:
        """Say that no more sound comes; the iteration then drains the last words and ends."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything at once; safe to call at any time and more than once."""


class Shelf(ABC):
    """Where a stream keeps sound whose words come later."""

    @property
    @abstractmethod
    def keeps(self) -> bool:
        """Whether anything can be kept here."""

    @abstractmethod
    async def begin(self, order: "Order[Any]") -> Job:
        """A job in which to keep sound of this meeting; to be released by whoever began it.

        Raises:
            ConfigurationFault: nothing is kept here.
            Lost: there is no room for it now.
        """


class NoShelf(Shelf):
    """Nothing is kept."""

    @property
    def keeps(self) -> bool:
        """Nothing is."""
        return False

    async def begin(self, order: "Order[Any]") -> Job:
        """Say so."""
        del order
        raise ConfigurationFault(
            "In this mode words come after the meeting, into the box's transcripts, and none are kept here:"
            " set [transcripts] keep, or choose another mode for the room."
        )


NO_SHELF: Final = NoShelf()


class Loudspeaker(Protocol):
    """Where a stream may say something aloud, such as a translation."""

    @property
    def sounds(self) -> bool:
        """Whether anything can be heard of it."""

    def play(self, pcm: bytes) -> None:
        """Say this as soon as may be, without waiting: what comes too late is dropped.

        Args:
            pcm: mono s16le at `appliance.sound.VOICE_RATE`.
        """


class NoLoudspeaker:
    """Nothing is heard."""

    sounds = False

    def play(self, pcm: bytes) -> None:
        """Nobody hears it."""


NO_LOUDSPEAKER: Final = NoLoudspeaker()


AccountT = TypeVar("AccountT", bound=VendorModel)
OptionsT = TypeVar("OptionsT", bound=VendorModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[OptionsT]):
    """What a room wants of a stream.

    Attributes:
        from_language: BCP-47 tag of what is spoken.
        to_languages: BCP-47 tags to translate to.
        options: the vendor's own options of the room.
        shelf: where a stream may keep sound whose words come later.
        loudspeaker: where a stream may say something aloud.
    """

    from_language: str
    to_languages: tuple[str, ...]
    options: OptionsT
    shelf: Shelf = field(default=NO_SHELF, compare=False, repr=False)
    loudspeaker: Loudspeaker = field(default=NO_LOUDSPEAKER, compare=False, repr=False)


class Vendor(ABC, Generic[AccountT, OptionsT]):
    """A vendor plug-in; one object of it serves the whole box."""

    manifest: ClassVar[Manifest]
    actions: ClassVar[Sequence[AnyAction]] = ()
    """What can be managed at the vendor; the command line, the page and the API are made from it."""
    account_model: type[AccountT]
    options_model: type[OptionsT]

    def longest_stream(self, order: Order[OptionsT]) -> float | None:
        """Seconds after which a stream of this order ends; None for no known limit."""
        del order
        return self.manifest.longest_stream

    def delivery(self, order: Order[OptionsT]) -> Delivery:
        """How the words of this order come back."""
        del order
        return self.manifest.delivery

    def reading_link(self, account: AccountT, order: Order[OptionsT]) -> str | None:
        """Where people read the words of this order, if that is elsewhere and known."""
        del account, order
        return None

    @abstractmethod
    async def check(self, account: AccountT) -> str:
        """Find out whether an account works, free of charge where the vendor allows; one plain sentence.

        Raises:
            VendorFailure: it does not, in the vendor's own words.
        """

    @abstractmethod
    async def open(self, account: AccountT, order: Order[OptionsT]) -> Stream:
        """Open a stream that is ready for sound.

        Raises:
            VendorFailure: it cannot be opened.
        """

    def deliver(
        self, account: AccountT, order: Order[OptionsT], job: Job
    ) -> AsyncGenerator[Words | Progress, None]:
        """Bring the words of what a stream of this order has left on the shelf.

        It may be broken off at any moment, also by a power cut, and is then begun anew: it goes on from what
        it has noted by `Job.keep`. Words were written down once it is asked for more, and the same words
        bear the same segment each time: a number counted from 0.

        Raises:
            VendorFailure: not now, or not without a person.
            OSError: the spool cannot be read or written.
        """
        del account, order, job
        raise ConfigurationFault(f"{self.manifest.title} takes no recordings any more; delete this one.")


AnyVendor = Vendor[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way of one room through one account to a vendor, checked and ready to be opened.

    Attributes:
        account: the key of the account in the settings.
        vendor: the plug-in.
        credentials: the account as the plug-in's own model.
        order: what the room wants.
    """

    account: str
    vendor: AnyVendor
    credentials: Any
    order: Order[Any]

    @property
    def manifest(self) -> Manifest:
        """What the vendor can do."""
        return self.vendor.manifest

    @property
    def longest_stream(self) -> float | None:
        """Seconds after which the vendor ends a stream; None for no known limit."""
        return self.vendor.longest_stream(self.order)

    @property
    def delivery(self) -> Delivery:
        """How words come back."""
        return self.vendor.delivery(self.order)

    @property
    def reading_link(self) -> str | None:
        """Where people read the words, if that is elsewhere and known."""
        return self.vendor.reading_link(self.credentials, self.order)

    async def open(self) -> Stream:
        """Open a stream.

        Raises:
            VendorFailure: it cannot be opened.
        """
        return await self.vendor.open(self.credentials, self.order)

    async def check(self) -> str:
        """Ask the vendor whether the account works; one plain sentence.

        Raises:
            VendorFailure: it does not.
        """
        return await self.vendor.check(self.credentials)
