import asyncio
import json
import logging

import pytest

from appliance.board import Board
from tests.rigs.web import serving


async def spoken(url: str, request: bytes) -> tuple[bytes, dict[str, object]]:
    """The head of the answer to some bytes, and its body as JSON."""
    reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    document: dict[str, object] = json.loads(body)
    return head, document


@pytest.mark.parametrize(
    "request_",
    [
        b"canary\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization canary\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: " + b"canary" * 2_000 + b"\r\n\r\n",
        b"GET /?code=canary\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: canary\r\n\r\n",
    ],
)
async def test_what_is_no_http_gets_a_problem_document_and_is_repeated_nowhere(
    request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(Board()) as url:
        head, document = await spoken(url, request_)
    assert b"application/problem+json" in head
    assert document["status"] == 400
    assert "canary" not in f"{head!r}{document}{caplog.text}"


async def test_no_answer_tells_what_the_box_is_made_of() -> None:
    async with serving(Board()) as url:
        close = b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
        heads = [
            (await spoken(url, b"GET /healthz HTTP/1.1\r\n" + close))[0],
            (await spoken(url, b"GET /nothing HTTP/1.1\r\n" + close))[0],
            (await spoken(url, b"\r\n\r\n\r\nnothing\r\n\r\n"))[0],
        ]
    assert all(b"Server: captionbox" in head and b"aiohttp" not in head for head in heads)


async def test_a_token_that_is_no_text_opens_nothing() -> None:
    request = b"POST /api/v1/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    async with serving(Board()) as url:
        _, document = await spoken(url, request + b"Authorization: Bearer \xff\xfe\r\n\r\n")
    assert document["status"] == 401
