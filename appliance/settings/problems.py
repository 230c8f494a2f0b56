"""What is wrong with the settings, in plain sentences that never tell a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from appliance.settings.models import Account
from appliance.settings.schemas import Place, quoted

SETTINGS: Final = "settings.toml"
SECRETS: Final = "secrets.toml"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings.

    Attributes:
        file: the name of the file it is in.
        key: where it is, dotted, such as ``rooms.boardroom.from_language``; empty for the file as a whole.
        sentence: what is wrong and what would be right.
    """

    file: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.file, self.key, self.sentence)))


class SettingsError(Exception):
    """The settings cannot be used.

    Attributes:
        problems: at least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        more = len(self.problems) - 1
        return f"{self.problems[0]}" + (f" … and {more} more" if more else "")


def problems_of(error: ValidationError, file: str, prefix: str, model: type[BaseModel]) -> list[Problem]:
    """Pydantic's findings in our words.

    Args:
        error: what the validation raised.
        file: the name of the file that was validated; what is secret counts as one of ``secrets.toml``.
        prefix: dotted key of the validated part; empty for the whole file.
        model: what it was validated against.
    """
    # A union reports each of its branches: a mistake counts once.
    return list(dict.fromkeys(_problem(details, file, prefix, model) for details in error.errors()))


def misplaced_secrets(account: Account, prefix: str, model: type[BaseModel]) -> list[Problem]:
    """The secrets of an account that stand in ``settings.toml``, where they do not belong.

    Args:
        account: as it was loaded.
        prefix: dotted key of the account.
        model: the vendor's account model.
    """
    hint = f"is a secret: it belongs in {SECRETS}, under [{prefix}]"
    return [
        Problem(SETTINGS, f"{prefix}.{key}", hint)
        for key in account.model_extra or ()
        if Place.of(model, [key]).is_secret
    ]


def _problem(details: ErrorDetails, file: str, prefix: str, model: type[BaseModel]) -> Problem:
    place = Place.of(model, details["loc"])
    key = ".".join(filter(None, (prefix, place.key, details.get("ctx", {}).get("key", ""))))
    secret = place.is_secret or isinstance(details["input"], SecretStr)
    return Problem(SECRETS if secret else file, key, _sentence(details, place))


def _sentence(details: ErrorDetails, place: Place) -> str:
    kind, given = details["type"], details["input"]
    if kind == "extra_forbidden":
        return _unknown(str(details["loc"][-1]), place, is_section=isinstance(given, dict))
    if kind == "missing":
        return f"is missing; it must be {place.right}"
    if isinstance(given, SecretStr) and not place.is_secret:
        return f"is no secret: it belongs in {SETTINGS}"
    if kind in ("value_error", "assertion_error", "wrong"):
        return _redacted(str(details["ctx"]["error"]), given if place.is_secret else None)
    if kind == "string_pattern_mismatch":
        return f"must match the pattern {details['ctx']['pattern']}"
    return f"must be {place.right}"


def _unknown(key: str, place: Place, *, is_section: bool) -> str:
    known = place.parent.keys if place.parent else ()
    unknown = f"unknown {'section' if is_section else 'key'} {quoted(key)}"
    if likely := get_close_matches(key, known, n=1):
        return f"{unknown}; did you mean {quoted(likely[0])}?"
    return f"{unknown}; known here: {', '.join(known) or 'none'}"


def _redacted(sentence: str, secret: object) -> str:
    """A validator's own sentence on one line; it may quote what it was given, but not if that is a secret."""
    value = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    if isinstance(value, str) and value:
        sentence = sentence.replace(value, "…")
    return " ".join(sentence.split())
