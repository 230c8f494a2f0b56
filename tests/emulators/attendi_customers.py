"""Attendi's customers, units and keys. F: seen in the vendor's reference. I: inferred."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

MODELS = ("DistrictCare", "ResidentialCare", "MentalHealthCare")  # F
MERGE_PATCH = "application/merge-patch+json"  # F

Rolled = Callable[[], str]


class Customers:
    """What the secret key manages.

    Args:
        check: raises where the key of a request is not the secret key.
        roll: makes the emulator's customer key anew and gives it.
    """

    def __init__(self, check: Callable[[web.Request], None], roll: Rolled) -> None:
        self._check = check
        self._roll = roll
        self.customers: dict[str, dict[str, Any]] = {}
        self.units: dict[str, dict[str, dict[str, Any]]] = {}
        self.rolls: list[tuple[str, Any]] = []
        self.answers_roll = True
        self.answers_after: asyncio.Event | None = None
        self.rolling = asyncio.Event()

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/v1/customers", self._list)
        router.add_get("/v1/customers/{customer}", self._retrieve)
        router.add_put("/v1/customers/{customer}", self._upsert)
        router.add_patch("/v1/customers/{customer}", self._update)
        router.add_post("/v1/api_keys/{id}/roll", self._roll_key)
        router.add_get("/v1/customers/{customer}/units", self._list_units)
        router.add_get("/v1/customers/{customer}/units/{unit}", self._retrieve_unit)
        router.add_put("/v1/customers/{customer}/units/{unit}", self._upsert_unit)
        router.add_patch("/v1/customers/{customer}/units/{unit}", self._update_unit)

    def add(self, customer: str) -> None:
        self.customers[customer] = {"id": customer, "name": customer, "defaultModel": MODELS[0]}
        self.units[customer] = {}

    async def _list(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(list(self.customers.values()))  # I: the answers are not documented

    async def _retrieve(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(self._customer(request))

    async def _upsert(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await _body(request, "application/json")  # F
        _require(set(body) == {"name", "defaultModel"}, "send the complete object")  # F
        _check_customer(body)
        name = request.match_info["customer"]
        status = 200 if name in self.customers else 201  # F
        self.customers[name] = {"id": name, **body}
        self.units.setdefault(name, {})
        return web.json_response(self.customers[name], status=status)

    async def _update(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await _body(request, MERGE_PATCH)
        _require(set(body) <= {"name", "defaultModel"}, "there is an unknown field")  # I
        _check_customer(body)
        self._customer(request).update(body)
        return web.json_response(self._customer(request))  # F: 200

    async def _roll_key(self, request: web.Request) -> web.Response:
        self._check(request)
        name = request.match_info["id"]
        if name not in self.customers:  # I: what the id is of; here the customer's
            raise _error(web.HTTPNotFound, "There is no such key")
        body = (
            await _body(request, "application/json") if await request.read() else None
        )  # F: samples send none
        self.rolls.append((name, body))
        key = self._roll()
        self.rolling.set()
        if self.answers_after:
            await self.answers_after.wait()
        if not self.answers_roll and request.transport:
            request.transport.abort()
        return web.json_response({"id": name, "key": key})  # I

    async def _list_units(self, request: web.Request) -> web.Response:
        self._check(request)
        self._customer(request)
        return web.json_response(list(self.units[request.match_info["customer"]].values()))

    async def _retrieve_unit(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.json_response(self._unit(request))

    async def _upsert_unit(self, request: web.Request) -> web.Response:
        self._check(request)
        self._customer(request)
        body = await _body(request, "application/json")  # F
        _require(set(body) == {"name", "users"}, "send the complete object")  # F
        _check_unit(body)
        units, name = self.units[request.match_info["customer"]], request.match_info["unit"]
        status = 200 if name in units else 201  # F
        units[name] = {"id": name, **body}
        return web.json_response(units[name], status=status)

    async def _update_unit(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await _body(request, MERGE_PATCH)
        _require(set(body) <= {"name", "users"}, "there is an unknown field")  # I
        _check_unit(body)
        self._unit(request).update(body)
        return web.json_response(self._unit(request))  # F: 200

    def _customer(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.customers[request.match_info["customer"]]
        except KeyError:
            raise _error(web.HTTPNotFound, "There is no such customer") from None  # I

    def _unit(self, request: web.Request) -> dict[str, Any]:
        self._customer(request)
        try:
            return self.units[request.match_info["customer"]][request.match_info["unit"]]
        except KeyError:
            raise _error(web.HTTPNotFound, "There is no such unit") from None  # I


class Keys:
    """The customer key, and those before it as long as they stay good."""

    def __init__(self, first: str) -> None:
        self.now = first
        self._older: dict[str, float] = {}
        self.grace = 60.0

    def roll(self) -> str:
        self._older[self.now] = time.monotonic() + self.grace  # F that the old one expires later, I when
        self.now = f"ck_{secrets.token_hex(12)}"  # F: the prefix
        return self.now

    def opens(self, key: str) -> bool:
        return key == self.now or self._older.get(key, 0.0) > time.monotonic()


async def _body(request: web.Request, content_type: str) -> dict[str, Any]:
    if request.content_type != content_type:  # F: which one; I: 415
        raise _error(web.HTTPUnsupportedMediaType, f"the content type must be {content_type}")
    body = await request.json()
    _require(isinstance(body, dict) and bool(body), "the body must be an object with something in it")
    return body  # type: ignore[no-any-return]  # checked in the line above


def _check_customer(body: dict[str, Any]) -> None:
    _require(isinstance(body.get("name", ""), str), "name must be a text")
    _require(body.get("defaultModel", MODELS[0]) in MODELS, "defaultModel is unknown")  # F: three models


def _check_unit(body: dict[str, Any]) -> None:
    _require(isinstance(body.get("name", ""), str), "name must be a text")
    _require(type(body.get("users", 0)) is int and body.get("users", 0) >= 0, "users must be a number")  # F


def _require(condition: bool, sentence: str) -> None:  # noqa: FBT001 - reads like an assert
    if not condition:
        raise _error(web.HTTPUnprocessableEntity, sentence)  # I


def _error(kind: type[web.HTTPClientError], sentence: str) -> web.HTTPClientError:
    return kind(text=json.dumps({"message": sentence}))
