"""What can be chosen in the settings: vendors, microphones, languages."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Final

from aiohttp import web

from appliance.audio import SoundError, microphones
from appliance.vendors.contract import AnyVendor
from appliance.web.bodies import json_answer
from appliance.web.languages import languages
from appliance.web.problems import Problem
from appliance.web.routes import Exchange, RouteTable
from appliance.web.views import LanguageView, MicrophoneView, VendorView, vendor_views

_LONGEST_TAG: Final = 40


class ChoicesApi:
    """Lists for forms.

    Args:
        vendors: all vendors that can be used.
    """

    def __init__(self, vendors: Mapping[str, AnyVendor]) -> None:
        self._vendors = vendors

    def routes(self, table: RouteTable) -> None:
        """Add the routes of this part."""
        table.get("/api/v1/vendors", self.vendors, exchange=Exchange(gives=list[VendorView]))
        table.get("/api/v1/microphones", self.microphones, exchange=Exchange(gives=list[MicrophoneView]))
        names = {"in": "language of the names, a BCP-47 tag; English where it is left out"}
        table.get("/api/v1/languages", self.languages, exchange=Exchange(gives=list[LanguageView], query=names))

    async def vendors(self, _: web.Request) -> web.Response:
        """The vendors, with the JSON Schemas of what can be set of them."""
        return json_answer(await asyncio.to_thread(vendor_views, self._vendors))

    async def microphones(self, _: web.Request) -> web.Response:
        """The microphones that are plugged in now."""
        try:
            found = await microphones()
        except SoundError as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None
        return json_answer([asdict(microphone) for microphone in found])

    async def languages(self, request: web.Request) -> web.Response:
        """The languages, by their names in one of them."""
        try:
            found = await asyncio.to_thread(languages, request.query.get("in", "en")[:_LONGEST_TAG])
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{error}.") from None
        return json_answer(found)
