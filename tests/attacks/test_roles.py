"""Whoever may read captions, and whoever may not even do that, in the administrator's place."""

import math
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from appliance.database import open_database
from appliance.settings import SettingsStore
from appliance.web.access import Access, Key, Who
from appliance.web.routes import RouteTable
from tests.attacks.victim import PATIENCE, until_it_ends, victim
from tests.rigs.admin import PASSWORD


def damage(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"no database" * 1_000)


_ROLES = ("stranger", "viewer", "viewer by link", "screen", "wrong token", "old code")


@pytest.mark.parametrize("viewers", ["code", "open"])
@pytest.mark.parametrize("role", _ROLES)
async def test_nobody_but_the_administrator_reaches_the_administration(
    tmp_path: Path, role: str, viewers: str
) -> None:
    async with victim(tmp_path, f'[web]\nviewers = "{viewers}"\n') as box:
        code = box.access.join_code.text
        headers = {
            "viewer": box.viewer,
            "screen": box.screen,
            "wrong token": {"Authorization": f"Bearer {code}"},
            "old code": box.viewer,
        }.get(role, {})
        if role == "old code":
            await box.access.rotate()
        query = f"?code={code}" if role == "viewer by link" else ""
        for route, (method, path) in zip(box.table, box.places(), strict=True):
            if route.who is Who.ADMIN:
                answer = await box.ask(method, f"{path}{query}", headers={**headers, "Origin": box.url})
                assert answer.status == 401, (method, path)


async def test_a_route_that_says_nothing_belongs_to_the_administrator(tmp_path: Path) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response()

    table = RouteTable()
    for add in (table.get, table.post, table.put, table.delete):
        add("/new", handle)
    assert {route.who for route in table} == {Who.ADMIN}
    async with victim(tmp_path) as box:
        network = ("wifi", "wlan", "network", "scan", "connect", "shell", "exec", "update", "upload", "restore")
        for name in network:
            for path in (
                f"/{name}",
                f"/api/{name}",
                f"/api/v1/{name}",
                f"/admin/{name}",
                f"/api/network/{name}",
            ):
                assert (await box.ask("GET", path)).status in (401, 404)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PROPFIND", "X"])
async def test_no_other_method_goes_around_the_guard(tmp_path: Path, method: str) -> None:
    async with victim(tmp_path) as box:
        for path in ("/api/v1/settings", "/admin", "/api/v1/transcripts", "/admin/box/settings.toml"):
            host = f"Host: 127.0.0.1:{box.port}"
            heard = await box.say(f"{method} {path} HTTP/1.1", host, "Connection: close", wait=5)
            assert heard.split(b" ", 2)[1] in (b"400", b"401", b"404", b"405", b"421", b"501"), heard


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "//admin",
        "/./admin",
        "/x/../admin",
        "/%61dmin",
        "/admin%2f",
        "/admin;x",
        "/admin/.",
        "/ADMIN",
        "/static/../admin",
        "/static/..%2fadmin",
        "/api/v1//settings",
        "/api/v1/%73ettings",
        "/api/v1/settings/",
        "/api/v1/settings?code=",
        "/api/v1/settings#",
    ],
)
async def test_no_other_spelling_of_an_address_goes_around_the_guard(tmp_path: Path, path: str) -> None:
    async with victim(tmp_path) as box:
        host = f"Host: 127.0.0.1:{box.port}"
        heard = await box.say(f"GET {path} HTTP/1.1", host, "Connection: close", wait=5)
        assert heard.split(b" ", 2)[1] in (b"400", b"401", b"404"), heard


async def test_a_reader_gets_no_more_than_captions_and_how_the_box_is(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        state = await box.ask("GET", "/api/v1/state", headers=box.viewer)
        assert state.status == 200
        for hidden in ("code", "key", "token", "account", "secret", "transcripts"):
            assert f'"{hidden}' not in state.text
        assert (await box.ask("GET", "/transcript.txt", headers=box.viewer)).status == 403


async def test_who_has_the_old_link_reads_no_more_once_there_is_a_new_one(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        old = box.viewer
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(f"{box.url}/api/v1/captions", headers=old) as stream,
        ):
            await stream.content.readany()
            await box.access.rotate()
            await until_it_ends(stream)
        for path in ("/", "/kiosk", "/api/v1/captions", "/api/v1/state", "/join.svg"):
            assert (await box.ask("GET", path, headers=old)).status == 401


async def test_a_link_is_not_guessed_before_the_sun_goes_out(tmp_path: Path) -> None:
    keys = {Key.new().text for _ in range(1_000)}
    assert len(keys) == 1_000
    assert min(len(key) * math.log2(32) for key in keys) >= 128
    async with victim(tmp_path) as box:
        for guess in ("", "%20", "x", "A" * 26, "*", "%00", "null", "1'%20OR%201=1--"):
            for path in (f"/j/{guess}", f"/screen/{guess}", f"/?code={guess}"):
                answer = await box.ask("GET", path)
                assert answer.status in (401, 403, 404), path
                assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "settings",
    [
        '[web]\nviewers_mode = "open"\n',
        "[web]\nauth = false\n",
        '[web]\nviewers = "everybody"\n',
        '[web]\nviewers = "OPEN"\n',
        "[web]\nviewers = true\n",
        '[access]\nadmin = "none"\n',
        '[web]\npassword = ""\n',
        "viewers = open\n",
        "\x00\xff",
        "",
    ],
)
async def test_a_setting_that_the_box_does_not_know_opens_nothing(tmp_path: Path, settings: str) -> None:
    async with victim(tmp_path, settings) as box:
        assert box.access.viewers == "code"
        for path in ("/", "/admin", "/api/v1/settings", "/api/v1/captions"):
            assert (await box.ask("GET", path)).status == 401
        assert await box.access.passwords.is_(PASSWORD)


async def test_broken_settings_open_no_box_that_was_closed(tmp_path: Path) -> None:
    """The last good settings hold, not defaults that may be laxer."""
    path = tmp_path / "settings.toml"
    path.write_text('[web]\nport = 8081\nviewers = "code"\n', "utf-8")
    store = SettingsStore(tmp_path)
    store.load()
    path.write_text('[web]\nport = 8081\nviewers = "code\n', "utf-8")
    settings = store.load()
    assert store.problem
    assert (settings.web.port, settings.web.viewers) == (8081, "code")


async def test_a_box_whose_database_is_broken_asks_for_the_code_on_its_display(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        access = Access(database, "code")
        await access.open()
        await access.claim(PASSWORD)
    damage(tmp_path)
    async with open_database(tmp_path, mend=True) as database:
        access = Access(database, "code")
        await access.open()
        assert not access.is_claimed
        assert not await access.passwords.is_("")
        assert len(str(access.setup_code).replace(" ", "")) == 8


async def test_the_api_does_not_document_a_way_around(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        document = await box.ask("GET", "/api/v1/openapi.json")
        assert document.status == 200
        for secret in (box.access.join_code.text, box.access.screen_key.text, str(tmp_path)):
            assert secret not in document.text
