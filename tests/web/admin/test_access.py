import re
from pathlib import Path

import aiohttp

from tests.rigs.admin import PASSWORD
from tests.rigs.administration import administration

NEW = "another quite long password"


async def test_the_password_is_changed_only_by_who_knows_it_and_others_are_logged_out(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser, box.browser() as other:
        await browser.look("/admin/access")
        refused = await browser.send("/admin/access/password", {"current": "a guess", "new": NEW})
        assert refused.status == 422
        assert "This is not the password." in refused.text
        weak = await browser.send("/admin/access/password", {"current": PASSWORD, "new": "short"})
        assert weak.status == 422
        assert "at least 10 characters" in weak.text
        assert (await other.look("/admin")).path == "/admin"
        done = await browser.send("/admin/access/password", {"current": PASSWORD, "new": NEW})
        assert "The password is changed." in done.text
        assert (await other.look("/admin")).path == "/login"
        assert await box.access.passwords.is_(NEW)


async def test_who_guesses_at_the_password_here_is_held_up_as_at_the_door(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        await browser.look("/admin/access")
        guesses = [
            (await browser.send("/admin/access/password", {"current": "a guess", "new": NEW})).status
            for _ in range(6)
        ]
        assert guesses == [422] * 5 + [429]


async def test_a_token_is_shown_once_to_who_knows_the_password(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        empty = await browser.look("/admin/access")
        assert "There is none yet." in empty.text
        wrong = await browser.send("/admin/access/tokens", {"name": "MQTT", "password": "a guess"})
        assert wrong.status == 422
        assert 'value="MQTT"' in wrong.text
        assert await box.access.tokens.list() == ()
        made = await browser.send("/admin/access/tokens", {"name": "MQTT", "password": PASSWORD})
        found = re.search(r"cb_[\w-]{43}", made.text)
        assert found
        assert await box.access.tokens.is_(found[0])
        assert made.headers["Cache-Control"] == "no-store"
        again = await browser.look("/admin/access")
        assert "MQTT" in again.text
        assert found[0] not in again.text


async def test_a_token_is_deleted_only_when_asked_twice(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        token = await box.access.tokens.make("MQTT")
        asked = await browser.look("/admin/access/tokens/1/delete")
        assert "Delete the token “MQTT”?" in asked.text
        assert await box.access.tokens.is_(token)
        done = await browser.send("/admin/access/tokens/1/delete")
        assert "The token is deleted" in done.text
        assert not await box.access.tokens.is_(token)
        assert (await browser.look("/admin/access/tokens/1/delete")).status == 404


async def test_all_other_browsers_can_be_logged_out(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser, box.browser() as other:
        await browser.look("/admin/access")
        assert "All other browsers are logged out." in (await browser.send("/admin/access/sessions")).text
        assert (await other.look("/admin")).path == "/login"
        assert (await browser.look("/admin")).path == "/admin"


async def test_a_form_from_elsewhere_changes_no_password(tmp_path: Path) -> None:
    async with administration(tmp_path) as box, box.browser() as browser:
        await browser.look("/admin/access")
        form = aiohttp.FormData({"csrf": "made-up", "current": PASSWORD, "new": NEW})
        url = f"{browser.url}/admin/access/password"
        async with browser.session.post(url, data=form, headers={"Origin": browser.url}) as response:
            assert response.status == 403
        assert await box.access.passwords.is_(PASSWORD)
