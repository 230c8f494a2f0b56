"""Errors as RFC 9457 problem documents for programs, and as a small page for people."""

import html
import json
import logging
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

_log = logging.getLogger(__name__)


class Problem(Exception):
    """A request that cannot be served.

    Attributes:
        status: the HTTP status.
        detail: one plain sentence: what is wrong and what would be right.
    """

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document, or into a page where a person looks at it."""
    try:
        return await handler(request)
    except Problem as problem:
        return _answer(request, problem.status, problem.detail)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        status = HTTPStatus(error.status)
        response = _answer(request, status, _SENTENCES.get(status, f"{status.phrase}."))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception:  # noqa: BLE001 - whatever it is, the log has it and the reader gets a sentence
        _log.exception("%s %s failed", request.method, request.path)
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "The box made a mistake; its log says which.")


_SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address cannot be used in this way.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is larger than the box takes.",
}


def _answer(request: web.Request, status: HTTPStatus, detail: str) -> web.Response:
    if "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/"):
        return web.Response(status=status, text=_page(status, detail), content_type="text/html")
    document: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status}
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return web.Response(
        status=status,
        text=json.dumps({**document, "detail": detail}),
        content_type="application/problem+json",
        headers=headers,
    )


def _page(status: HTTPStatus, detail: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{status.phrase}</title><link rel="stylesheet" href="/static/base.css">'
        f'<body class="message"><main><h1>{status.phrase}</h1><p>{html.escape(detail)}</p></main></body></html>'
    )
