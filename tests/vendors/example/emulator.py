"""Parrot on this machine: it enforces what Parrot documents, and really listens."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE
from appliance.testing import Circumstance, Hearing, Understood

MID_WORD = round(1.3 * SAMPLE_RATE * SAMPLE_BYTES)

NONSENSE = {
    Circumstance.MALFORMED: ['{"type": "hea'],
    Circumstance.DEEP: ["[" * 100_000],
    Circumstance.HUGE: ['"' + "x" * 3_000_000 + '"'],
    Circumstance.WRONG_TYPES: [
        json.dumps({"type": "heard", "segment": 0, "text": 7, "final": False, "start": 0, "end": 0})
    ],
    Circumstance.UNKNOWN: ["{}", '{"type": "weather"}'],
    Circumstance.FLOOD: [
        json.dumps({"type": "heard", "segment": 0, "text": f"{n}", "final": False, "start": 0, "end": 0})
        for n in range(3_000)
    ],
}


class ParrotEmulator:
    """A server on 127.0.0.1 while it is entered.

    Args:
        key: the one that is right.
        sentences: what will be said.
        circumstance: what goes wrong.
    """

    def __init__(self, *, key: str, sentences: Sequence[str], circumstance: Circumstance) -> None:
        self.complaints: list[str] = []
        self._key = key
        self._sentences = sentences
        self._circumstance = circumstance
        self._nonsense = list(NONSENSE.get(circumstance, ()))

    async def __aenter__(self) -> Self:
        silent = logging.getLogger("websockets.server")  # a server may log what it likes
        self._server = await serve(
            self._converse, "127.0.0.1", 0, process_request=self._admit, close_timeout=1, logger=silent
        )
        self.url = f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != self._key:
            return connection.respond(HTTPStatus.UNAUTHORIZED, f"nobody has the key {given}")
        if self._circumstance is Circumstance.UNPAID:
            return connection.respond(HTTPStatus.PAYMENT_REQUIRED, f"{given} must be paid first")
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            hearing, heard, ready = Hearing(self._sentences), 0, asyncio.create_task(self._greet(connection))
            async for message in connection:
                if isinstance(message, str):
                    await _say(connection, await hearing.finish())
                    await connection.send(json.dumps({"type": "bye"}))
                    break
                if not ready.done():
                    self.complaints.append("sound before ready")
                heard += len(message)
                await _say(connection, await hearing.feed(message))
                if heard > MID_WORD:
                    await self._misbehave(connection)
            await ready

    async def _greet(self, connection: ServerConnection) -> None:
        if self._circumstance is Circumstance.LATE:
            await asyncio.sleep(1)
        with contextlib.suppress(ConnectionClosed):
            await connection.send(json.dumps({"type": "ready"}))

    async def _misbehave(self, connection: ServerConnection) -> None:
        if self._circumstance is Circumstance.DROP:
            connection.transport.abort()
        nonsense, self._nonsense = self._nonsense, []
        for message in nonsense:
            await connection.send(message)


async def _say(connection: ServerConnection, understood: Sequence[Understood]) -> None:
    for one in understood:
        message: dict[str, Any] = {"type": "heard", "segment": one.utterance, "text": one.text}
        await connection.send(json.dumps(message | {"final": one.final, "start": one.start, "end": one.end}))
