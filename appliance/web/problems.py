"""Errors as RFC 9457 problem documents for programs, and as a small page for people."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Final, Self

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from appliance.database import DatabaseFailure
from appliance.i18n import N_
from appliance.web.templates import page

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Correction:
    """Something in a body that must be corrected.

    Attributes:
        key: where it is, dotted, such as ``rooms.boardroom.from_language``; empty for all of it.
        sentence: what is wrong and what would be right.
    """

    key: str
    sentence: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.key, self.sentence)))


class Problem(Exception):
    """A request that cannot be served.

    Attributes:
        status: the HTTP status.
        detail: one plain sentence: what is wrong and what would be right.
        errors: all that must be corrected, where it is the body that is wrong.
        wait: seconds after which the same may be tried again; None where that would not help.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Sequence[Correction] = (),
        *,
        wait: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.wait = wait

    @classmethod
    def of(cls, errors: Sequence[Correction]) -> Self:
        """A body that must be corrected, at least in one place."""
        more = f" … and {len(errors) - 1} more" if len(errors) > 1 else ""
        detail = f"Nothing was changed: {str(errors[0]).rstrip('.')}{more}."
        return cls(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


class ProblemDocument(TypedDict, total=False):
    """Every error: a problem document as in RFC 9457; ``detail`` is one plain sentence."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Correction]


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document, or into a page where a person looks at it."""
    try:
        return await handler(request)
    except Problem as problem:
        response = await _answer(request, problem.status, problem.detail, problem.errors)
        if problem.wait is not None:
            response.headers["Retry-After"] = str(problem.wait)
        return response
    except DatabaseFailure as failure:
        _log.error("%s %s failed: %s", request.method, _place(request), failure)
        return await _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, f"{failure}.")
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        status = HTTPStatus(error.status)
        response = await _answer(request, status, _SENTENCES.get(status, f"{status.phrase}."))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception:  # noqa: BLE001 - whatever it is, the log has it and the reader gets a sentence
        _log.exception("%s %s failed", request.method, _place(request))
        return await _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, _MISTAKE)


_MISTAKE: Final = N_("The box made a mistake; its log says which.")
_SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: N_("There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: N_("This address cannot be used in this way."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: N_("This is larger than the box takes."),
}
_TITLES: Final = {
    HTTPStatus.UNAUTHORIZED: N_("Not let in"),
    HTTPStatus.FORBIDDEN: N_("Not allowed"),
    HTTPStatus.NOT_FOUND: N_("Nothing here"),
    HTTPStatus.CONFLICT: N_("Too late"),
    HTTPStatus.TOO_MANY_REQUESTS: N_("Please wait"),
}


def _place(request: web.Request) -> str:
    """The address as it is registered: what really stands there may be a join code."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "an unknown address"


async def _answer(
    request: web.Request, status: HTTPStatus, detail: str, errors: Sequence[Correction] = ()
) -> web.Response:
    if "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/"):
        response = await page(
            request, "problem", title=_TITLES.get(status, N_("That did not work")), detail=detail, status=status
        )
        response.set_status(status)
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response
    return problem_answer(status, detail, errors)


def problem_answer(status: HTTPStatus, detail: str, errors: Sequence[Correction] = ()) -> web.Response:
    """A problem document as an answer."""
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return web.Response(
        status=status,
        text=json.dumps(_document(status, detail, errors), ensure_ascii=False),
        content_type="application/problem+json",
        headers=headers,
    )


def _document(status: HTTPStatus, detail: str, errors: Sequence[Correction]) -> dict[str, Any]:
    document = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return {**document, "errors": [asdict(error) for error in errors]} if errors else document
