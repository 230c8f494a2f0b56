"""How the administrator comes in: the password, API tokens, and browsers that are logged in."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from appliance.i18n import N_
from appliance.web.access import Access
from appliance.web.admin.formats import Formats
from appliance.web.admin.frame import Frame
from appliance.web.passwords import TOO_SHORT, WeakPassword
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable
from appliance.web.sessions import COOKIE
from appliance.web.tokens import Token

PATH: Final = "/admin/access"

_TOKEN: Final = rf"{PATH}/tokens/{{number:[1-9]\d{{0,17}}}}/delete"
_LONGEST_NAME: Final = 60
_LONGEST_FIELD: Final = 1000
_WRONG: Final = N_("This is not the password.")
_NAMELESS: Final = N_("Give it a name, such as that of the program that will use it.")
_CHANGED: Final = N_("The password is changed. All other browsers are logged out.")
_ALONE: Final = N_("All other browsers are logged out.")
_DELETED: Final = N_("The token is deleted: it lets nobody in any more.")


class AccessPage:
    """Changes how the administrator comes in.

    Args:
        frame: around every page.
        access: knows the password, the tokens and the sessions.
    """

    def __init__(self, frame: Frame, access: Access) -> None:
        self._frame = frame
        self._access = access

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get(PATH, self.page)
        table.post(f"{PATH}/password", self.change_password)
        table.post(f"{PATH}/tokens", self.make_token)
        table.get(_TOKEN, self.question)
        table.post(_TOKEN, self.delete_token)
        table.post(f"{PATH}/sessions", self.log_out_others)

    async def page(self, request: web.Request) -> web.Response:
        """All ways in."""
        return await self._show(request)

    async def change_password(self, request: web.Request) -> web.Response:
        """Have another password, if the old one is known."""
        if not await self._knows_password(request, "current"):
            return await self._show(request, current=_WRONG)
        try:
            await self._access.change_password(await _field(request, "new"), keep=request.cookies.get(COOKIE))
        except WeakPassword as weak:
            return await self._show(request, new=str(weak))
        return await self._frame.done(request, PATH, _CHANGED)

    async def make_token(self, request: web.Request) -> web.Response:
        """Make an API token for who knows the password, and show it this once."""
        name = (await _field(request, "name")).strip()[:_LONGEST_NAME]
        if not name:
            return await self._show(request, name=_NAMELESS)
        if not await self._knows_password(request, "password"):
            return await self._show(request, password=_WRONG, typed_name=name)
        token = await self._access.tokens.make(name)
        return await self._frame.page(request, "token", wanted=name, token=token)

    async def question(self, request: web.Request) -> web.Response:
        """Ask whether a token is really to be deleted."""
        return await self._frame.page(request, "token-delete", token=await self._token(request))

    async def delete_token(self, request: web.Request) -> web.Response:
        """Let nobody in with a token any more."""
        await self._access.delete_token((await self._token(request)).id)
        return await self._frame.done(request, PATH, _DELETED)

    async def log_out_others(self, request: web.Request) -> web.Response:
        """End all sessions but this one."""
        await self._access.sessions.end_all(but=request.cookies.get(COOKIE))
        self._access.on_revoked()
        return await self._frame.done(request, PATH, _ALONE)

    async def _show(self, request: web.Request, *, typed_name: str = "", **errors: str) -> web.Response:
        """The page, with 422 where a field must be corrected."""
        values: dict[str, Any] = {
            "tokens": await self._access.tokens.list(),
            "errors": errors,
            "typed_name": typed_name,
            "rule": TOO_SHORT,
            "written": Formats.of(request),
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
        return await self._frame.page(request, "access", status=status, **values)

    async def _knows_password(self, request: web.Request, field: str) -> bool:
        self._access.attempts.begin(request)
        if not await self._access.passwords.is_(await _field(request, field)):
            await self._access.attempts.wrong(request, "password")
            return False
        self._access.attempts.right(request)
        return True

    async def _token(self, request: web.Request) -> Token:
        number = int(request.match_info["number"])
        for token in await self._access.tokens.list():
            if token.id == number:
                return token
        raise Problem(HTTPStatus.NOT_FOUND, "This token is already deleted.")


async def _field(request: web.Request, name: str) -> str:
    """What was typed into a field; nothing where it is missing or no text."""
    value = (await request.post()).get(name)
    return value[:_LONGEST_FIELD] if isinstance(value, str) else ""
