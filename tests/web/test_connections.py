import asyncio
import resource
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.web import connections, door, server
from appliance.web.tls import self_signed
from tests.rigs import https
from tests.rigs.web import serving

PATIENCE = 20
GREEDY = "127.0.0.2"
"""Another household as far as the box can see."""

CAPTIONS = b"GET /api/v1/captions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(place: str, request: bytes = b"", *, source: str = "127.0.0.1") -> AsyncIterator[Streams]:
    """A connection on which something was said."""
    host, _, port = place.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0))
    writer.write(request)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answered(streams: Streams) -> bytes:
    """The first line of the answer; empty where there is none."""
    async with asyncio.timeout(PATIENCE):
        try:
            return await streams[0].readline()
        except ConnectionError:
            return b""


async def hung_up(streams: Streams) -> bool:
    async with asyncio.timeout(PATIENCE):
        try:
            while await streams[0].read(1_024):
                pass
        except ConnectionError:
            pass
    return True


async def test_whoever_takes_all_connections_keeps_nobody_else_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 20)
    async with serving(Board()) as url, AsyncExitStack() as stack:
        for _ in range(60):
            await stack.enter_async_context(connected(url, source=GREEDY))
        honest = [await stack.enter_async_context(connected(url, CAPTIONS)) for _ in range(8)]
        for one in honest:
            assert b" 200 " in await answered(one)
        for _ in range(60):
            await stack.enter_async_context(connected(url, source=GREEDY))
        late = await stack.enter_async_context(connected(url, HEALTH))
        assert b" 200 " in await answered(late)
        assert not any(one[0].at_eof() for one in honest)


async def test_whoever_reads_in_all_places_keeps_nobody_else_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READERS", 4)
    async with serving(Board()) as url, AsyncExitStack() as stack:
        greedy = [await stack.enter_async_context(connected(url, CAPTIONS, source=GREEDY)) for _ in range(4)]
        for one in greedy:
            assert b" 200 " in await answered(one)
        honest = await stack.enter_async_context(connected(url, CAPTIONS))
        assert b" 200 " in await answered(honest)
        assert await hung_up(greedy[-1])


async def test_one_reader_too_many_is_told_when_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READERS", 2)
    async with serving(Board()) as url, AsyncExitStack() as stack:
        for _ in range(2):
            assert b" 200 " in await answered(await stack.enter_async_context(connected(url, CAPTIONS)))
        refused, _ = await stack.enter_async_context(connected(url, CAPTIONS))
        head = await asyncio.wait_for(refused.readuntil(b"\r\n\r\n"), PATIENCE)
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 20\r\n" in head


async def test_a_place_is_free_again_once_its_reader_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READERS", 1)
    async with serving(Board()) as url:
        for _ in range(5):
            async with asyncio.timeout(PATIENCE):
                while not await _reads(url):
                    pass


async def _reads(url: str) -> bool:
    async with connected(url, CAPTIONS) as one:
        return b" 200 " in await answered(one)


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nHost: 127", HEALTH + b"GET / HTTP/1.1\r\nHost: 127"]
)
async def test_a_request_that_is_never_finished_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE", 0.3)
    async with serving(Board()) as url, connected(url, begun) as slow:
        assert await hung_up(slow)


async def test_captions_can_open_files_whoever_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    files = (connections.OWN_FILES + 5, 4_096)
    monkeypatch.setattr(resource, "getrlimit", lambda _: files)
    async with serving(Board()) as url, AsyncExitStack() as stack:
        many = [await stack.enter_async_context(connected(url)) for _ in range(25)]
        assert all([await hung_up(one) for one in many[:20]])
        assert b" 200 " in await answered(await stack.enter_async_context(connected(url, HEALTH)))


async def test_those_who_say_nothing_at_the_door_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_VISITORS", 5)
    secured = self_signed(tmp_path, ("127.0.0.1",))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    async with https.serving(tmp_path, secured) as place, AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connected(place)) for _ in range(20)]
        host, _, port = place.partition(":")
        reader, writer = await asyncio.open_connection(host, port, ssl=trusting)
        writer.write(HEALTH)
        assert b" 200 " in await answered((reader, writer))
        assert await hung_up(silent[0])
        writer.transport.abort()
