"""A vendor that means harm, an address where no vendor is, and somebody on the way to one."""

import ssl
import unicodedata
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest
import trustme
from aiohttp import web
from pydantic import ValidationError
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from appliance.settings import Account
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Planned, Unreachable, VendorFailure
from appliance.vendors.registry import Registry
from appliance.vendors.transport import LARGEST, Refused, Socket, call
from tests.attacks.victim import victim

KEY: Final = "canary-of-a-key"
ESCAPES: Final = "\x1b]0;owned\x07\x1b[2J\r\n21:00 INFO all is well\u202e\u2066\x00\x9b31m"

NOBODYS: Final = (
    "https://169.254.169.254",
    "https://169.254.0.1/latest/meta-data",
    "wss://169.254.169.254:443",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://0251.0376.0251.0376",
    "https://169.254.43518",
    "https://169.254.169.254.",
    "https://[::ffff:169.254.169.254]",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[fd00:ec2::254%25lo]@x",
    "https://0.0.0.0",
    "https://0",
    "https://[::]",
    "https://224.0.0.251",
    "https://[ff02::fb]",
    "https://metadata.google.internal",
    "https://metadata.google.internal.",
    "https://METADATA.google.internal",
    "http://169.254.169.254",
    "http://192.168.1.1",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "file:///etc/passwd",
    "ftp://example.com",
    "gopher://127.0.0.1:6379",
    "unix:///run/docker.sock",
    "data:text/plain,x",
    "javascript:alert(1)",
    "//evil.example",
    "https://",
    "https:///x",
    "https://example.com\n.evil.example",
    "https://example.com\x00.evil.example",
    "https://example.com#@evil.example",
    "https://example.com\\@evil.example",
    "https://user:password@example.com",
)


@pytest.mark.parametrize("address", NOBODYS)
async def test_no_address_lets_the_box_ask_where_no_vendor_is(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValidationError):
        Account(vendor="palabra", base_url=address)
    async with victim(tmp_path) as box:
        token = {"Authorization": f"Bearer {await box.access.tokens.make('test')}"}
        account = {"vendor": "palabra", "base_url": address, "api_key": KEY}
        answer = await box.ask("PUT", "/api/v1/accounts/mine", json=account, headers=token)
        assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "base_url" in answer.text
        assert KEY not in answer.text
        assert "mine" not in (tmp_path / "settings.toml").read_text()


@pytest.mark.parametrize("place", ["169.254.169.254:80", "0.0.0.0:1", "[fe80::1]:443", "224.0.0.251:5353"])
@pytest.mark.parametrize(("vendor", "key"), [("wyoming", "uri"), ("stenomatic", "grpc_target")])
def test_no_other_address_lets_the_box_ask_there_either(vendor: str, key: str, place: str) -> None:
    model = Registry.installed()[vendor].account_model
    more = {"api_key": KEY} if vendor == "stenomatic" else {}
    with pytest.raises(ValidationError, match="none's"):
        model.model_validate({key: f"tcp://{place}" if key == "uri" else place, **more})


@pytest.mark.parametrize(
    "address", ["https://api.example.com", "wss://192.168.1.20:8443", "http://127.0.0.1:9", "https://[fd00::1]"]
)
def test_an_address_where_a_vendor_may_be_is_taken(address: str) -> None:
    assert Account(vendor="palabra", base_url=address).base_url == address


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_vendor_cannot_send_the_box_and_its_key_elsewhere(status: int) -> None:
    reached: list[str] = []

    async def thief(connection: ServerConnection) -> None:
        assert connection.request
        reached.append(str(connection.request.headers))

    async with serve(thief, "127.0.0.1", 0) as elsewhere:
        port = elsewhere.sockets[0].getsockname()[1]

        def lead(connection: ServerConnection, _: Request) -> Response:
            response = connection.respond(HTTPStatus(status), "")
            response.headers["Location"] = f"ws://127.0.0.1:{port}/"
            return response

        async with serve(thief, "127.0.0.1", 0, process_request=lead) as vendor:
            here = vendor.sockets[0].getsockname()[1]
            with pytest.raises(Refused) as refused:
                await Socket.open(f"ws://127.0.0.1:{here}/", headers={"x-zoom-s2t-key": KEY})
            assert refused.value.status == status
            with pytest.raises(Refused):
                await call("GET", f"http://127.0.0.1:{here}/", headers={"x-zoom-s2t-key": KEY})
    assert not reached


async def test_nobody_on_the_way_passes_for_the_vendor() -> None:
    authority, served = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(served)
    heard: list[ServerConnection] = []

    async def listen(connection: ServerConnection) -> None:
        heard.append(connection)

    async with serve(listen, "127.0.0.1", 0, ssl=served) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConfigurationFault, match="certificate"):
            await Socket.open(f"wss://localhost:{port}/?key={KEY}")
        with pytest.raises(ConfigurationFault, match="certificate"):
            await call("GET", f"https://localhost:{port}/", headers={"x-key": KEY})
    assert not heard


async def test_nobody_can_turn_the_check_of_certificates_off(tmp_path: Path) -> None:
    registry = Registry.installed()
    for vendor in registry.values():
        schema = str(vendor.account_model.model_json_schema()) + str(vendor.options_model.model_json_schema())
        for word in ("verify", "insecure", "certificate", "tls", "ssl"):
            assert word not in schema.lower()
    async with victim(tmp_path) as box:
        token = {"Authorization": f"Bearer {await box.access.tokens.make('test')}"}
        for key in ("verify", "verify_tls", "insecure", "ssl"):
            account = {"vendor": "palabra", "api_key": KEY, key: False}
            answer = await box.ask("PUT", "/api/v1/accounts/mine", json=account, headers=token)
            assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    "failure",
    [
        VendorFailure(ESCAPES * 500),
        ConfigurationFault(f"Palabra refuses: {ESCAPES}"),
        Busy(f"Wait: {ESCAPES}", 1),
        Lost(ESCAPES),
        Planned(ESCAPES),
        Unreachable(ESCAPES, "example.com", 443),
    ],
)
def test_what_a_vendor_complains_of_steers_no_terminal_and_fakes_no_line_of_the_log(
    failure: VendorFailure,
) -> None:
    said = str(failure)
    assert len(said) <= 2_000
    assert not {unicodedata.category(sign) for sign in said} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


async def test_a_farewell_of_a_vendor_steers_no_terminal() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(1011, "\x1b[2J\r\nbye\u202e")

    async with serve(leave, "127.0.0.1", 0) as server:
        connected = await Socket.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert [message async for message in connected] == []
        with pytest.raises(Lost) as lost:
            await connected.send("x")
    assert str(lost.value) == "The speech vendor closed the connection: [2J bye"


@pytest.mark.parametrize("size", [LARGEST + 1, 8 * LARGEST])
async def test_one_giant_message_of_a_vendor_is_refused(size: int) -> None:
    async def flood(connection: ServerConnection) -> None:
        await connection.send("x" * size)

    async with serve(flood, "127.0.0.1", 0, max_size=None) as server:
        connected = await Socket.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(Lost, match="far too large"):
            [message async for message in connected]


async def test_a_giant_answer_of_a_vendor_is_not_kept(unused_tcp_port: int) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(b" " * 65_536)
        return response

    app = web.Application()
    app.router.add_get("/", flood)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        with pytest.raises(Lost, match="makes no sense"):
            await call("GET", f"http://127.0.0.1:{unused_tcp_port}/")
    finally:
        await runner.cleanup()
