"""The JSON that comes in and goes out. What comes in is a stranger's until it has passed here."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from appliance.settings import problems_of
from appliance.web.problems import Correction, Problem

DEEPEST: Final = 16
"""Levels of a body; no settings have more than half of them."""

ModelT = TypeVar("ModelT", bound=BaseModel)


async def json_body(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object of plain text, numbers and lists.

    Raises:
        Problem: it is none.
    """
    if request.content_type != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON with “Content-Type: application/json”.")
    try:
        body = json.loads(await request.read(), parse_constant=_refuse)
        json.dumps(body, ensure_ascii=False).encode()  # not so with half a character
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    if _is_deeper(body, DEEPEST):
        raise Problem(HTTPStatus.BAD_REQUEST, f"The body has more than {DEEPEST} levels.")
    return body


async def body_as(request: web.Request, model: type[ModelT]) -> ModelT:
    """The body as a model.

    Raises:
        Problem: it is none; with all that must be corrected.
    """
    body = await json_body(request)
    try:
        return model.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        problems = problems_of(error, "", "", model)
    raise Problem.of([Correction(problem.key, problem.sentence) for problem in problems])


def json_answer(
    data: Any, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer that nobody on the way keeps."""
    text = json.dumps(data, ensure_ascii=False)
    return web.Response(
        status=status,
        text=text,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def no_content() -> web.Response:
    """It is done, and there is nothing to tell."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)
