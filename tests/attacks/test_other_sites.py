"""Other sites, open in the browser of somebody who is let in: they may neither act nor read."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext

from appliance.web.sessions import COOKIE
from tests.attacks.victim import Victim, session_of, victim
from tests.rigs.browser import open_browser

SITES = ("evil.example", "127.0.0.1")
"""Another site altogether, and another program on the same address: browsers send that one's cookies along."""

FORMS = """
<!doctype html><title>A nice page</title><body>
<iframe name="urlencoded"></iframe><iframe name="plain"></iframe><iframe name="parts"></iframe>
<script>
const send = (path, kind, target, fields) => {
  const form = document.createElement('form');
  Object.assign(form, {action: 'BOX' + path, method: 'POST', enctype: kind, target});
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    Object.assign(input, {name, value, type: 'hidden'});
    form.append(input);
  }
  document.body.append(form);
  form.submit();
};
send('/admin/commands', 'application/x-www-form-urlencoded', 'urlencoded', {command: 'start'});
send('/api/v1/commands', 'text/plain', 'plain', {'{"command": "start", "x': '": 1}'});
send('/admin/access/password', 'multipart/form-data', 'parts', {current: 'PASSWORD', new: 'of the evil site'});
</script>
"""

FETCHES = """
async () => {
  const box = 'BOX', tries = {};
  const attempt = async (name, path, options) => {
    tries[name] = await fetch(box + path, {credentials: 'include', ...options}).then(
      async (answer) => answer.type + ' ' + (await answer.text()), () => 'failed');
  };
  await attempt('read', '/api/v1/settings', {});
  await attempt('read blindly', '/api/v1/settings', {mode: 'no-cors'});
  await attempt('captions', '/', {});
  await attempt('command', '/api/v1/commands', {
    method: 'POST', mode: 'no-cors', headers: {'Content-Type': 'text/plain'}, body: '{"command": "start"}'});
  await attempt('json', '/api/v1/commands', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"command": "start"}'});
  await attempt('delete', '/api/v1/transcripts', {method: 'DELETE'});
  await attempt('token', '/api/v1/settings', {headers: {Authorization: 'Bearer x'}});
  return tries;
}
"""

STREAMS = """
async () => {
  const socket = await new Promise((done) => {
    const socket = new WebSocket('BOX/api/v1/captions'.replace('http', 'ws'));
    socket.onopen = () => done('open');
    socket.onerror = () => done('refused');
  });
  const events = await new Promise((done) => {
    const source = new EventSource('BOX/api/v1/captions', {withCredentials: true});
    source.onmessage = source.onopen = () => done('open');
    source.onerror = () => done('refused');
  });
  const loads = (kind, path) => new Promise((done) => {
    const element = document.createElement(kind);
    element.onload = () => done('loaded');
    element.onerror = () => done('refused');
    element.src = 'BOX' + path;
    document.body.append(element);
  });
  const image = await loads('img', '/join.svg'), script = await loads('script', '/api/v1/state');
  return {socket, events, image, script};
}
"""


FRAME = """
(url) => {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
}
"""


@asynccontextmanager
async def evil_site() -> AsyncIterator[int]:
    """Serves a page that means harm, whatever is asked for; its port."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=FORMS.replace("BOX", request.query["box"]), content_type="text/html")

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/forms", page)
    app.router.add_get("/", nothing)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def visitor(box: Victim) -> AsyncIterator[BrowserContext]:
    """A chromium in which the administrator of the box is logged in; evil.example leads to this machine."""
    rule = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    async with box.administrator() as browser, open_browser(rule) as chromium:
        context = await chromium.new_context()
        cookie: Any = {"name": COOKIE, "value": session_of(browser), "url": box.url, "sameSite": "Strict"}
        await context.add_cookies([cookie])
        yield context


async def kept(box: Victim) -> str:
    """All that the box keeps, and what it does, in one word."""
    rows = [
        [tuple(row) for row in await box.database.execute(f"SELECT * FROM {table}")]
        for table in ("tokens", "join_codes", "screen_keys", "passwords", "transcripts")
    ]
    settings = (box.folder / "settings.toml").read_bytes()
    return hashlib.sha256(f"{rows}{settings!r}{box.box.controller._on}".encode()).hexdigest()


async def is_logged_in(box: Victim, context: BrowserContext) -> bool:
    page = await context.new_page()
    await page.goto(f"{box.url}/admin")
    return page.url == f"{box.url}/admin"


@pytest.mark.parametrize("host", SITES)
async def test_a_page_of_another_site_cannot_press_a_button(tmp_path: Path, host: str) -> None:
    async with victim(tmp_path) as box, evil_site() as port, visitor(box) as context:
        before = await kept(box)
        page = await context.new_page()
        await page.goto(f"http://{host}:{port}/forms?box={box.url}")
        tried = "POST /admin/commands", "POST /api/v1/commands", "POST /admin/access/password"
        assert await box.until_answered(*tried) == [403, 403, 403]
        assert await kept(box) == before
        assert await is_logged_in(box, context)


@pytest.mark.parametrize("host", SITES)
async def test_a_script_of_another_site_can_neither_read_nor_do_anything(tmp_path: Path, host: str) -> None:
    async with victim(tmp_path) as box, evil_site() as port, visitor(box) as context:
        before = await kept(box)
        page = await context.new_page()
        await page.goto(f"http://{host}:{port}/")
        tries = await page.evaluate(FETCHES.replace("BOX", box.url))
        assert set(tries.values()) <= {"failed", "opaque "}
        loads = await page.evaluate(STREAMS.replace("BOX", box.url))
        assert set(loads.values()) == {"refused"}
        assert await kept(box) == before
        assert await is_logged_in(box, context)


async def test_a_page_of_another_site_cannot_show_the_administration_in_a_frame(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, evil_site() as port, visitor(box) as context:
        for host in SITES:
            page = await context.new_page()
            await page.goto(f"http://{host}:{port}/")
            box.answers.clear()
            await page.evaluate(FRAME, f"{box.url}/admin")
            await box.until_answered("GET /admin" if host == SITES[1] else "GET /login")
            [frame] = page.frames[1:]
            await frame.wait_for_load_state()
            assert "captionbox" not in (await frame.content()).lower()
            assert frame.url != f"{box.url}/admin"


async def test_a_name_of_the_attacker_that_leads_to_the_box_opens_nothing(tmp_path: Path) -> None:
    async with victim(tmp_path, '[web]\nviewers = "open"\n') as box, visitor(box) as context:
        page = await context.new_page()
        answer = await page.goto(f"http://evil.example:{box.port}/")
        assert answer
        assert answer.status == 421
        read = "() => fetch('/api/v1/state').then((answer) => answer.status)"
        assert await page.evaluate(read) == 421
        post = "() => fetch('/login', {method: 'POST', body: 'password=x'}).then((answer) => answer.status)"
        assert await page.evaluate(post) == 421


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80@127.0.0.1",
        "127.0.0.1@evil.example",
        "localhost.evil.example",
        "2130706433",
        "0x7f.1",
        "",
        "[::1",
        "127.0.0.1 evil.example",
    ],
)
async def test_no_name_that_is_not_the_boxs_own_is_taken_for_it(tmp_path: Path, host: str) -> None:
    async with victim(tmp_path) as box:
        answer = await box.say("GET /healthz HTTP/1.1", f"Host: {host}", "Connection: close")
    assert answer.partition(b"\r\n")[0] in (
        b"HTTP/1.1 421 Misdirected Request",
        b"HTTP/1.1 400 Bad Request",
    )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "", "x"]
)
async def test_whoever_says_to_come_from_elsewhere_is_refused_everywhere(
    tmp_path: Path, method: str, origin: str
) -> None:
    async with victim(tmp_path, '[web]\nviewers = "open"\n') as box:
        cookie = {**await box.logged_in(), "Origin": origin}
        for path in ("/", "/admin", "/healthz", "/static/base.css", "/api/v1/commands", "/login", "/nothing"):
            assert (await box.ask(method, path, headers=cookie)).status == 403, path


async def test_an_upgrade_to_a_websocket_is_refused_to_other_sites_and_understood_by_nobody(
    tmp_path: Path,
) -> None:
    async with victim(tmp_path, '[web]\nviewers = "open"\n') as box:
        ours = "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        for origin, status in (("http://evil.example", b"403"), (box.url, b"200")):
            lines = f"Host: 127.0.0.1:{box.port}", *ours, key, f"Origin: {origin}"
            heard = await box.say("GET /healthz HTTP/1.1", *lines, wait=0.5)
            assert heard.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"csrf": ""}},
        {"data": {"csrf": "x" * 43}},
        {"data": {}},
        {"data": "", "headers": {"Content-Type": "text/plain"}},
        {"json": {}},
        {},
    ],
    ids=["empty", "wrong", "none", "text", "JSON", "no body"],
)
async def test_no_form_of_the_administration_works_without_its_token(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    async with victim(tmp_path) as box:
        mine, before = await box.logged_in(), await kept(box)
        headers = {**how.get("headers", {}), **mine, "Origin": box.url}
        for method, path in box.places("POST"):
            if not path.startswith("/api/"):
                answer = await box.ask(method, path, **{**how, "headers": headers})
                assert answer.status == 403, path
        assert await kept(box) == before


async def test_a_session_without_an_origin_may_only_read(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        cookie, before = await box.logged_in(), await kept(box)
        for method, path in box.places("POST", "PUT", "DELETE"):
            assert (await box.ask(method, path, headers=cookie)).status == 403, path
        assert await kept(box) == before


async def test_nothing_is_changed_by_looking_at_it(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        mine, before = await box.logged_in(), await kept(box)
        for method, path in box.places("GET"):
            if not path.endswith(("/captions", "/events")):
                await box.ask(method, path, headers=mine)
        assert await kept(box) == before


async def test_no_page_gives_other_sites_leave_to_read_it(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        mine = await box.logged_in()
        for method, path in box.places("GET"):
            if not path.endswith(("/captions", "/events")):
                headers = (await box.ask(method, path, headers=mine)).headers
                assert not [name for name in headers if name.lower().startswith("access-control-")]
                assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
                assert "unsafe" not in headers["Content-Security-Policy"]
