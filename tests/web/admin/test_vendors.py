import re
from html import unescape
from pathlib import Path

from appliance.settings import load
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.emulators.palabra import PalabraEmulator
from tests.rigs.admin import PASSWORD, Browser, Shown
from tests.rigs.browser import check_accessible, log_in, open_browser, visit
from tests.rigs.vendors import vendor_pages

UNITS = "/admin/vendors/care/units"
CUSTOMERS = "/admin/vendors/care/customers"
SESSIONS = "/admin/vendors/talk/sessions"

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def care(folder: Path, url: str) -> Path:
    account = f'[accounts.care]\nvendor = "attendi"\ncustomer_id = "hall"\nbase_url = "{url}"\n'
    (folder / "settings.toml").write_text(account)
    (folder / "secrets.toml").write_text('[accounts.care]\ncustomer_key = "ck_test"\nsecret_key = "sk_test"\n')
    return folder


def talk(folder: Path, url: str) -> Path:
    (folder / "settings.toml").write_text(f'[accounts.talk]\nvendor = "palabra"\nbase_url = "{url}"\n')
    (folder / "secrets.toml").write_text('[accounts.talk]\napi_key = "plbr_right"\n')
    return folder


async def press(browser: Browser, page: Shown, path: str, **typed: str) -> Shown:
    """Press the button of the first form of a page that is sent to a path."""
    form = page.text.split(f'action="{path}"', 1)[1].split("</form>", 1)[0]
    return await browser.send(path, {**{key: unescape(text) for key, text in _HIDDEN.findall(form)}, **typed})


async def test_an_account_shows_what_its_vendor_keeps(tmp_path: Path) -> None:
    async with AttendiEmulator() as emulator, vendor_pages(care(tmp_path, emulator.url)) as browser:
        page = await browser.look("/admin/vendors")
        assert UNITS in page.text
        assert CUSTOMERS in page.text
        assert "on-device" not in page.text


async def test_a_unit_is_made_found_in_the_list_and_changed(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        vendor_pages(care(tmp_path, emulator.url)) as browser,
    ):
        assert "0 units." in (await browser.look(UNITS)).text
        form = await browser.look(f"{UNITS}/upsert")
        assert 'name="users"' in form.text
        made = await press(browser, form, f"{UNITS}/upsert", id="team", name="Team <1>", users="12")
        assert "The unit team is made." in made.text
        listed = await browser.look(UNITS)
        assert "Team &lt;1&gt;" in listed.text
        asked = await press(browser, listed, f"{UNITS}/update")
        assert 'value="Team &lt;1&gt;"' in asked.text
        assert 'value="12"' in asked.text
        changed = await press(browser, asked, f"{UNITS}/update", id="team", name="Team 1", users="12")
        assert "The unit team is changed." in changed.text
        assert emulator.sent[-1].body == {"name": "Team 1"}


async def test_what_is_typed_wrongly_is_said_beside_its_field(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        vendor_pages(care(tmp_path, emulator.url)) as browser,
    ):
        wrong = await browser.send(f"{UNITS}/upsert", {"id": "team", "name": "Team", "users": "many"})
        assert wrong.status == 422
        assert "a whole number" in wrong.text
        assert 'value="many"' in wrong.text
        assert not emulator.managed.units["hall"]


async def test_a_refusal_of_the_vendor_stands_on_the_page_with_all_that_was_typed(tmp_path: Path) -> None:
    refusal = {"/v1/customers/hall/units/team": Refusal(422, {"message": "No <b>such</b> users"})}
    async with (
        AttendiEmulator(refusals=refusal) as emulator,
        vendor_pages(care(tmp_path, emulator.url)) as browser,
    ):
        shown = await browser.send(f"{UNITS}/upsert", {"id": "team", "name": "Team", "users": "1"})
        assert shown.status == 409
        assert "No &lt;b&gt;such&lt;/b&gt; users" in shown.text
        assert 'value="Team"' in shown.text


async def test_a_list_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    async with vendor_pages(care(tmp_path, "http://127.0.0.1:9")) as browser:
        assert "cannot be reached" in (await browser.look(UNITS)).text


async def test_a_key_is_rolled_only_when_asked_twice_and_never_shown(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        vendor_pages(care(tmp_path, emulator.url)) as browser,
    ):
        asked = await browser.send(f"{CUSTOMERS}/roll-key", {"id": "hall"})
        assert "This cannot be taken back" in asked.text
        assert emulator.managed.rolls == []
        done = await press(browser, asked, f"{CUSTOMERS}/roll-key")
        assert "stored in the account" in done.text
        assert emulator.keys.now not in done.text
        assert load(tmp_path).accounts["care"].secrets["customer_key"].get_secret_value() == emulator.keys.now


async def test_a_session_is_made_its_tokens_shown_once_and_deleted(tmp_path: Path) -> None:
    async with PalabraEmulator() as emulator, vendor_pages(talk(tmp_path, emulator.url)) as browser:
        form = {"subscriber_count": "2", "intent": "broadcaster"}
        made = await browser.send(f"{SESSIONS}/create", form)
        assert ".publisher.x" in made.text
        assert emulator.created == [{"subscriber_count": 2, "intent": "broadcaster"}]
        listed = await browser.look(SESSIONS)
        assert ".publisher.x" not in listed.text
        asked = await press(browser, listed, f"{SESSIONS}/delete")
        assert emulator.deleted == []
        done = await press(browser, asked, f"{SESSIONS}/delete")
        assert "The session is deleted." in done.text
        assert len(emulator.deleted) == 1


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with AttendiEmulator() as emulator, vendor_pages(care(tmp_path, emulator.url)) as browser:
        for path in ("on-device/rooms", "nobody/units", "care/rooms", "care/units/explode"):
            assert (await browser.look(f"/admin/vendors/{path}")).status == 404


async def test_the_pages_work_on_a_phone_and_for_everybody(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        vendor_pages(care(tmp_path, emulator.url)) as browser,
        open_browser() as chromium,
        visit(chromium, f"{browser.url}/login?to={UNITS}", viewport={"width": 390, "height": 844}) as page,
    ):
        await browser.send(f"{UNITS}/upsert", {"id": "team", "name": "Team", "users": "3"})
        await log_in(page, PASSWORD)
        await page.wait_for_url(f"**{UNITS}")
        for path in ("/admin/vendors", UNITS, f"{UNITS}/upsert", f"{CUSTOMERS}/roll-key"):
            await page.goto(browser.url + path)
            await check_accessible(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.get_by_role("button", name="Go on…").click()
        await page.get_by_text("This cannot be taken back.").wait_for()
        await check_accessible(page)
