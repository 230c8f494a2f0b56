import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.proxy import Proxy


@asynccontextmanager
async def echo() -> AsyncIterator[Proxy]:
    """A proxy before a server that says again whatever it hears."""

    async def say_again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(say_again, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def dial(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: bytes = b"word") -> bool:
    """Whether a word comes back within a second."""
    writer.write(word)
    try:
        return await asyncio.wait_for(reader.readexactly(len(word)), 1.0) == word
    except TimeoutError:
        return False


async def test_bytes_come_through_both_ways_and_are_counted() -> None:
    async with echo() as proxy:
        coming = asyncio.create_task(proxy.connection())
        reader, writer = await dial(proxy)
        await coming
        assert await answered(reader, writer, b"x" * 100_000)
        assert (proxy.connections, proxy.sent, proxy.received) == (1, 100_000, 100_000)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


async def test_a_cut_wire_resets_and_refuses_until_it_is_restored() -> None:
    async with echo() as proxy:
        reader, writer = await dial(proxy)
        assert await answered(reader, writer)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        with pytest.raises(ConnectionRefusedError):
            await dial(proxy)
        await proxy.restore()
        assert await answered(*await dial(proxy))


async def test_a_mute_wire_accepts_and_says_nothing_until_it_is_restored() -> None:
    async with echo() as proxy:
        old = await dial(proxy)
        assert await answered(*old)
        proxy.accept_and_stay_mute()
        reader, writer = await dial(proxy)
        assert not await answered(reader, writer)
        assert await answered(*old)
        await proxy.restore()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert await answered(*await dial(proxy))


async def test_a_stalled_wire_takes_little_and_goes_on_where_it_was() -> None:
    async with echo() as proxy:
        reader, writer = await dial(proxy)
        assert await answered(reader, writer)
        proxy.stall()
        taken = proxy.sent
        assert not await answered(reader, writer, b"x" * 1_000_000)
        assert proxy.sent - taken < 100_000
        proxy.resume()
        assert len(await reader.readexactly(1_000_000)) == 1_000_000
        writer.close()


async def test_a_slow_wire_delivers_late_and_in_order() -> None:
    async with echo() as proxy:
        reader, writer = await dial(proxy)
        proxy.delay(0.2)
        began = asyncio.get_running_loop().time()
        for word in (b"one ", b"two ", b"three"):
            writer.write(word)
            await asyncio.sleep(0.01)
        assert await reader.readexactly(13) == b"one two three"
        assert asyncio.get_running_loop().time() - began >= 0.4
        writer.close()


async def test_a_wire_breaks_after_so_many_bytes_and_only_once() -> None:
    async with echo() as proxy:
        reader, writer = await dial(proxy)
        proxy.drop_after(10)
        assert await answered(reader, writer, b"five!")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await answered(reader, writer, b"more than five")
        assert await answered(*await dial(proxy), b"x" * 1_000)


async def test_a_wire_can_answer_in_place_of_the_server() -> None:
    async with echo() as proxy:
        proxy.answer(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        reader, writer = await dial(proxy)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 503")
        writer.close()
