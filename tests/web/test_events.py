import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from appliance.board import Board
from appliance.captions import Caption
from appliance.web import connections, events
from tests.rigs.web import serving

PATIENCE = 20


def caption(segment: int, text: str = "words", *, revision: int = 1, final: bool = True) -> Caption:
    return Caption(
        segment=segment,
        revision=revision,
        language="en",
        text=text,
        final=final,
        start=segment,
        end=segment + 1,
    )


class Phone:
    """A reader of captions that reads when it is told to."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.texts: list[str] = []
        self.last = ""
        self._event: dict[str, str] = {}

    async def read(self, text: str | None = None) -> None:
        """Read until a text comes, or else until the box hangs up."""
        async with asyncio.timeout(PATIENCE):
            while text is None or text not in self.texts:
                try:
                    line = await self._reader.readline()
                except ConnectionError:
                    break
                if not line and text is None:
                    break
                assert line, f"hung up before “{text}”"
                self._take(line.decode().strip())

    async def hear(self, line: bytes) -> None:
        """Read until a line comes."""
        async with asyncio.timeout(PATIENCE):
            while await self._reader.readline() != line:
                pass

    def _take(self, line: str) -> None:
        """An event counts once it is whole, as in a browser."""
        kind, _, rest = line.partition(": ")
        if kind in ("id", "data"):
            self._event[kind] = rest
        elif not line and self._event:
            self.last = self._event["id"]
            self.texts.append(json.loads(self._event["data"]).get("text", ""))
            self._event = {}


@asynccontextmanager
async def phone(url: str, after: str = "") -> AsyncIterator[Phone]:
    """A phone with little memory, so that it is soon full while it does not read."""
    reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"), limit=4_096)
    try:
        writer.write(f"GET /api/v1/captions?last_event_id={after} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        yield Phone(reader)
    finally:
        writer.transport.abort()


async def told(board: Board, what: Caption) -> None:
    """Post and let the box send."""
    board.post(what)
    for _ in range(5):
        await asyncio.sleep(0)


def numbers(texts: list[str]) -> list[int]:
    return [int(text.split()[0]) for text in texts if text]


async def test_a_caption_is_made_ready_once_for_a_whole_room() -> None:
    board = Board()
    made: list[Any] = []

    def dumps(data: Any, **how: Any) -> str:
        made.append(data)
        return json.dumps(data, **how)

    async with serving(board) as url, AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(url)) for _ in range(20)]
        with patch.object(events, "json", SimpleNamespace(dumps=dumps)):
            await told(board, caption(1, "hello", final=False))
            await told(board, caption(1, "hello everyone", revision=2))
            await asyncio.gather(*(one.read("hello everyone") for one in phones))
    assert [data["text"] for data in made if "text" in data] == ["hello", "hello everyone"]


async def test_a_slow_phone_shows_what_is_said_now_and_not_what_was_said_long_ago() -> None:
    board = Board()
    said = 4_000
    async with serving(board) as url, phone(url) as slow:
        for revision in range(1, said):
            await told(board, caption(1, f"{revision} " + "x" * 1_000, revision=revision, final=False))
        await told(board, caption(1, "over", revision=said))
        await slow.read("over")
    assert len(slow.texts) < said / 2


async def test_a_phone_that_stalls_is_let_go_and_has_missed_nothing_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "STALLED", 0.4)
    board = Board()
    said = 1_500
    async with serving(board) as url:
        async with phone(url) as stalled:
            for number in range(said):
                await told(board, caption(number, f"{number} " + "x" * 1_000))
            await _alone()
            await stalled.read()
        assert len(numbers(stalled.texts)) < said
        await told(board, caption(said, f"{said}"))
        async with phone(url, stalled.last) as back:
            await back.read(f"{said}")
    assert sorted({*numbers(stalled.texts), *numbers(back.texts)}) == list(range(said + 1))


async def test_a_phone_that_reads_slowly_is_not_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALLED", 3.0)
    board = Board()
    said = 600
    async with serving(board) as url, phone(url) as slow:
        for number in range(said):
            await told(board, caption(number, f"{number} " + "x" * 1_000))
        for number in range(0, said, 20):
            await slow.read(f"{number} " + "x" * 1_000)
            await asyncio.sleep(0.2)
        await slow.read(f"{said - 1} " + "x" * 1_000)
    assert numbers(slow.texts) == list(range(said))


async def test_a_last_event_id_of_very_many_digits_gets_the_board() -> None:
    board = Board()
    board.post(caption(1, "good morning"))
    async with serving(board) as url, phone(url, f"{board.epoch}-{'9' * 5_000}") as strange:
        await strange.read("good morning")


async def test_a_reader_hears_that_the_box_lives_while_nobody_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUIET", 0.05)
    async with serving(Board()) as url, phone(url) as quiet:
        for _ in range(3):
            await quiet.hear(b": still here\n")


async def test_readers_who_left_leave_nothing_behind_though_nobody_speaks() -> None:
    async with serving(Board()) as url:
        for _ in range(30):
            async with phone(url):
                pass
        await _alone()


async def _alone() -> None:
    """Wait until none of the connections is served any more."""
    names = {task: getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    served = [task for task, name in names.items() if name.startswith("RequestHandler.")]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*served, return_exceptions=True)
