"""Forms for what can be done at a vendor, and for what can be done with one row of a list."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from multidict import MultiDict, MultiMapping
from pydantic import BaseModel, ValidationError

from appliance.settings import problems_of
from appliance.settings.schemas import Place
from appliance.vendors.management import AnyAction, Kind
from appliance.web.admin.entries import Wrong
from appliance.web.form_body import form_body
from appliance.web.form_kinds import Kind as Asked
from appliance.web.form_kinds import kind_of
from appliance.web.form_looks import texts_of
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
    return [deed for action in actions if action.name != LIST for deed in _deed(action, {**around, **row}, row)]


def is_for_rows(action: AnyAction, rows: Sequence[Row]) -> bool:
    """Whether something is done with a row, so that nobody needs to look for it elsewhere."""
    return action.kind is not Kind.READS and any(deeds([action], row, {}) for row in rows)


def _deed(action: AnyAction, known: Row, row: Row) -> Iterator[Deed]:
    places = _places(action.args)
    given = {
        key: texts_of(place, known[key]) for key, place in places.items() if _is_carried(place, known.get(key))
    }
    needed = [key for key, place in places.items() if place.is_required]
    names_row = any(key in row and (key in needed or key.endswith("id")) for key in given)
    if not names_row or not all(key in given for key in needed):
        return
    if action.kind is Kind.READS:
        given = {key: texts for key, texts in given.items() if key in needed or key.endswith("id")}
    yield Deed(
        action=action,
        hidden=tuple((key, text) for key, texts in given.items() for text in texts),
        is_asked=action.kind is Kind.CHANGES or (action.kind is Kind.DESTROYS and len(given) < len(places)),
    )


def _is_carried(place: Place, value: Any) -> bool:
    is_list = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    return is_list or (isinstance(value, str | int | float) and not isinstance(value, bool) and value != "")


def _places(model: type[BaseModel]) -> dict[str, Place]:
    whole = Place.of(model, [])
    return {key: whole.within(key) for key in whole.keys}


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
        if before and before == _texts(form, key) and not _names(place):
            body.pop(key, None)
        elif before and not _texts(form, key) and kind_of(place) is Asked.TEXT:
            body[key] = ""
    try:
        return action.args.model_validate_json(json.dumps(body))
    except ValidationError as error:
        problems = problems_of(error, "", "", action.args)
    raise Wrong(*(Correction(problem.key, problem.sentence) for problem in problems))


def _names(place: Place) -> bool:
    """Whether a field says which thing is meant, and so is always sent."""
    return place.is_required or place.name.endswith("id")


def _texts(form: MultiMapping[str], key: str) -> list[str]:
    return [line.strip() for text in form.getall(key, []) for line in text.splitlines() if line.strip()]
