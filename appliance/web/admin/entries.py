"""What all forms for settings share: sent, refused where somebody else was quicker, and saved."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from appliance.settings import Account, Settings, SettingsError
from appliance.web.forms.parts import corrections_within
from appliance.web.problems import Correction, Problem
from appliance.web.settings_changes import Change, Save
from appliance.web.settings_view import Vendors

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
        errors = corrections(error)
    raise Wrong(*corrections_within(errors, entry))


def corrections(error: SettingsError) -> tuple[Correction, ...]:
    """All that must be corrected; what belongs to no key is told with the name of its file."""
    return tuple(
        Correction(problem.key, problem.sentence if problem.key else str(problem)) for problem in error.problems
    )


async def done(save: Save, change: Change) -> None:
    """Change something that no form is about.

    Raises:
        Problem: it cannot be done.
    """
    try:
        await saved(save, change)
    except Wrong as wrong:
        raise Problem.of(wrong.errors) from None


def vendor_title(account: Account, vendors: Vendors) -> str:
    """The vendor of an account as people know it; its name in the settings where its plug-in is missing."""
    vendor = vendors.get(account.vendor)
    return vendor.manifest.title if vendor else account.vendor
