"""What can be managed at a vendor besides captions: its rooms, customers, units, sessions, usage.

A plug-in lists its `Action` values in `Vendor.actions`. The command line, the page and the API are all made
from them, so that an action is written once. Example::

    class UnitName(VendorModel):
        id: str = Field(title="Unit ID", min_length=1, max_length=200)

    async def retrieve(account: AttendiAccount, args: UnitName) -> Outcome: ...

    Action(group="units", name="retrieve", summary="Show a unit.", kind=Kind.READS, args=UnitName, run=retrieve)

Options of a command and fields of a form can be made of `args` where it is flat, and its fields are texts,
numbers, booleans, choices (``Literal``), or lists of texts, each with a title and bounds. ``None`` as default
means that nothing is sent for a field. A ``SecretStr`` is asked for, and never an option's value. A field that
means the same as one of the vendor's answers has its name: so the page fills in how something is now.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from pydantic import Field, PrivateAttr, SecretStr

from appliance.vendors.models import VendorModel


class Kind(StrEnum):
    """What an action does to what the vendor keeps."""

    READS = "reads"
    CHANGES = "changes"
    DESTROYS = "destroys"
    """Cannot be taken back: whoever does it is asked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRoom:
    """A room of the box as it is set.

    Attributes:
        title: what people see of it.
        from_language: BCP-47 tag of what is spoken.
        to_languages: BCP-47 tags to translate to.
        options: the vendor's own, as its model.
    """

    title: str
    from_language: str
    to_languages: tuple[str, ...]
    options: Any


class OfBoxRoom(VendorModel):
    """For an action about a room of the box; whoever runs it says first how the room is set."""

    box_room: str = Field(
        title="Room of this box",
        description="By its key in the settings, such as boardroom.",
        min_length=1,
        max_length=100,
    )
    _found: BoxRoom | None = PrivateAttr(default=None)

    @property
    def found(self) -> BoxRoom:
        """The room."""
        assert self._found
        return self._found

    def finding(self, room: BoxRoom) -> Self:
        """The same, with the room."""
        with_it = self.model_copy()
        with_it._found = room  # noqa: SLF001 - its own
        return with_it


class NoArgs(VendorModel):
    """For an action that needs to be told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an action. It may hold what only an administrator may see, so it is never logged.

    Attributes:
        done: one plain sentence of what was done, or found.
        rows: what to show, a mapping of the vendor's own field names each; values are JSON. Columns of a table
            are the keys of the first, in their order.
        secrets: keys of the account, by their names in its model, that are others from now on. They are
            stored before anything else, for the vendor will not tell them again.
        room: what changes of the settings of the room of the box that it was about (see `OfBoxRoom`).
        trouble: what went wrong after the vendor had done it, and what to do now; empty where nothing did.
    """

    done: str
    rows: Sequence[Mapping[str, Any]] = ()
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    room: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""


AccountT = TypeVar("AccountT", bound=VendorModel)
ArgsT = TypeVar("ArgsT", bound=VendorModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[AccountT, ArgsT]):
    """Something that an administrator can do at a vendor.

    Attributes:
        group: what it is about, such as ``rooms``; lower case, words joined by hyphens.
        name: what it does, such as ``list`` or ``roll-key``; unique within its group. What ``list`` gives is
            what the page of a group shows first.
        summary: what it does, one line of help.
        kind: what it does to what the vendor keeps.
        args: what it must be told.
        run: does it. Raises one of the four kinds of `VendorFailure`.
        names: arguments that say which thing is meant, by what a row of the list calls them too: the page
            offers the action beside each row. None for what makes something new.
        renews: keys of the account that it may make anew: it is not done where they could not be stored.
        keeps_in_step: whether the box does it by itself for each of its rooms, after changes and now and then;
            then it does nothing for a room that the vendor knows nothing of.
    """

    group: str
    name: str
    summary: str
    kind: Kind
    args: type[ArgsT]
    run: Callable[[AccountT, ArgsT], Awaitable[Outcome]]
    names: tuple[str, ...] = ()
    renews: tuple[str, ...] = ()
    keeps_in_step: bool = False


AnyAction = Action[Any, Any]
