import pytest
from aiohttp import web

from appliance.web import sessions
from appliance.web.routes import RouteTable
from tests.rigs.admin import PASSWORD, Browser, Shown, logged_in, stranger


class Office:
    """A page of the administrator's."""

    def routes(self, table: RouteTable) -> None:
        table.get("/admin", self.look)

    async def look(self, request: web.Request) -> web.Response:
        form = f'<input type="hidden" name="csrf" value="{await sessions.csrf_token(request)}">'
        return web.Response(text=f"The office. {form}", content_type="text/html")


async def give_code(browser: Browser) -> Shown:
    return await browser.send("/setup", {"code": str(browser.access.setup_code)})


async def test_who_reads_the_code_off_the_box_gets_it_with_a_password_of_their_own() -> None:
    async with stranger(Office()) as browser:
        assert (await browser.look("/admin")).path == "/setup"
        assert (await give_code(browser)).path == "/setup/password"
        await browser.send("/setup/password", {"password": PASSWORD})
        assert browser.access.is_claimed
        shown = await browser.look("/admin")
        assert (shown.status, shown.path) == (200, "/admin")
        assert "The office." in shown.text


async def test_a_box_that_has_an_administrator_cannot_be_claimed_again() -> None:
    async with logged_in(Office()) as owner:
        code = str(owner.access.setup_code)
        owner.session.cookie_jar.clear()
        assert (await owner.send("/setup", {"code": code})).path == "/login"
        assert (await owner.look("/setup")).path == "/login"
        assert (await owner.look("/setup/password")).path == "/login"


async def test_of_two_who_know_the_code_only_the_first_gets_the_box() -> None:
    async with stranger(Office()) as browser:
        await give_code(browser)
        await browser.access.claim("somebody else was quicker")
        late = await browser.send("/setup/password", {"password": PASSWORD})
        assert late.status == 409
        assert "Somebody else has set this box up" in late.text
        assert not await browser.access.passwords.is_(PASSWORD)
        assert (await browser.look("/admin")).path == "/login"


async def test_a_wrong_code_is_told_and_leads_nowhere() -> None:
    async with stranger(Office()) as browser:
        shown = await browser.send("/setup", {"code": "0000 000"})
        assert shown.status == 422
        assert "This is not the code" in shown.text
        assert (await browser.look("/setup/password")).path == "/setup"


@pytest.mark.parametrize("spoken", ["{0}", " {0} ", "{1}-{2}", "{1}{2}", "{1}   {2}"])
async def test_the_code_is_taken_however_somebody_types_it(spoken: str) -> None:
    async with stranger(Office()) as browser:
        code = str(browser.access.setup_code)
        typed = spoken.format(code, *code.split())
        assert (await browser.send("/setup", {"code": typed})).path == "/setup/password"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("kurz?", "at least 10 characters"),
        ("aaaaaaaaaaaaaaa", "at least 4 different characters"),
        ("x" * 100 + "abc" * 60, "200 characters at most"),
        ("with a \x00 in between", "200 characters at most"),
    ],
)
async def test_a_password_that_is_none_is_refused_in_plain_words(password: str, sentence: str) -> None:
    async with stranger(Office()) as browser:
        await give_code(browser)
        shown = await browser.send("/setup/password", {"password": password})
        assert shown.status == 422
        assert sentence in shown.text
        assert password not in shown.text
        assert not browser.access.is_claimed


async def test_the_administrator_logs_in_where_the_page_was_and_out_again() -> None:
    async with logged_in(Office()) as browser:
        browser.session.cookie_jar.clear()
        shown = await browser.look("/admin")
        assert (shown.status, shown.path) == (200, "/login")
        assert (await browser.send("/login?to=/admin", {"password": PASSWORD})).path == "/admin"
        assert (await browser.send("/logout")).path == "/login"
        assert (await browser.look("/admin")).path == "/login"


async def test_a_wrong_password_is_told_and_not_repeated() -> None:
    async with logged_in(Office()) as browser:
        browser.session.cookie_jar.clear()
        shown = await browser.log_in("canary of a password")
        assert shown.status == 422
        assert "This is not the password" in shown.text
        assert "canary" not in shown.text


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/adminevil", "javascript:1"]
)
async def test_logging_in_leads_to_no_other_site(to: str) -> None:
    async with logged_in(Office()) as browser:
        assert (await browser.send(f"/login?to={to}", {"password": PASSWORD})).path == "/admin"


async def test_a_session_of_before_a_restart_is_still_good_and_one_too_old_is_not() -> None:
    async with logged_in(Office()) as browser:
        assert (await browser.look("/admin")).path == "/admin"
        await browser.access._database.execute("UPDATE sessions SET made = made - 43201")
        assert (await browser.look("/admin")).path == "/login"
