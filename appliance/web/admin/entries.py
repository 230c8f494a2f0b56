"""What the pages of accounts and of rooms share: a form for an entry of the settings, sent and saved."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from appliance.settings import Settings, SettingsError
from appliance.web.form_parts import corrections_within
from appliance.web.problems import Correction, Problem
from appliance.web.settings_changes import Change, Save

VERSION: Final = "version"
"""The hidden field that says of which values a form was made."""

_STALE: Final = (
    "Somebody else has changed this meanwhile. Here is what you typed: save again, and it replaces theirs."
)


class Wrong(Exception):
    """What was typed cannot be saved.

    Attributes:
        errors: all that must be corrected; keys as the fields have them.
    """

    def __init__(self, *errors: Correction) -> None:
        super().__init__(errors)
        self.errors = errors


async def typed(request: web.Request) -> MultiDict[str]:
    """The form that was sent."""
    return MultiDict((key, text) for key, text in (await request.post()).items() if isinstance(text, str))


def version(values: Mapping[str, Any]) -> str:
    """Another one whenever a value changed; none of them is secret."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]


def refuse_stale(form: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """See that a form was made of these values.

    Raises:
        Wrong: somebody else has changed them since.
    """
    now = version(values)
    if form.get(VERSION, now) != now:
        raise Wrong(Correction("", _STALE))


async def saved(save: Save, change: Change, entry: str = "") -> Settings:
    """The settings after a change.

    Args:
        save: as `SettingsStore.save`.
        change: what to change.
        entry: dotted key of what the form is about, such as ``rooms.hall``.

    Raises:
        Wrong: something must be corrected.
        Problem: the files cannot be written.
    """
    try:
        return await save(change)
    except SettingsError as error:
        if isinstance(error.__cause__, OSError):
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}.") from None
        errors = [
            Correction(problem.key, problem.sentence if problem.key else str(problem))
            for problem in error.problems
        ]
    raise Wrong(*corrections_within(errors, entry))


async def done(save: Save, change: Change) -> None:
    """Change something that no form is about.

    Raises:
        Problem: it cannot be done.
    """
    try:
        await saved(save, change)
    except Wrong as wrong:
        raise Problem.of(wrong.errors) from None
