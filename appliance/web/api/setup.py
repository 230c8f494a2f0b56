"""How the box is set up, for its own big screen alone."""

from collections.abc import Callable, Sequence

from aiohttp import web

from appliance.web.access import Access, Who
from appliance.web.bodies import json_answer
from appliance.web.qr import qr_code
from appliance.web.routes import Exchange, RouteTable
from appliance.web.views import SetupView


class SetupApi:
    """Tells where the pages are and, until the box is claimed, the set-up code.

    Args:
        access: knows the code.
        addresses: where the pages are found, the easiest to type first.
        fingerprint: of a certificate that the box made itself, in lines; empty where there is none.
    """

    def __init__(
        self,
        access: Access,
        addresses: Callable[[], Sequence[str]],
        fingerprint: Callable[[], Sequence[str]],
    ) -> None:
        self._access = access
        self._addresses = addresses
        self._fingerprint = fingerprint

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/api/v1/setup", self.setup, Who.SCREEN, Exchange(gives=SetupView))
        table.get("/setup.svg", self.way, Who.SCREEN)

    async def setup(self, _: web.Request) -> web.Response:
        """Where the box is set up, and by which code."""
        return json_answer(self.view())

    async def way(self, _: web.Request) -> web.Response:
        """The page on which the box is set up, as a QR code; by its number, which every phone finds."""
        return qr_code(f"{self._addresses()[-1]}/setup")

    def view(self) -> SetupView:
        """The body of ``GET /setup``; the display of the box shows the same."""
        return {
            "addresses": list(self._addresses()),
            "code": None if self._access.is_claimed else str(self._access.setup_code),
            "fingerprint": list(self._fingerprint()),
        }
