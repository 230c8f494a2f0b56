import asyncio
import logging
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trustme
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.transport import LARGEST, LONGEST_WAIT, Answer, Refused, Socket, call

KEY = "canary-5e7d0f"


@asynccontextmanager
async def vendor(
    talk: Callable[[ServerConnection], Awaitable[None]],
    *,
    refusal: tuple[int, str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """A WebSocket server; the address of it."""

    def answer(connection: ServerConnection, _: Request) -> Response | None:
        if refusal is None:
            return None
        status, body, retry_after = refusal
        response = connection.respond(status, body)
        response.headers["Retry-After"] = retry_after
        return response

    async with serve(talk, "127.0.0.1", 0, process_request=answer, ssl=tls, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'wss' if tls else 'ws'}://localhost:{port}/stream?apikey={KEY}"


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def everything(socket: Socket) -> list[bytes | str]:
    return [message async for message in socket]


async def test_messages_go_both_ways() -> None:
    async with vendor(echo) as url:
        socket = await Socket.open(url)
        await socket.send("words")
        await socket.send(b"sound")
        messages = aiter(socket)
        assert [await anext(messages), await anext(messages)] == ["words", b"sound"]
        await socket.close()
        await socket.close()


async def test_a_refusal_keeps_its_status_its_words_and_its_wish_to_wait() -> None:
    async with vendor(echo, refusal=(403, '{"message": "credits exhausted"}', "7")) as url:
        with pytest.raises(Refused) as refused:
            await Socket.open(url)
    assert refused.value.status == 403
    assert refused.value.json() == {"message": "credits exhausted"}
    assert refused.value.retry_after == 7


@pytest.mark.parametrize("body", ["", "no json", "[" * 4000])
def test_a_refusal_that_is_no_json_is_no_crash(body: str) -> None:
    assert Refused(500, body).json() is None


async def test_a_vendor_that_is_not_there_is_lost() -> None:
    with pytest.raises(Lost):
        await Socket.open("ws://127.0.0.1:9/")
    with pytest.raises(Lost):
        await call("GET", "http://127.0.0.1:9/")


async def test_a_false_certificate_is_not_accepted_and_said_so() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    async with vendor(echo, tls=tls) as url:
        with pytest.raises(ConfigurationFault, match="certificate"):
            await Socket.open(url)
        with pytest.raises(ConfigurationFault, match="certificate"):
            await call("GET", url.replace("wss:", "https:"))


async def test_a_vendor_that_floods_is_cut_off_and_the_memory_stays() -> None:
    async def flood(connection: ServerConnection) -> None:
        await connection.send("x" * (LARGEST + 1))
        await connection.wait_closed()

    async with vendor(flood) as url:
        socket = await Socket.open(url)
        with pytest.raises(Lost, match="far too large"):
            await everything(socket)
        with pytest.raises(Lost, match="far too large"):
            await socket.send("words")
        assert socket.reason == ""


async def test_text_that_is_no_text_ends_the_conversation() -> None:
    async def garbage(connection: ServerConnection) -> None:
        await connection.send(b"\xff\xfe", text=True)
        await connection.wait_closed()

    async with vendor(garbage) as url:
        socket = await Socket.open(url)
        with pytest.raises(Lost, match="makes no sense"):
            await everything(socket)


async def test_what_was_said_before_the_rules_were_broken_is_heard() -> None:
    async def garbage(connection: ServerConnection) -> None:
        await connection.send("words")
        await connection.send(b"\xff\xfe", text=True)
        await connection.wait_closed()

    async with vendor(garbage) as url:
        socket = await Socket.open(url)
        messages = aiter(socket)
        assert await anext(messages) == "words"
        with pytest.raises(Lost):
            await anext(messages)


async def test_a_vendor_that_wants_pongs_and_does_not_take_them_is_given_up() -> None:
    async def ask(connection: ServerConnection) -> None:
        assert isinstance(connection.transport, asyncio.Transport)
        connection.transport.pause_reading()
        pings = (b"\x89\x7d" + b"?" * 125) * 1_000
        while not connection.transport.is_closing():
            if connection.transport.get_write_buffer_size() < len(pings):
                connection.transport.write(pings)
            await asyncio.sleep(0)

    async with vendor(ask) as url:
        socket = await Socket.open(url)
        async with asyncio.timeout(20):
            assert await everything(socket) == []
    assert socket.code == 1006


async def test_the_vendors_last_words_are_kept() -> None:
    async def hang_up(connection: ServerConnection) -> None:
        await connection.close(1011, "out of decoders")

    async with vendor(hang_up) as url:
        socket = await Socket.open(url)
        assert await everything(socket) == []
        assert (socket.code, socket.reason) == (1011, "out of decoders")
        with pytest.raises(Lost, match="out of decoders"):
            await socket.send(b"sound")


async def test_a_connection_that_breaks_is_lost() -> None:
    async def vanish(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with vendor(vanish) as url:
        socket = await Socket.open(url)
        assert await everything(socket) == []
        assert socket.code == 1006


async def test_no_key_of_an_address_is_in_the_log_even_at_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with vendor(echo) as url:
        socket = await Socket.open(url, headers={"x-api-key": KEY})
        await socket.send("words")
        await socket.close()
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not any(KEY in record.getMessage() for record in ours)


@asynccontextmanager
async def service(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """An HTTP server; the address of it."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def test_a_call_sends_json_and_gets_json() -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.json_response({"got": await request.json(), "as": request.content_type}, status=201)

    async with service(handle) as url:
        answer = await call("PATCH", url, document={"a": 1}, content_type="application/merge-patch+json")
    assert answer == Answer(201, {"got": {"a": 1}, "as": "application/merge-patch+json"})


async def test_a_redirect_does_not_carry_the_key_elsewhere() -> None:
    async def handle(_: web.Request) -> web.Response:
        raise web.HTTPFound("https://evil.example/")

    async with service(handle) as url:
        with pytest.raises(Refused) as refused:
            await call("GET", url, headers={"x-api-key": KEY})
    assert refused.value.status == 302


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'"\xff"', b" " * (LARGEST + 1)])
async def test_an_answer_that_makes_no_sense_is_lost(body: bytes) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async with service(handle) as url:
        with pytest.raises(Lost, match="makes no sense"):
            await call("GET", url)


async def test_an_answer_that_is_packed_very_small_is_not_unpacked_into_all_of_the_memory() -> None:
    packed = zlib.compress(b" " * 300 * LARGEST, 9, wbits=31)

    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=packed, content_type="application/json", headers={"Content-Encoding": "gzip"})

    async with service(handle) as url:
        tracemalloc.start()
        try:
            with pytest.raises(Lost, match="makes no sense"):
                await call("GET", url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16 * LARGEST


@pytest.mark.parametrize(
    "head", [b"SSH-2.0-dropbear\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1_000 + b"\r\n"]
)
async def test_whoever_answers_without_sense_is_not_taken_for_unreachable(head: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for trying in (Socket.open(f"ws://{place}/"), call("GET", f"http://{place}/")):
            with pytest.raises(Lost, match="makes no sense"):
                await trying


async def test_a_vendor_that_never_answers_is_given_up() -> None:
    async def handle(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with service(handle) as url:
        with pytest.raises(Lost):
            await call("GET", url, within=0.1)


@pytest.mark.parametrize("wish", ["Sat, 01 Jan 2000 00:00:00 GMT", "-5"])
async def test_a_wish_to_wait_that_is_over_means_now(wish: str) -> None:
    async with vendor(echo, refusal=(429, "", wish)) as url:
        with pytest.raises(Refused) as refused:
            await Socket.open(url)
    assert refused.value.retry_after == 0


@pytest.mark.parametrize("wish", ["1e400", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_vendor_that_asks_for_an_eternity_is_asked_again_within_the_hour(wish: str) -> None:
    async with vendor(echo, refusal=(503, "", wish)) as url:
        with pytest.raises(Refused) as refused:
            await Socket.open(url)
    assert refused.value.retry_after == LONGEST_WAIT


@pytest.mark.parametrize("wish", ["soon", "Sat, 99 Foo"])
async def test_a_wish_to_wait_that_makes_no_sense_is_none(wish: str) -> None:
    async with vendor(echo, refusal=(429, "", wish)) as url:
        with pytest.raises(Refused) as refused:
            await Socket.open(url)
    assert refused.value.retry_after is None
