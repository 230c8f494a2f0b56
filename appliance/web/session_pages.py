"""Pages that know who looks at them: for one browser alone, with forms that no other site can send."""

from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from appliance.web import sessions
from appliance.web.forwarding import see
from appliance.web.templates import page


async def session_page(
    request: web.Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> web.Response:
    """The template `name` as an answer that nobody on the way keeps.

    Besides `values` and what `templates.page` gives, it gets ``csrf``, for a hidden field of this name in every
    form, and ``said``, what was just done.
    """
    response = await page(
        request, name, csrf=await sessions.csrf_token(request), said=await sessions.said(request), **values
    )
    response.set_status(status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


async def done(request: web.Request, path: str, sentence: str) -> web.Response:
    """Show the page `path`, and on it one sentence (marked with ``N_``) of what was done."""
    await sessions.say(request, sentence)
    return see(path)
