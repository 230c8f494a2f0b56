"""Server-Sent Events: the board as a stream that a browser reconnects to by itself."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import asdict
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from appliance.board import Board, Event
from appliance.captions import Caption, Gap, language_tag
from appliance.web.connections import endless
from appliance.web.problems import Problem
from appliance.web.views import status_view

QUIET: Final = 15.0
"""Seconds without an event after which a comment shows that the connection lives."""

LONGEST_NUMBER: Final = 18
"""Digits of the number of an event."""

BATCH: Final = 20
"""Events written at once: whoever reads a long meeting from its start holds up nobody else."""

_ALIVE: Final = b": still here\n\n"


@lru_cache(maxsize=2_048)
def _encoded(epoch: str, event: Event) -> bytes:
    """An event as it goes over the wire: made once, however many read it."""
    data: Mapping[str, Any]
    match event.body:
        case Caption() | Gap():
            kind, data = type(event.body).__name__.lower(), asdict(event.body)
        case _:
            kind, data = "state", status_view(event.body)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {epoch}-{event.number}\nevent: {kind}\ndata: {text}\n\n".encode()


def resume_after(board: Board, last_event_id: str | None) -> int | None:
    """The number of the last event a reader has; None where it must begin with what is on the board."""
    epoch, _, number = (last_event_id or "").rpartition("-")
    if epoch != board.epoch or not number.isdecimal() or len(number) > LONGEST_NUMBER:
        return None
    return int(number) if board.holds(int(number)) else None


def wanted_language(request: web.Request) -> str | None:
    """The language asked for.

    Raises:
        Problem: it is none.
    """
    tag = request.query.get("language")
    try:
        return language_tag(tag) if tag else None
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{error}.") from None


def _concerns(event: Event, language: str | None) -> bool:
    if language is None or not isinstance(event.body, Caption):
        return True
    theirs = event.body.language
    return f"{theirs}-".startswith(f"{language}-") or f"{language}-".startswith(f"{theirs}-")


@lru_cache(maxsize=64)
def _joined(epoch: str, events: tuple[Event, ...], language: str | None) -> bytes:
    """Events as they go over the wire to all who read this language."""
    return b"".join(_encoded(epoch, event) for event in events if _concerns(event, language))


async def board_events(
    board: Board, after: int | None, language: str | None, *, whole: bool = False
) -> AsyncGenerator[bytes, None]:
    """The board's events as bytes, in batches; a newcomer may ask for the whole meeting."""
    async with aclosing(board.watch(after, whole=whole, beat=QUIET)) as watch:
        async for events in watch:
            if not events:
                yield _ALIVE
            for first in range(0, len(events), BATCH):
                if first:
                    await asyncio.sleep(0)
                if batch := _joined(board.epoch, tuple(events[first : first + BATCH]), language):
                    yield batch


async def stream(request: web.Request, chunks: AsyncGenerator[bytes, None]) -> web.StreamResponse:
    """Send chunks for as long as the reader reads; a stalled reader costs nobody else anything.

    Raises:
        Problem: there are too many readers.
    """
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    async with aclosing(chunks):
        with suppress(ConnectionError), endless(request):
            await response.prepare(request)
            async for chunk in chunks:
                await response.write(chunk)
                await request.writer.drain()
    return response
