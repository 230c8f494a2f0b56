"""Coming in without the password, and staying in without the right to."""

import ast
import asyncio
import base64
import inspect
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import aiohttp
import pytest

from appliance.web import access, passwords, sessions, setup_code, tls, tokens
from appliance.web.passwords import Passwords
from appliance.web.sessions import COOKIE
from tests.attacks.victim import PATIENCE, Victim, session_of, until_it_ends, victim
from tests.rigs.admin import PASSWORD, Browser

WRONG = "not the password at all"
GUESSES = 100


@asynccontextmanager
async def claiming(box: Victim) -> AsyncIterator[Browser]:
    """A browser of somebody who has read the set-up code off the box."""
    async with box.browser() as browser:
        shown = await browser.send("/setup", {"code": str(box.access.setup_code)})
        assert shown.path == "/setup/password"
        yield browser


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer null",
        "Bearer \xff\xfe",
        "Basic",
        "Basic ",
        "Basic Og==",
        "Basic YWRtaW4=",
        "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode(),
        "Digest username=admin",
        "bearer",
        ":",
        "\t",
        "Bearer " + "x" * 7_000,
        "Negotiate YII=",
    ],
)
async def test_half_a_header_opens_nothing_even_where_a_cookie_would(
    tmp_path: Path, authorization: str
) -> None:
    async with victim(tmp_path) as box:
        for cookie in ({}, await box.logged_in()):
            lines = [f"{name}: {value}" for name, value in cookie.items()]
            host = f"Host: 127.0.0.1:{box.port}"
            head = "GET /api/v1/settings HTTP/1.1", host, "Connection: close", *lines
            answer = await box.say(*head, f"Authorization: {authorization}")
            assert answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 400 ")), answer[:200]


async def test_a_hundred_guesses_at_once_are_no_more_than_five(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    really = Passwords.is_

    async def is_(self: Passwords, password: str) -> bool:
        looked_at.append(password)
        return await really(self, password)

    monkeypatch.setattr(Passwords, "is_", is_)
    async with victim(tmp_path) as box:
        guesses = (
            box.ask("POST", "/login", data={"password": f"{WRONG} {n}"}, headers={"Origin": box.url})
            for n in range(GUESSES)
        )
        answers = await asyncio.gather(*guesses)
        late = await box.ask("POST", "/login", data={"password": PASSWORD}, headers={"Origin": box.url})
    assert len(looked_at) == 5
    assert sorted({answer.status for answer in answers}) == [422, 429]
    assert late.status == 429
    assert all(int(a.headers["Retry-After"]) > 0 for a in (*answers, late) if a.status == 429)


async def test_the_password_cannot_be_guessed_at_a_page_where_it_is_asked_for_again(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        fields = {"current": WRONG, "password": WRONG, "new": "another good password", "name": "x"}
        places = "/admin/access/password", "/admin/access/tokens", "/admin/transcripts/wipe"
        await browser.look("/admin/access")
        statuses = [(await browser.send(places[n % 3], fields)).status for n in range(8)]
        assert statuses == [422] * 5 + [429] * 3
        assert await box.access.passwords.is_(PASSWORD)
        assert not await box.access.tokens.list()


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP", "CF-Connecting-IP"]
)
async def test_another_address_in_a_header_buys_no_more_guesses(tmp_path: Path, header: str) -> None:
    async with victim(tmp_path) as box:
        statuses = []
        for n in range(7):
            place = f"for=192.0.2.{n}" if header == "Forwarded" else f"192.0.2.{n}"
            headers = {"Origin": box.url, header: place}
            answer = await box.ask("POST", "/login", data={"password": WRONG}, headers=headers)
            statuses.append(answer.status)
    assert statuses == [422] * 5 + [429] * 2


async def test_a_header_makes_nobody_the_box_itself(tmp_path: Path) -> None:
    here = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-User": "admin",
        "X-Remote-User": "admin",
        "X-Forwarded-Host": "127.0.0.1",
        "X-Original-URL": "/healthz",
        "X-Rewrite-URL": "/healthz",
        "X-HTTP-Method-Override": "GET",
    }
    async with victim(tmp_path) as box:
        for method, path in (
            ("GET", "/api/v1/settings"),
            ("GET", "/api/v1/setup"),
            ("DELETE", "/api/v1/transcripts"),
        ):
            assert (await box.ask(method, path, headers=here)).status == 401


async def test_the_set_up_code_cannot_be_guessed_in_parallel(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box:
        right = int(str(box.access.setup_code).replace(" ", ""))
        codes = [f"{(right + 1 + n) % 10**8:08}" for n in range(GUESSES)]
        answers = await asyncio.gather(
            *(box.ask("POST", "/setup", data={"code": code}, headers={"Origin": box.url}) for code in codes)
        )
        statuses = [answer.status for answer in answers]
        assert statuses.count(422) == 5
        assert statuses.count(429) == GUESSES - 5
        assert not box.access.is_claimed


async def test_of_many_who_choose_a_password_at_once_one_gets_the_box(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box, claiming(box) as one, claiming(box) as other:
        answers = await asyncio.gather(
            *(
                browser.send("/setup/password", {"password": f"the password of {name}"})
                for browser, name in (
                    (one, "one"),
                    (other, "other"),
                    (one, "one again"),
                    (other, "other again"),
                )
            ),
            return_exceptions=True,
        )
        assert not [answer for answer in answers if isinstance(answer, BaseException)]
        owners = [b for b in (one, other) if (await b.look("/admin")).path == "/admin"]
        assert len(owners) == 1
        good = [
            name
            for name in ("one", "other", "one again", "other again")
            if await box.access.passwords.is_(f"the password of {name}")
        ]
        assert len(good) == 1
        assert good[0].startswith("one" if owners[0] is one else "other")


async def test_nobody_sets_the_box_up_again_once_it_has_an_administrator(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box, claiming(box) as late:
        code = str(box.access.setup_code)
        await box.access.claim(PASSWORD)
        assert (await late.send("/setup/password", {"password": "that of the late one"})).status == 409
        async with box.browser() as browser:
            for _ in range(2):
                assert (await browser.send("/setup", {"code": code})).path == "/login"
            assert (await browser.send("/setup/password", {"password": "another one"})).path == "/login"
        assert str(box.access.setup_code) != code
        assert await box.access.passwords.is_(PASSWORD)


async def test_a_box_without_an_administrator_shows_the_administration_to_nobody(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box, claiming(box) as browser:
        cookie = {"Cookie": f"{COOKIE}={session_of(browser)}"}
        for headers in ({}, cookie, box.viewer, box.screen):
            for method, path in box.places():
                if path.startswith("/admin"):
                    answer = await box.ask(method, path, headers={**headers, "Origin": box.url})
                    assert answer.status in (401, 303), path
        assert (
            await box.ask("POST", "/login", data={"password": ""}, headers={"Origin": box.url})
        ).status == 422


async def test_a_session_planted_before_the_login_is_worth_nothing_after_it(tmp_path: Path) -> None:
    async with victim(tmp_path) as box:
        planted = {"Cookie": f"{COOKIE}=planted-by-the-attacker"}
        form = {"data": {"password": PASSWORD}, "headers": {**planted, "Origin": box.url}}
        answer = await box.ask("POST", "/login", **form)
        assert answer.status == 303
        given = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        assert given != "planted-by-the-attacker"
        assert (await box.ask("GET", "/api/v1/settings", headers=planted)).status == 401
        mine = {"Cookie": f"{COOKIE}={given}"}
        assert (await box.ask("GET", "/api/v1/settings", headers=mine)).status == 200


async def test_the_session_of_a_claim_ends_where_that_of_the_administrator_begins(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box, claiming(box) as browser:
        before = {"Cookie": f"{COOKIE}={session_of(browser)}"}
        await browser.send("/setup/password", {"password": PASSWORD})
        after = {"Cookie": f"{COOKIE}={session_of(browser)}"}
        assert before != after
        assert (await box.ask("GET", "/api/v1/settings", headers=before)).status == 401
        assert (await box.ask("GET", "/api/v1/settings", headers=after)).status == 200


async def test_a_stolen_cookie_is_worth_nothing_after_the_logout(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        stolen = {"Cookie": f"{COOKIE}={session_of(browser)}"}
        assert (await box.ask("GET", "/api/v1/settings", headers=stolen)).status == 200
        assert (await browser.send("/logout")).path == "/login"
        assert (await box.ask("GET", "/api/v1/settings", headers=stolen)).status == 401
        assert not session_of(browser)


async def test_who_stole_a_session_is_out_when_the_password_is_changed(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        stolen = await box.logged_in()
        await browser.look("/admin/access")
        await browser.send("/admin/access/password", {"current": PASSWORD, "new": "another good password"})
        assert (await browser.look("/admin")).path == "/admin"
        assert (await box.ask("GET", "/api/v1/settings", headers=stolen)).status == 401


async def test_who_took_over_a_session_can_neither_lock_the_owner_out_nor_stay(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        await browser.look("/admin/access")
        assert (await browser.send("/admin/access/password", {"new": "that of the thief!"})).status == 422
        assert (await browser.send("/admin/access/tokens", {"name": "for the thief"})).status == 422
        headers = {"Cookie": f"{COOKIE}={session_of(browser)}", "Origin": box.url}
        made = await box.ask("POST", "/api/v1/tokens", json={"name": "for the thief"}, headers=headers)
        assert made.status == 403
        assert not await box.access.tokens.list()
        assert await box.access.passwords.is_(PASSWORD)


@pytest.mark.parametrize("way", ["password", "sessions", "token", "reset"])
async def test_a_stream_that_a_thief_has_open_ends_when_the_thief_is_locked_out(
    tmp_path: Path, way: str
) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        token = await box.access.tokens.make("stolen")
        stolen = {"Authorization": f"Bearer {token}"} if way == "token" else await box.logged_in()
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(f"{box.url}/api/v1/captions", headers=stolen) as stream,
        ):
            assert stream.status == 200
            await stream.content.readany()
            await browser.look("/admin/access")
            match way:
                case "password":
                    fields = {"current": PASSWORD, "new": "another good password"}
                    await browser.send("/admin/access/password", fields)
                case "sessions":
                    await browser.send("/admin/access/sessions")
                case "token":
                    await browser.send("/admin/access/tokens/1/delete")
                case _:
                    await box.access.reset()
            async with asyncio.timeout(10):
                await until_it_ends(stream)
        assert (await box.ask("GET", "/api/v1/settings", headers=stolen)).status == 401


async def test_every_cookie_that_lets_somebody_in_is_out_of_reach_of_scripts_and_other_sites(
    tmp_path: Path,
) -> None:
    async with victim(tmp_path, claimed=False) as box:
        form = {"headers": {"Origin": box.url}}
        code, join, screen = str(box.access.setup_code), box.access.join_code.text, box.access.screen_key.text
        claimed = await box.ask("POST", "/setup", data={"code": code}, **form)
        mine = {"Cookie": claimed.headers["Set-Cookie"].partition(";")[0], "Origin": box.url}
        async with box.browser() as browser:
            await browser.send("/setup", {"code": code})
            csrf = browser._csrf
            mine = {"Cookie": f"{COOKIE}={session_of(browser)}", "Origin": box.url}
        first = await box.ask(
            "POST", "/setup/password", data={"password": PASSWORD, "csrf": csrf}, headers=mine
        )
        answers = [
            claimed,
            first,
            await box.ask("POST", "/login", data={"password": PASSWORD}, **form),
            await box.ask("GET", f"/screen/{screen}"),
            await box.ask("GET", f"/j/{join}"),
        ]
    set_by = [answer.headers["Set-Cookie"].lower() for answer in answers]
    assert all("; httponly" in cookie and "; path=/" in cookie and "domain=" not in cookie for cookie in set_by)
    assert ["samesite=strict" in cookie for cookie in set_by] == [True] * 3 + [False] * 2
    assert all("samesite=lax" in cookie for cookie in set_by[3:])  # by a link, and only to read


async def test_over_https_no_cookie_ever_goes_out_in_the_clear(tmp_path: Path) -> None:
    mine = tls.self_signed(tmp_path, ["127.0.0.1"])
    trusting = ssl.create_default_context(cafile=tmp_path / tls.SELF_SIGNED)
    async with victim(tmp_path, tls=mine.context) as box:
        answers = []
        async with aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as session:
            for method, path, data in (
                ("GET", f"/j/{box.access.join_code.text}", None),
                ("GET", f"/screen/{box.access.screen_key.text}", None),
                ("POST", "/login", {"password": PASSWORD}),
            ):
                url = f"https://127.0.0.1:{box.port}"
                async with session.request(
                    method, url + path, data=data, headers={"Origin": url}, ssl=trusting, allow_redirects=False
                ) as response:
                    answers.append(response.headers.getall("Set-Cookie"))
    assert all("secure" in cookie.lower() for cookies in answers for cookie in cookies)


@pytest.mark.parametrize("module", [access, passwords, sessions, setup_code, tokens])
def test_no_secret_is_compared_letter_by_letter(module: ModuleType) -> None:
    """How long an answer takes must not tell how much of a guess was right."""
    secrets = {"hash", "_hash", "text", "_digits", "password", "token", "code", "key", "cookie"}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            names = {
                n.attr if isinstance(n, ast.Attribute) else n.id
                for side in (node.left, *node.comparators)
                for n in ast.walk(side)
                if isinstance(n, ast.Attribute | ast.Name)
            }
            assert not names & secrets, ast.unparse(node)
