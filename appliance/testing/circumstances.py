"""In what circumstances a plug-in is tried, and what its emulator gives for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.vendors.contract import Order


class Circumstance(StrEnum):
    """How the emulator behaves while the suite talks to it through the plug-in."""

    GOOD = "good"
    """The key is right, and nothing goes wrong."""
    SILENCE = "silence"
    """As `GOOD`; between two sentences nobody speaks for long."""
    CHANGE = "change"
    """As `GOOD`; after a sentence the other order is wanted."""
    PAUSE = "pause"
    """As `GOOD`; between two sentences the stream is paused, and gets no sound at all."""
    LATE = "late"
    """As `GOOD`, but it takes about a second until sound may come. Sound that comes earlier is a complaint."""
    WRONG_KEY = "wrong key"
    """The account has a key that the vendor does not know. Be nasty: repeat it in the refusal."""
    UNPAID = "unpaid"
    """The key is right, but has expired, or the account is unpaid."""
    NOBODY = "nobody"
    """Nobody is at the address. The suite makes this one of `GOOD`: it waits until the emulator has gone."""
    DROP = "drop"
    """The connection breaks without a goodbye while the first sentence is spoken, and so does every other."""
    MALFORMED = "malformed"
    """While the first sentence is spoken, something comes that is not even in the protocol's syntax."""
    DEEP = "deep"
    """As `MALFORMED`: a message that is nested a hundred thousand deep."""
    HUGE = "huge"
    """As `MALFORMED`: a message of several megabytes."""
    WRONG_TYPES = "wrong types"
    """As `MALFORMED`: a message of a known kind that has a number where words should be."""
    UNKNOWN = "unknown"
    """While the first sentence is spoken, messages come that the vendor may think of tomorrow."""
    FLOOD = "flood"
    """Thousands of interims come at once; of other messages where the vendor has no interims."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the suite needs to talk to an emulator.

    Attributes:
        account: the plug-in's own model, with the emulator's address.
        order: what the room wants.
        other: an order with another spoken language, or other languages to translate to; for `CHANGE` only.
        complaints: what the plug-in did that the vendor does not allow; the emulator may add to it.
    """

    account: Any
    order: Order[Any]
    other: Order[Any] | None = None
    complaints: Sequence[str] = ()
