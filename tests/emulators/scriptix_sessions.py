"""Scriptix's batch sessions. F: documented. I: inferred."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.emulators.scriptix_batch import PATH, fits
from tests.rigs.app import started
from tests.rigs.recording import Sent, recording


@dataclass
class ScriptixSessionsEmulator:
    """A server on 127.0.0.1.

    Attributes:
        key: the batch token.
        languages: the codes that the account has.
        refusal: status and body that every request gets instead of an answer.
    """

    key: str = "scx-batch-key"
    languages: tuple[str, ...] = ("en", "nl")
    refusal: tuple[int, Any] | None = None
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[recording(self.sent)])
        app.router.add_post(PATH, self._create)
        app.router.add_get(PATH, self._list)
        app.router.add_get(f"{PATH}/{{id}}", self._retrieve)
        app.router.add_get(f"{PATH}/{{id}}/result", self._result)
        app.router.add_delete(f"{PATH}/{{id}}", self._delete)
        self._runner, self.url = await started(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _create(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        if request.content_type != "application/json":  # F
            return _error(415, "Content Invalid")
        body = await request.json()
        if not fits(body):  # F
            return _error(422, "Body Invalid")
        if body["language"] not in self.languages:  # F
            return _error(400, "Invalid language")
        name = f"32d91a4f{len(self.sessions):018d}"
        self.sessions[name] = {  # F
            "duration": 0,
            "error": None,
            "filename": body.get("media_source", ""),
            "media_type": "audio",
            "media_url": "",
            "session_id": name,
            "status": "uploaded" if "media_source" in body else "new",
        }
        return _answer(self.sessions[name])

    async def _list(self, request: web.Request) -> web.Response:
        """I: the document has it not; newer pages name it without its arguments."""
        if refused := self._refused(request):
            return refused
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 10))
        return _answer(list(self.sessions.values())[offset : offset + limit])

    async def _retrieve(self, request: web.Request) -> web.Response:
        if refused := self._refused(request) or self._unknown(request):
            return refused
        return _answer(self.sessions[request.match_info["id"]])

    async def _result(self, request: web.Request) -> web.Response:
        if refused := self._refused(request) or self._unknown(request):
            return refused
        said = {
            "result": [["hello", 0, 400, 0.9]],
            "speaker": "unk",
            "text": "hello",
            "sconf": 0.9,
            "channel": 0,
        }
        return _answer({**self.sessions[request.match_info["id"]], "results": [said]})  # F of newer pages

    async def _delete(self, request: web.Request) -> web.Response:
        if refused := self._refused(request) or self._unknown(request):
            return refused
        del self.sessions[request.match_info["id"]]
        return web.Response(status=204)  # I

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.refusal:
            return web.json_response(self.refusal[1], status=self.refusal[0])
        given = request.headers.get("x-zoom-s2t-key")  # F
        return None if given == self.key else _error(401, f"Unauthorized: {given}")  # F

    def _unknown(self, request: web.Request) -> web.Response | None:
        return None if request.match_info["id"] in self.sessions else _error(404, "No such session")  # I


def _answer(result: Any) -> web.Response:
    count = len(result) if isinstance(result, list) else 1
    return web.json_response({"count": count, "total_results": count, "result": result})  # F


def _error(status: int, message: str) -> web.Response:
    body = {"error": {"code": status, "message": message}}
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
