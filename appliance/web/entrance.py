"""How the administrator comes in: the set-up code and a first password, or the password."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from appliance.web import sessions
from appliance.web.access import Access, AlreadyClaimed, Who
from appliance.web.forwarding import see
from appliance.web.passwords import SHORTEST, TOO_SHORT, WeakPassword
from appliance.web.problems import Problem
from appliance.web.routes import RouteTable
from appliance.web.session_pages import session_page

ADMIN: Final = "/admin"
FIRST_STEP: Final = "/setup/microphone"

_LONGEST_FIELD: Final = 1000


class Entrance:
    """The pages on which somebody becomes the administrator.

    Args:
        access: knows the set-up code and the password.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/login", self.login_page, Who.ANYONE)
        table.post("/login", self.login, Who.ANYONE)
        table.post("/logout", self.logout)
        table.get("/setup", self.code_page, Who.ANYONE)
        table.post("/setup", self.code, Who.ANYONE)
        table.get("/setup/password", self.password_page, Who.ANYONE)
        table.post("/setup/password", self.password, Who.ANYONE)

    async def login_page(self, request: web.Request) -> web.Response:
        """Ask for the password."""
        if not self._access.is_claimed:
            return see("/setup")
        if await sessions.role(request) is sessions.Role.ADMIN:
            return see(_onwards(request))
        return await self._entry(request, "login")

    async def login(self, request: web.Request) -> web.Response:
        """Let the administrator in."""
        password = await _field(request, "password")
        self._access.attempts.begin(request)
        if not await self._access.passwords.is_(password):
            await self._access.attempts.wrong(request, "password")
            return await self._entry(request, "login", error="wrong")
        self._access.attempts.right(request)
        await sessions.begin(request, sessions.Role.ADMIN)
        return see(_onwards(request))

    async def logout(self, request: web.Request) -> web.Response:
        """End the session of this browser."""
        await sessions.end(request)
        return see("/login")

    async def code_page(self, request: web.Request) -> web.Response:
        """Ask for the set-up code, which only the box itself shows."""
        if self._access.is_claimed:
            return see("/login")
        return await self._entry(request, "setup-code")

    async def code(self, request: web.Request) -> web.Response:
        """Let whoever read the set-up code choose the password."""
        if self._access.is_claimed:
            return see("/login")
        code = await _field(request, "code")
        self._access.attempts.begin(request)
        if not self._access.setup_code.is_(code):
            await self._access.attempts.wrong(request, "set-up code")
            return await self._entry(request, "setup-code", error="wrong")
        self._access.attempts.right(request)
        await sessions.begin(request, sessions.Role.CLAIMING)
        return see("/setup/password")

    async def password_page(self, request: web.Request) -> web.Response:
        """Ask for the password that will be the administrator's."""
        if await sessions.role(request) is not sessions.Role.CLAIMING:
            return see("/setup")
        return await self._entry(request, "setup-password")

    async def password(self, request: web.Request) -> web.Response:
        """Give the box to whoever knew the code."""
        if await sessions.role(request) is not sessions.Role.CLAIMING:
            return see("/setup")
        password = await _field(request, "password")
        try:
            await self._access.claim(password)
        except WeakPassword as weak:
            return await self._entry(request, "setup-password", error=str(weak))
        except AlreadyClaimed as late:
            await sessions.end(request)
            raise Problem(HTTPStatus.CONFLICT, str(late)) from None
        await sessions.begin(request, sessions.Role.ADMIN)
        return see(FIRST_STEP)

    async def _entry(self, request: web.Request, name: str, *, error: str = "") -> web.Response:
        """A page that asks for one thing; with 422 where it was given wrongly."""
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        return await session_page(
            request,
            name,
            status=status,
            error=error,
            to=_onwards(request),
            shortest=SHORTEST,
            rule=TOO_SHORT,
        )


async def _field(request: web.Request, name: str) -> str:
    """What was typed into a field; nothing where it is missing or no text."""
    value = (await request.post()).get(name)
    return value[:_LONGEST_FIELD] if isinstance(value, str) else ""


def _onwards(request: web.Request) -> str:
    """Where the administrator wanted to go; only a page of the administration itself."""
    to = request.query.get("to", "")
    return to if to == ADMIN or to.startswith((f"{ADMIN}/", "/setup/")) else ADMIN
