"""What came to a server, to be compared with what a vendor documents."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


@dataclass(frozen=True)
class Sent:
    """One request; names of headers are in lower case, `body` is JSON."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def recording(sent: list[Sent]) -> Middleware:
    """Keeps every request."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        text = await request.read() if request.can_read_body else b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        sent.append(Sent(request.method, request.path, dict(request.query), headers, body))
        return await handler(request)

    return keep
