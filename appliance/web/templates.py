"""Pages made from templates, in the language of whoever reads them."""

import asyncio
from typing import Any, Final

from aiohttp import hdrs, web
from jinja2 import Environment, PackageLoader, StrictUndefined

from appliance import __version__
from appliance.i18n import LANGUAGES, SOURCE, best_language, translation
from appliance.web.words import page_words

LANGUAGE_COOKIE: Final = "captionbox-language"

_YEAR: Final = 365 * 24 * 3600
_LONGEST_HEADER: Final = 500

_TEMPLATES: Final = Environment(
    loader=PackageLoader("appliance.web", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def page(request: web.Request, name: str, **values: Any) -> web.Response:
    """The template `name` as an answer.

    A template gets `values` and, besides them, ``_`` to translate, ``lang`` and ``languages`` for the choice of
    a language, ``version``, and ``words`` for the scripts.
    """
    language = page_language(request)
    text = await asyncio.to_thread(_render, name, language, values)
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    response = web.Response(text=text, content_type="text/html", headers=headers)
    if request.query.get("lang") == language:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="Strict")
    return response


def page_language(request: web.Request) -> str:
    """The language of a page: the one asked for by ``?lang=``, chosen before, or spoken by the browser."""
    chosen = (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    for tag in chosen:
        if tag in LANGUAGES:
            return tag
    header = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    return best_language(_accepted(header[:_LONGEST_HEADER])) or SOURCE


def _render(name: str, language: str, values: dict[str, Any]) -> str:
    translate = translation(language)
    return _TEMPLATES.get_template(f"{name}.html").render(
        _=translate,
        lang=language,
        languages=LANGUAGES,
        version=__version__,
        words=page_words(translate),
        **values,
    )


def _accepted(header: str) -> list[str]:
    """The tags of an ``Accept-Language`` header, the dearest first."""
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0]) if tag]
