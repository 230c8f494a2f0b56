"""Requests that no browser sends: split, smuggled, too large, too slow, or on their way out of a folder."""

import asyncio
import gzip
import io
import re
import resource
import socket
import tracemalloc
from pathlib import Path
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import pytest

from appliance.web.server import LARGEST_BODY
from tests.attacks.victim import Victim, victim
from tests.rigs.admin import PASSWORD
from tests.rigs.box import RunningBox, simple_settings

CLOSE: Final = "Connection: close"
MEGABYTE: Final = 1024 * 1024


def host(box: Victim) -> str:
    return f"Host: 127.0.0.1:{box.port}"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Content-Length: 4", "Content-Length: 5"),
        ("Content-Length: 4, 5",),
        ("Content-Length: +4",),
        ("Content-Length: -1",),
        ("Content-Length: 0x4",),
        ("Content-Length: 4 4",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked, x"),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding:\x0bchunked",),
        (" Content-Length: 4",),
        ("X: y\nContent-Length: 4",),
        ("X\x00: y",),
        ("X: y\x00z",),
    ],
)
async def test_a_second_request_cannot_be_smuggled_within_a_first(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    async with victim(tmp_path) as box:
        smuggled = f"0\r\n\r\nGET /healthz HTTP/1.1\r\n{host(box)}\r\n\r\n".encode()
        heard = await box.say("POST /login HTTP/1.1", host(box), *lines, body=smuggled, wait=5)
        assert re.findall(rb"^HTTP/1\.[01] (\d+)", heard, re.MULTILINE) == [b"400"]
        assert not box.answers


@pytest.mark.parametrize(
    "body", [b"g\r\nx", b"-1\r\nx", b"4;x=\ny\r\nabcd\r\n0\r\n\r\n", b"4\nabcd0\n\n", b"f" * 20 + b"\r\n"]
)
async def test_a_broken_chunk_ends_the_connection(tmp_path: Path, body: bytes) -> None:
    async with victim(tmp_path) as box:
        form = "Content-Type: application/x-www-form-urlencoded"
        head = "POST /login HTTP/1.1", host(box), form, "Transfer-Encoding: chunked"
        heard = await box.say(*head, body=body + b"GET /healthz HTTP/1.1\r\n\r\n", wait=5)
        assert heard.split(b" ", 2)[1] == b"400"
        assert "GET /healthz" not in box.answers


async def test_two_hosts_in_one_request_do_not_help(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        for hosts in ((host(box), "Host: evil.example"), ("Host: evil.example", host(box)), ()):
            heard = await box.say("GET /healthz HTTP/1.1", *hosts, CLOSE, wait=5)
            assert not heard.startswith(b"HTTP/1.1 200 "), heard
        heard = await box.say("GET http://evil.example/admin HTTP/1.1", host(box), "Accept: text/html", CLOSE)
        assert b"evil.example" not in heard


@pytest.mark.parametrize(
    "break_", ["%0d%0a", "%0a", "%0d", "%E5%98%8A%E5%98%8D", "\r\n", "%00", "%ff", "%0b", "é"]
)
@pytest.mark.parametrize(
    "path", ["/login?to=/admin/{}X-Injected:%20yes", "/j/x{}X-Injected:%20yes", "/admin/{}X-Injected:%20yes"]
)
async def test_no_header_can_be_planted_through_an_address(tmp_path: Path, path: str, break_: str) -> None:
    async with victim(tmp_path) as box:
        body = f"password={PASSWORD}".encode()
        method = "POST" if path.startswith("/login") else "GET"
        heard = await box.say(
            f"{method} {path.format(break_)} HTTP/1.1",
            host(box),
            CLOSE,
            "Accept: text/html",
            f"Origin: {box.url}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            body=body,
            wait=5,
        )
        head = heard.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0].lower() for line in head.split(b"\n")]
        assert b"x-injected" not in names
        assert not heard.startswith(b"HTTP/1.1 5")


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/admin@evil.example",
        "/admin.evil.example",
        "/admin/..//evil.example",
        "/admin/../..//evil.example",
        "/admin/\\..\\..\\\\evil.example",
        "/setup/..//evil.example",
        "\t//evil.example",
        "/admin//evil.example",
    ],
)
async def test_the_login_leads_to_no_other_site(tmp_path: Path, to: str) -> None:
    async with victim(tmp_path) as box:
        origin = {"Origin": box.url}
        path = f"/login?to={quote(to)}"
        answer = await box.ask("POST", path, data={"password": PASSWORD}, headers=origin)
        assert answer.status == 303
        there = urlsplit(urljoin(f"{box.url}/login", answer.headers["Location"]))
        assert f"{there.scheme}://{there.netloc}" == box.url


@pytest.mark.parametrize(
    "start", ["/static/", "/j/", "/screen/", "/api/v1/transcripts/", "/admin/accounts/", "/"]
)
@pytest.mark.parametrize(
    "way",
    [
        "../secrets.toml",
        "..%2fsecrets.toml",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%252f..%252fetc%252fpasswd",
        "..\\..\\secrets.toml",
        "..%5c..%5csecrets.toml",
        "%c0%ae%c0%ae/secrets.toml",
        "....//....//etc/passwd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "base.css%00.png",
        "base.css/../../server.py",
        "../../server.py",
        ".",
        "..",
        "%00",
        "1.vtt/../../../secrets.toml",
        "CON",
        "x" * 3_000,
    ],
)
async def test_no_address_leads_out_of_its_folder(tmp_path: Path, start: str, way: str) -> None:
    async with victim(tmp_path) as box:
        (tmp_path / "secrets.toml").write_text('[accounts.x]\napi_key = "canary"\n')
        mine = [f"{name}: {value}" for name, value in (await box.logged_in()).items()]
        heard = await box.say(f"GET {start}{way} HTTP/1.1", host(box), *mine, CLOSE, wait=5)
        status = heard.split(b" ", 2)[1]
        assert status in (b"400", b"403", b"404", b"200" if start == "/" and way in (".", "..") else b"404")
        assert not any(secret in heard for secret in (b"canary", b"root:", b"import "))


async def test_no_route_reads_more_than_it_needs(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        token = await box.access.tokens.make("test")
        mine = {"Authorization": f"Bearer {token}", "Origin": box.url}
        huge = b'{"x": "' + b"a" * 2 * LARGEST_BODY + b'"}'
        for method, path in box.places("POST", "PUT", "DELETE"):
            for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
                answer = await box.ask(method, path, data=huge, headers={**mine, "Content-Type": kind})
                assert answer.status == 413, (path, kind)


def _parts(count: int, size: int) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="%d"; filename="%d"\r\n\r\n' + b"a" * size + b"\r\n"
    return b"".join(part % (n, n) for n in range(count)) + b"--b--\r\n"


@pytest.mark.parametrize("body", [_parts(1, MEGABYTE), _parts(200, 1_000), _parts(20_000, 0)])
async def test_a_stranger_can_fill_neither_the_card_nor_the_memory(tmp_path: Path, body: bytes) -> None:
    async with victim(tmp_path) as box:
        kind = {"Content-Type": "multipart/form-data; boundary=b", "Origin": box.url}
        answer = await box.ask("POST", "/login", data=io.BytesIO(body), headers=kind)
        assert answer.status == 413


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
async def test_a_body_packed_very_small_is_not_unpacked_into_all_of_the_memory(
    tmp_path: Path, kind: str
) -> None:
    packed = gzip.compress(b"a" * 100 * MEGABYTE, 9)[: LARGEST_BODY - 100]
    async with victim(tmp_path) as box:
        headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Origin": box.url}
        tracemalloc.start()
        try:
            answer = await box.ask("POST", "/login", data=packed, headers=headers)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert answer.status in (400, 413)
        assert peak < 8 * MEGABYTE


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno name\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhalf',
        ),
        ("multipart/form-data; boundary=b", b"nothing of the kind"),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            (
                b'--b\r\nContent-Disposition: form-data; name="password"\r\n'
                b"Content-Type: text/plain; charset=canary\r\n\r\nx\r\n--b--\r\n"
            ),
        ),
        ("application/x-www-form-urlencoded; charset=canary", b"password=x"),
        ("application/x-www-form-urlencoded", b"password=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % n for n in range(5_000))),
    ],
)
async def test_a_form_that_is_none_breaks_nothing(tmp_path: Path, kind: str, body: bytes) -> None:
    async with victim(tmp_path) as box:
        answer = await box.ask("POST", "/login", data=body, headers={"Content-Type": kind, "Origin": box.url})
        assert answer.status in (400, 413, 422)
        assert "canary" not in answer.text


async def test_an_upload_that_never_ends_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.web.guard._PATIENCE", 0.2)
    async with victim(tmp_path) as box:
        form = "Content-Type: application/x-www-form-urlencoded", "Content-Length: 50000"
        heard = await box.say("POST /login HTTP/1.1", host(box), *form, CLOSE, body=b"password=", wait=1)
        assert heard.startswith(b"HTTP/1.1 408 ")


async def test_a_thousand_silent_visitors_keep_nobody_else_out(tmp_path: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings("microphone")) as box:
        port = int(box.url.rpartition(":")[2])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
        silent: list[socket.socket] = []
        try:
            for _ in range(1_100):
                visitor = socket.create_connection(("127.0.0.1", port), timeout=10)
                visitor.send(b"GET / HTTP/1.1\r\nHost: ")
                silent.append(visitor)
            async with asyncio.timeout(20):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                heard = await reader.read()
                writer.close()
            assert heard.startswith(b"HTTP/1.1 200 ")
        finally:
            for visitor in silent:
                visitor.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
