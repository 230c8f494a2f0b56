"""Forms for what can be done at a vendor, and for what can be done with one row of a list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from multidict import MultiDict, MultiMapping
from pydantic import BaseModel, ValidationError

from appliance.settings import problems_of
from appliance.settings.schemas import Place
from appliance.vendors.management import AnyAction, Kind
from appliance.web.admin.entries import Wrong
from appliance.web.forms.body import form_body
from appliance.web.forms.kinds import Kind as Asked
from appliance.web.forms.kinds import kind_of
from appliance.web.forms.looks import label_of, texts_of
from appliance.web.problems import Correction

LIST: Final = "list"

WAS: Final = "was:"
"""What the name of a hidden field begins with that holds what stood in a field before."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that can be done with a row.

    Attributes:
        action: what.
        hidden: fields that it is sent with, and their values.
        is_asked: whether there is more to be said before it is done.
    """

    action: AnyAction
    hidden: tuple[tuple[str, str], ...]
    is_asked: bool


def deeds(actions: Sequence[AnyAction], row: Row, around: Row) -> list[Deed]:
    """What can be done with a row.

    Args:
        actions: of the group.
        row: as the vendor gave it.
        around: what the list was asked for, such as whose units.
    """
    return [
        _deed(action, row, around) for action in actions if is_of_rows(action) and row.keys() >= {*action.names}
    ]


def is_of_rows(action: AnyAction) -> bool:
    """Whether something is done with a row of the list."""
    return bool(action.names)


def _deed(action: AnyAction, row: Row, around: Row) -> Deed:
    places = _places(action.args)
    known = {**around, **(row if action.kind is Kind.CHANGES else {name: row[name] for name in action.names})}
    given = {key: texts_of(place, known.get(key)) for key, place in places.items() if _is_plain(known.get(key))}
    return Deed(
        action=action,
        hidden=tuple((key, text) for key, texts in given.items() for text in texts),
        is_asked=action.kind is Kind.CHANGES or (action.kind is Kind.DESTROYS and given.keys() < places.keys()),
    )


def _is_plain(value: Any) -> bool:
    """Whether a value is text as it stands in a form."""
    if isinstance(value, list):
        return all(isinstance(entry, str) for entry in value)
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _places(model: type[BaseModel]) -> dict[str, Place]:
    whole = Place.of(model, [])
    return {key: whole.within(key) for key in whole.keys}


def now(action: AnyAction, form: MultiDict[str]) -> dict[str, Any]:
    """How the thing of a row is, as the values of a form."""
    return form_body(action.args.model_json_schema(), form, {})


def named(action: AnyAction, args: BaseModel) -> list[tuple[str, str]]:
    """What was said, secrets apart: labels and values."""
    given = args.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return [
        (label_of(place), ", ".join(texts_of(place, given[key])))
        for key, place in _places(action.args).items()
        if key in given and not place.is_secret
    ]


def befores(action: AnyAction, form: MultiMapping[str]) -> list[tuple[str, str]]:
    """Hidden fields that hold what stands in the fields of a form before anybody types."""
    return [(f"{WAS}{key}", text) for key in _places(action.args) for text in form.getall(key, [])]


def args_of(action: AnyAction, form: MultiDict[str]) -> BaseModel:
    """What was typed. What is as it was before is left out, and what was cleared is empty.

    Raises:
        Wrong: something must be corrected.
    """
    body = form_body(action.args.model_json_schema(), form, {})
    for key, place in _places(action.args).items():
        before = _texts(form, WAS + key)
        if before and before == _texts(form, key) and key not in action.names and not place.is_required:
            body.pop(key, None)
        elif before and not _texts(form, key) and kind_of(place) is Asked.TEXT:
            body[key] = ""
    try:
        args: BaseModel = action.args.model_validate_json(json.dumps(body))
    except ValidationError as error:
        problems = problems_of(error, "", "", action.args)
    else:
        return args
    raise Wrong(*(Correction(problem.key, problem.sentence) for problem in problems))


def _texts(form: MultiMapping[str], key: str) -> list[str]:
    return [line.strip() for text in form.getall(key, []) for line in text.splitlines() if line.strip()]
