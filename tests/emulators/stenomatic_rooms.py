"""Stenomatic's clients, rooms and usage. F: in its reference. I: inferred."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlencode

from aiohttp import web

ID = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"  # F
UNSET = "0001-01-01T00:00:00.000Z"  # F
NOW = "2023-04-13T13:41:35.137Z"
TEXTS = (
    *("title", "description", "sponsorship_credit_title", "sponsorship_title"),
    *("sponsorship_description", "sponsorship_info_url"),
)
WRITABLE = {*TEXTS, "from_language", "to_languages", "passwords"}  # F
EMPTY = (
    *("main_image_url", "main_image_bucket_file_name", "sponsorship_image_bucket_file_name"),
    *("sponsorship_image_url", "closed_captions_endpoint"),
)


class Sent(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Rooms:
    """What the developer key manages.

    Args:
        key: the developer key.
        privileged: whether IDs of rooms may be chosen.

    Attributes:
        clients: by their IDs.
        rooms: by their IDs.
        passwords: of the rooms.
        usage: in nanoseconds, of everybody.
        refusal: the status and the body to answer whatever is asked.
        push_to: the address that sound is to be pushed to; the parameters of the room are added to it.
        gave: how many addresses were asked for.
        sent: all requests.
    """

    def __init__(self, key: str, *, privileged: bool = True) -> None:
        self.key = key
        self.privileged = privileged
        self.clients: dict[str, dict[str, Any]] = {}
        self.rooms: dict[str, dict[str, Any]] = {}
        self.passwords: dict[str, dict[str, str]] = {}
        self.usage = {"speech_recognition": 0, "voice_translate": 0}
        self.refusal: tuple[int, str] | None = None
        self.push_to: Callable[[int], str] = lambda _: "rtmps://rtmp.stenomatic.com/z"
        self.gave = 0
        self.sent: list[Sent] = []

    def routes(self, router: web.UrlDispatcher) -> None:
        for method, path, answer in (
            ("POST", "/v1/clients", self._create_client),
            ("GET", "/v1/clients", self._list_clients),
            ("POST", "/v1/clients/{client}/rooms", self._create_room),
            ("GET", "/v1/clients/{client}/rooms", self._list_rooms),
            ("GET", "/v1/rooms/{room}", self._retrieve_room),
            ("PATCH", "/v1/rooms/{room}", self._update_room),
            ("GET", "/v1/rooms/{room}/passwords", self._retrieve_passwords),
            ("POST", "/v1/rooms/{room}/stream_url", self._stream_url),
            ("GET", "/v1/customers/me/api_usage", self._usage),
            ("GET", "/v1/clients/{client}/api_usage", self._usage),
        ):
            router.add_route(method, path, self._admitted(answer))

    def add_client(self, name: str = "John Doe") -> str:
        identity = str(uuid.uuid4())
        self.clients[identity] = {"id": identity, "name": name, "parent_customer_id": str(uuid.uuid4())}
        return identity

    def _admitted(self, answer: Callable[[web.Request, Any], Any]) -> Any:
        async def admit(request: web.Request) -> web.Response:
            raw = await request.text()
            body = _json(raw) if raw else None
            self.sent.append(Sent(request.method, request.path_qs, request.headers, body))
            if request.headers.get("Authorization") != f"Bearer {self.key}":  # F: the header; I: the status
                _refuse(web.HTTPUnauthorized, f"invalid key {request.headers.get('Authorization')}")
            if request.content_type != "application/json":  # F, on every request
                _refuse(web.HTTPUnsupportedMediaType, "send application/json")
            if self.refusal:
                status, text = self.refusal
                return web.Response(status=status, text=text, content_type="application/json")
            if (body is not None) != (request.method in ("POST", "PATCH")):  # F
                _refuse(web.HTTPBadRequest, "a body is missing, or one too many")
            return web.json_response(answer(request, body))

        return admit

    def _create_client(self, _: web.Request, body: Any) -> Any:
        _require(isinstance(body, dict) and set(body) == {"name"} and body["name"], "name is required")  # F
        return self.clients[self.add_client(body["name"])]

    def _list_clients(self, *_: Any) -> Any:
        return list(self.clients.values())

    def _create_room(self, request: web.Request, body: Any) -> Any:
        client = self._client(request)
        _check_room(body, {*WRITABLE, "id"})
        name = body.get("id")
        if name is not None:
            if not self.privileged:  # F: the rule; I: the status
                _refuse(web.HTTPForbidden, "choosing an id is not enabled for this customer")
            _require(re.fullmatch(ID, name), "id must be words delimited with hyphens")  # F
            if name in self.rooms:  # F: unique; I: the status
                _refuse(web.HTTPConflict, "the room id exists")
        name = name or uuid.uuid4().hex[:10]
        passwords = {"speaker": "speaker-made-up", "participant": "participant-made-up"}  # I
        self.passwords[name] = passwords | body.get("passwords", {})
        room: dict[str, Any] = {
            "id": name,
            "conference_id": "c" * 96,
            **dict.fromkeys(TEXTS, ""),
            "api_key": f"key-of-{name}",
            "secret": f"secret-of-{name}",
            "client_branch_id": client,
            "from_language": "",
            "to_languages": [],
            **dict.fromkeys(("start_date", "end_date"), UNSET),
            **dict.fromkeys(("create_date", "update_date"), NOW),
            **dict.fromkeys(EMPTY, ""),
            "usage_in_seconds": {"total": 0, "twenty_four_hour": 0},
            "is_archived": False,
        }
        self.rooms[name] = room | {key: body[key] for key in body if key != "passwords"} | {"id": name}
        return self.rooms[name] | {"secret": ""}  # F

    def _list_rooms(self, request: web.Request, _: Any) -> Any:
        client = self._client(request)
        return [room for room in self.rooms.values() if room["client_branch_id"] == client]

    def _retrieve_room(self, request: web.Request, _: Any) -> Any:
        return self._room(request)

    def _update_room(self, request: web.Request, body: Any) -> Any:
        room = self._room(request)
        _check_room(body, {*WRITABLE, "is_archived"})  # F: a title; I: the others
        self.passwords[room["id"]] |= body.pop("passwords", {})
        room.update(body)
        return room | {"secret": ""}  # F

    def _retrieve_passwords(self, request: web.Request, _: Any) -> Any:
        return self.passwords[self._room(request)["id"]]

    def _stream_url(self, request: web.Request, body: Any) -> Any:
        self._room(request)
        _require(set(body) == {"speaker_name", "language", "phrases"}, "a field is missing or unknown")  # F
        _require(isinstance(body["phrases"], list), "phrases is a list")  # F
        self.gave += 1
        words = [("lang", body["language"]), ("name", body["speaker_name"])]
        query = urlencode([*words, *(("phrases", phrase) for phrase in body["phrases"])])  # F
        url = self.push_to(self.gave)
        return {"url": f"{url}{'&' if '?' in url else '?'}{query}"}

    def _usage(self, request: web.Request, _: Any) -> Any:
        if "client" in request.match_info:
            self._client(request)
        _require(set(request.query) == {"from", "to"}, "from and to are required")  # F
        _require(all(value.isdigit() and len(value) == 13 for value in request.query.values()), "milliseconds")
        return {key: value for key, value in self.usage.items() if value > 0}  # F

    def _client(self, request: web.Request) -> str:
        client = request.match_info["client"]
        if client not in self.clients:  # I
            _refuse(web.HTTPNotFound, "no such client")
        return client

    def _room(self, request: web.Request) -> dict[str, Any]:
        room = self.rooms.get(request.match_info["room"])
        if room is None:  # I
            _refuse(web.HTTPNotFound, "no such room")
        return room


def _check_room(body: Any, known: set[str]) -> None:
    _require(isinstance(body, dict) and body, "an object with fields is required")
    _require(set(body) <= known, f"unknown field {sorted(set(body) - known)}")  # I
    _require(all(isinstance(body.get(key, ""), str) for key in (*TEXTS, "from_language")), "a text is none")
    _require(isinstance(body.get("to_languages", []), list), "to_languages is a list")
    _require(set(body.get("passwords", {})) <= {"speaker", "participant"}, "unknown password")  # F


def _require(condition: Any, message: str) -> None:
    if not condition:  # I
        _refuse(web.HTTPBadRequest, message)


def _refuse(kind: type[web.HTTPError], message: str) -> NoReturn:
    raise kind(text=json.dumps({"message": message}), content_type="application/json")


def _json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        _refuse(web.HTTPBadRequest, "this is no JSON")
