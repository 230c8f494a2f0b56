"""The OpenAPI document, made from the route table."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from aiohttp import hdrs, web

from appliance.web.access import SCREEN_COOKIE, VIEWER_COOKIE, Who
from appliance.web.problems import ProblemDocument
from appliance.web.routes import Exchange, Route, RouteTable
from appliance.web.sessions import COOKIE as SESSION_COOKIE

_Json = dict[str, Any]
_SchemaOf = Callable[[str, Any], _Json]
"""The JSON Schema of a type; which way it goes comes first."""

_IN: Final = "validation"
_OUT: Final = "serialization"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_ALTERNATIVES: Final = re.compile(r"\w+(\|\w+)+")
_PROBLEM: Final = "application/problem+json"
_DESCRIPTION: Final = (
    "A captioning box. All errors are problem documents (RFC 9457). Answers about settings carry an `ETag`; who"
    " sends it back as `If-Match` changes nothing that somebody else has changed in the meantime."
)
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token of an administrator."},
    "code": {"type": "apiKey", "in": "query", "name": "code", "description": "The join code."},
    "joined": {"type": "apiKey", "in": "cookie", "name": VIEWER_COOKIE, "description": "The join code."},
    "screen": {"type": "apiKey", "in": "cookie", "name": SCREEN_COOKIE, "description": "The box's own screen."},
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "After logging in."},
}
_WHO: Final[dict[Who, list[_Json]]] = {
    Who.ANYONE: [],
    Who.VIEWER: [{name: []} for name in ("token", "session", "screen", "code", "joined")],
    Who.SCREEN: [{name: []} for name in ("token", "session", "screen")],
    Who.ADMIN: [{name: []} for name in ("token", "session")],
}
_ETAG: Final = {"ETag": {"description": "Changes with what it is about.", "schema": {"type": "string"}}}
_IF_MATCH: Final = {
    "name": hdrs.IF_MATCH,
    "in": "header",
    "description": "The `ETag` that was read; 412 if it is no longer that.",
    "schema": {"type": "string"},
}


class OpenApi:
    """Serves the document."""

    def __init__(self) -> None:
        self._table = RouteTable()
        self._document = ""

    def routes(self, table: RouteTable) -> None:
        """Add the route of this part, which tells of all routes of the table, itself included."""
        self._table = table
        table.get("/api/v1/openapi.json", self.openapi, Who.ANYONE, Exchange(gives=_Json))

    async def openapi(self, _: web.Request) -> web.Response:
        """This document."""
        if not self._document:
            self._document = await asyncio.to_thread(_text, tuple(self._table))
        return web.Response(text=self._document, content_type="application/json")


def _text(routes: Sequence[Route]) -> str:
    # Docstrings mark up in another way than OpenAPI does.
    return json.dumps(document(routes), ensure_ascii=False).replace("``", "`")


def document(routes: Sequence[Route]) -> _Json:
    """The document on all routes that say what goes in and out."""
    told = [(route, route.exchange) for route in routes if route.exchange]
    schema_of, definitions = _schemas([exchange for _, exchange in told])
    paths: _Json = {}
    for route, exchange in told:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, exchange, schema_of)
    problem = {"schema": schema_of(_OUT, ProblemDocument)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "captionbox", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": _SECURITY,
            "responses": {"Problem": {"description": "It went wrong.", "content": {_PROBLEM: problem}}},
        },
    }


def _schemas(exchanges: Sequence[Exchange]) -> tuple[_SchemaOf, _Json]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - not before somebody asks for the document

    wanted = {(_OUT, str(ProblemDocument)): ProblemDocument}
    for exchange in exchanges:
        wanted |= {(_IN, str(exchange.takes)): exchange.takes, (_OUT, str(exchange.gives)): exchange.gives}
    inputs: list[Any] = [(key, key[0], TypeAdapter(kind)) for key, kind in wanted.items()]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    schemas: dict[Any, _Json] = {key: schema for (key, _), schema in found.items()}
    return (lambda way, kind: schemas[way, str(kind)]), rest.get("$defs", {})


def _operation(route: Route, exchange: Exchange, schema_of: _SchemaOf) -> _Json:
    operation: _Json = {
        "summary": (route.handle.__doc__ or "").partition("\n")[0].rstrip("."),
        "operationId": re.sub(r"\W+", "_", route.method.lower() + _plain(route.path)).strip("_"),
        "security": _WHO[route.who],
        "parameters": list(_parameters(route, exchange)),
        "responses": _responses(exchange, partial(schema_of, _OUT)),
    }
    if exchange.takes:
        content = {"application/json": {"schema": schema_of(_IN, exchange.takes)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _plain(path: str) -> str:
    return _PARAMETER.sub(r"\1", path.removeprefix("/api/v1"))


def _parameters(route: Route, exchange: Exchange) -> Iterator[_Json]:
    for name, pattern in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": _pattern_schema(pattern)}
    for name, description in exchange.query.items():
        yield {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}
    if exchange.versioned and route.method != hdrs.METH_GET:
        yield _IF_MATCH


def _pattern_schema(pattern: str) -> _Json:
    if _ALTERNATIVES.fullmatch(pattern):
        return {"type": "string", "enum": pattern.split("|")}
    return {"type": "string", "pattern": f"^(?:{pattern})$"} if pattern else {"type": "string", "minLength": 1}


def _responses(exchange: Exchange, schema_of: Callable[[Any], _Json]) -> _Json:
    answer: _Json = {"description": exchange.status.phrase}
    if exchange.kinds:
        schema = schema_of(exchange.gives) if exchange.gives else {}
        answer["content"] = {
            kind: {"schema": schema if kind == "application/json" else {}} for kind in exchange.kinds
        }
    if exchange.versioned and exchange.kinds:
        answer["headers"] = _ETAG
    made = {"201": {**answer, "description": "Created"}} if exchange.made else {}
    problem = {"$ref": "#/components/responses/Problem"}
    return {str(exchange.status.value): answer, **made, "default": problem}
