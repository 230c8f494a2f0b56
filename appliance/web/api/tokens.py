"""The API tokens over the API."""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from pydantic import Field

from appliance.settings.models import Model
from appliance.web.access import Access
from appliance.web.bodies import body_as, json_answer, no_content
from appliance.web.problems import Problem
from appliance.web.routes import NOTHING, Exchange, RouteTable
from appliance.web.views import NewTokenView, TokenView

_NUMBER: Final = r"{number:[1-9]\d{0,17}}"
_ASK_ON_THE_PAGE: Final = "Make tokens on the page “Access”, which asks for the password again; or send one."


class TokenBody(Model):
    """A token to be made; its name says what for."""

    name: str = Field(min_length=1, max_length=60)


class TokensApi:
    """Lists, makes and deletes administrator tokens.

    Args:
        access: keeps them.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        new = Exchange(takes=TokenBody, gives=NewTokenView, status=HTTPStatus.CREATED)
        table.get("/api/v1/tokens", self.list, exchange=Exchange(gives=list[TokenView]))
        table.post("/api/v1/tokens", self.make, exchange=new)
        table.delete(f"/api/v1/tokens/{_NUMBER}", self.delete, exchange=NOTHING)

    async def list(self, _: web.Request) -> web.Response:
        """The names of the API tokens; they themselves are kept nowhere."""
        views: list[TokenView] = [
            {"id": token.id, "name": token.name, "made_at": token.made_at.isoformat()}
            for token in await self._access.tokens.list()
        ]
        return json_answer(views)

    async def make(self, request: web.Request) -> web.Response:
        """Make an API token for an administrator; it is told this once.

        A browser that somebody left open may not: a token would outlast its session.
        """
        if hdrs.AUTHORIZATION not in request.headers:
            raise Problem(HTTPStatus.FORBIDDEN, _ASK_ON_THE_PAGE)
        name = (await body_as(request, TokenBody)).name
        view: NewTokenView = {"name": name, "token": await self._access.tokens.make(name)}
        return json_answer(view, HTTPStatus.CREATED)

    async def delete(self, request: web.Request) -> web.Response:
        """Let nobody in with an API token any more."""
        number = int(request.match_info["number"])
        if not await self._access.delete_token(number):
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no token {number}.")
        return no_content()
