"""What a form consists of, as ``pages/forms.html`` shows it; its words are English until the page has them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.web.forms.kinds import Kind
from appliance.web.problems import Correction


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a field.

    Attributes:
        value: as it is sent; empty for none.
        label: as people read it.
        is_ours: whether the label is English of ours, to be translated, and no name that somebody gave.
    """

    value: str
    label: str
    is_ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that is asked.

    Attributes:
        key: dotted; its name in the HTML and in corrections.
        kind: how it is asked.
        label: what is asked; English.
        help: a sentence or two more; English, may be empty.
        values: as they stand there, or were typed; empty for none and never a secret.
        choices: all there are for a select; for a text those that may be typed besides numbers.
        required: whether a browser should insist on it.
        is_optional: whether it is often left empty, which people should know.
        attributes: more of the HTML, such as ``maxlength``.
        low: the least number; empty where there is none.
        high: the largest number; empty where there is none.
        is_set: whether there is a secret, which is kept unless another one is typed.
        is_removable: whether it is such a secret and may be taken away.
        error: what is wrong with it, one sentence; empty if nothing is.
    """

    key: str
    kind: Kind
    label: str
    help: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    required: bool = False
    is_optional: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    low: str = ""
    high: str = ""
    is_set: bool = False
    is_removable: bool = False
    error: str = ""

    @property
    def id(self) -> str:
        """What the HTML calls it."""
        return _id(self.key)

    @property
    def is_helped(self) -> bool:
        """Whether there is more to say than what is asked."""
        return bool(self.help or self.low or self.high or self.is_set or self.kind == Kind.LINES)

    @property
    def hints(self) -> tuple[str, ...]:
        """The ids of what a screen reader says of it, besides what is asked."""
        said = {f"{self.id}-help": self.is_helped, f"{self.id}-error": self.error}
        return tuple(id_ for id_, is_there in said.items() if is_there)

    @property
    def value(self) -> str:
        """The only value, or the first; empty for none."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together, in their order; the form itself is one without a label.

    Attributes:
        key: dotted; empty for a form without a prefix.
        kind: a group, or the entries.
        label: its title; English, but the name of an entry is the administrator's.
        help: a sentence or two more; English, may be empty.
        members: its fields and the groups within it.
        entry: its name among the entries it is one of; empty if it is none.
    """

    key: str = ""
    kind: Kind = Kind.GROUP
    label: str = ""
    help: str = ""
    members: "tuple[Field | Group, ...]" = ()
    entry: str = ""

    @property
    def id(self) -> str:
        """What the HTML calls it."""
        return _id(self.key)

    @property
    def is_open(self) -> bool:
        """Whether it is seen without asking for it, because something within is wrong or new."""
        return any(part.error for part in self.parts if isinstance(part, Field))

    @property
    def parts(self) -> "Iterator[Field | Group]":
        """All fields and groups within, at whatever depth."""
        for member in self.members:
            yield member
            if isinstance(member, Group):
                yield from member.parts


@dataclass(frozen=True, slots=True)
class Complaint:
    """A correction as the top of a form lists it.

    Attributes:
        sentence: what is wrong and what would be right.
        label: of the field; empty where it belongs to none.
        id: of the field; empty where it belongs to none.
    """

    sentence: str
    label: str = ""
    id: str = ""


def corrections_within(errors: Sequence[Correction], key: str) -> list[Correction]:
    """Corrections with their keys as seen from `key`, such as that of a room; others keep theirs."""
    return [
        Correction(f"{error.key}.".removeprefix(f"{key}.").removesuffix("."), error.sentence)
        for error in errors
    ]


def complaints(errors: Sequence[Correction], *forms: Group) -> list[Complaint]:
    """All corrections as the top of a page with these forms lists them."""
    parts = {part.key: part for form in forms for part in form.parts}
    return [_complaint(error, parts.get(error.key)) for error in errors]


def plain_sentence(text: str) -> str:
    """A correction as it stands by itself."""
    return _ended(text[:1].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _complaint(error: Correction, part: Field | Group | None) -> Complaint:
    if part is None:
        return Complaint(_ended(str(error)) if error.key else plain_sentence(error.sentence))
    return Complaint(_ended(error.sentence), part.label, part.id)


def _id(key: str) -> str:
    """Without what an address or a list of ids could not hold."""
    return re.sub(r"[^A-Za-z0-9._:-]", lambda found: f"_{ord(found[0]):x}_", key) or "form"
