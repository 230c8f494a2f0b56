"""Sends a browser on to another page."""

from http import HTTPStatus

from aiohttp import hdrs, web


def see(path: str) -> web.Response:
    """What was asked for is done; look at `path`."""
    headers = {hdrs.LOCATION: path, hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=HTTPStatus.SEE_OTHER, headers=headers)
