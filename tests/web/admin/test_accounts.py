from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from appliance.board import Board
from appliance.settings import SettingsStore
from appliance.state import Status
from appliance.vendors.contract import (
    ConfigurationFault,
    Delivery,
    Manifest,
    NetworkAccount,
    Order,
    Stream,
    Vendor,
    VendorModel,
)
from appliance.vendors.registry import Registry
from appliance.web.admin.accounts import AccountsPage
from appliance.web.admin.frame import Frame
from appliance.web.api.check import CheckApi
from tests.rigs.admin import PASSWORD, Browser, logged_in
from tests.rigs.browser import log_in, open_browser, visit
from tests.rigs.settings import SettingsFiles

SETTINGS = """\
[box]
name = "Cellar" # below the stairs

[rooms.hall]
title = "Great Hall"
account = "main"

[accounts.main]
vendor = "reverie"
app_id = "com.example"

[accounts.other]
vendor = "stenomatic"

[accounts.asked]
vendor = "asked"
"""
SECRETS = (
    '[accounts.main]\napi_key = "canary-one"\n'
    '[accounts.other]\napi_key = "canary-a"\ndeveloper_key = "canary-b"\n'
    '[accounts.asked]\nkey = "canary-good"\n'
)


class Keyed(NetworkAccount):
    """One key."""

    key: SecretStr = Field(title="Key")


class NoOptions(VendorModel):
    """There is nothing to set."""


class Asked(Vendor[Keyed, NoOptions]):
    """Takes the key that is good."""

    manifest: ClassVar[Manifest] = Manifest(
        title="Asked & Co", delivery=Delivery.LIVE, languages=("nl", "fr-FR")
    )
    account_model = Keyed
    options_model = NoOptions

    async def check(self, account: Keyed) -> str:
        if account.key.get_secret_value() != "canary-good":
            raise ConfigurationFault("This key is <b>unknown</b>.")
        return "The key is good; this check costs nothing."

    async def open(self, account: Keyed, order: Order[NoOptions]) -> Stream:
        raise NotImplementedError


class Box(SettingsFiles):
    """The settings of a box in files, and an administrator's browser."""

    browser: Browser


@asynccontextmanager
async def box_in(folder: Path) -> AsyncIterator[Box]:
    registry = Registry({**Registry.installed(), "asked": Asked()})
    box = Box(folder, SETTINGS, SECRETS, registry=registry)
    checks = CheckApi(box.load, registry)
    board = Board(Status(name="Cellar"))
    page = AccountsPage(Frame(board), box.load, box.save, registry, checks)
    async with logged_in(page, checks, board=board) as box.browser:
        yield box


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    async with box_in(tmp_path) as box:
        yield box


async def test_each_account_tells_its_vendor_its_rooms_and_whether_its_key_is_set_but_no_key(box: Box) -> None:
    shown = await box.browser.look("/admin/accounts")
    assert shown.status == 200
    for words in (
        "Reverie",
        "Great Hall",
        "The key is set.",
        "On-device engine",
        "It needs no key.",
        "No room uses it.",
    ):
        assert words in shown.text
    for path in ("/admin/accounts/main", "/admin/accounts/other", "/admin/accounts/_new/reverie"):
        assert "canary" not in (await box.browser.look(path)).text


async def test_each_vendor_says_what_it_can_do_before_it_is_chosen(box: Box) -> None:
    shown = await box.browser.look("/admin/accounts/_new")
    assert "Asked &amp; Co" in shown.text
    assert "Dutch, French" in shown.text
    assert "12 languages" in shown.text
    for vendor in Registry.installed():
        assert f'href="/admin/accounts/_new/{vendor}"' in shown.text
        assert (await box.browser.look(f"/admin/accounts/_new/{vendor}")).status == 200


async def test_an_account_is_made_under_a_name_made_of_what_was_typed(box: Box) -> None:
    await box.browser.look("/admin/accounts/_new/reverie")
    typed = {":key": "Größe 2 / Réserve", "app_id": "com.new", "api_key": "canary-new", "monthly_minutes": "0"}
    shown = await box.browser.send("/admin/accounts/_new/reverie", typed)
    assert (shown.status, shown.path) == (200, "/admin/accounts/grosse-2-reserve")
    assert "The account is saved." in shown.text
    assert '[accounts.grosse-2-reserve]\nvendor = "reverie"\napp_id = "com.new"' in box.settings
    assert "canary-new" in box.secrets
    assert "canary-new" not in shown.text
    assert 'name = "Cellar" # below the stairs' in box.settings


async def test_a_second_account_without_a_name_gets_one_and_takes_no_place(box: Box) -> None:
    for name in ("reverie", "reverie-2"):
        shown = await box.browser.look("/admin/accounts/_new/reverie")
        assert f'value="{name}"' in shown.text
        shown = await box.browser.send("/admin/accounts/_new/reverie", {"app_id": "x", "api_key": "k"})
        assert shown.path == f"/admin/accounts/{name}"


async def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_is_still_there_but_no_key(
    box: Box,
) -> None:
    await box.browser.look("/admin/accounts/_new/reverie")
    typed = {":key": "main", "app_id": "", "api_key": "canary-new"}
    taken = await box.browser.send("/admin/accounts/_new/reverie", typed)
    assert taken.status == 422
    assert "Another account has this name already" in taken.text
    typed = {":key": "new", "app_id": "typed", "api_key": "canary-new", "base_url": "http://example.com"}
    shown = await box.browser.send("/admin/accounts/_new/reverie", typed)
    assert shown.status == 422
    assert "must be https:// or wss://" in shown.text
    assert 'value="typed"' in shown.text
    assert "canary-new" not in shown.text
    assert (box.settings, box.secrets) == (SETTINGS, SECRETS)


async def test_a_key_stays_when_something_else_is_changed(box: Box) -> None:
    await box.browser.look("/admin/accounts/main")
    shown = await box.browser.send("/admin/accounts/main", {"app_id": "com.changed", "monthly_minutes": "7"})
    assert (shown.status, shown.path) == (200, "/admin/accounts/main")
    assert "com.changed" in box.settings
    assert "canary-one" in box.secrets


async def test_a_thief_at_an_open_session_cannot_have_a_key_sent_to_another_host(box: Box) -> None:
    await box.browser.look("/admin/accounts/main")
    typed = {"app_id": "com.example", "base_url": "https://thief.example"}
    shown = await box.browser.send("/admin/accounts/main", typed)
    assert shown.status == 422
    assert "no other host gets a key" in shown.text
    assert "Leave empty to keep it" not in shown.text
    assert (box.settings, box.secrets) == (SETTINGS, SECRETS)
    shown = await box.browser.send("/admin/accounts/main", typed | {"api_key": "canary-two"})
    assert shown.status == 200
    assert "canary-one" not in box.secrets


@pytest.mark.parametrize(
    "elsewhere", [{"base_url": "https://thief.example"}, {"grpc_target": "thief.example:443"}]
)
async def test_keys_that_went_with_the_old_address_are_told_to_be_gone(
    box: Box, elsewhere: dict[str, str]
) -> None:
    await box.browser.look("/admin/accounts/other")
    shown = await box.browser.send("/admin/accounts/other", {"api_key": "canary-new", **elsewhere})
    assert "no other host gets a key" in shown.text
    assert "canary-b" not in box.secrets
    assert "canary-new" in box.secrets


async def test_a_check_tells_what_the_vendor_said_until_the_account_changes(box: Box) -> None:
    await box.browser.look("/admin/accounts")
    shown = await box.browser.send("/admin/accounts/asked/check", {"list": "1"})
    assert shown.path == "/admin/accounts"
    assert "The key is good; this check costs nothing." in shown.text
    shown = await box.browser.send("/admin/accounts/asked", {"key": "canary-bad"})
    assert "The key is good" not in shown.text
    shown = await box.browser.send("/admin/accounts/asked/check")
    assert shown.path == "/admin/accounts/asked"
    assert "This key is &lt;b&gt;unknown&lt;/b&gt;." in shown.text


async def test_an_account_is_deleted_with_its_keys_only_when_asked_twice_and_no_room_uses_it(box: Box) -> None:
    question = await box.browser.look("/admin/accounts/main/delete")
    assert "Great Hall" in question.text
    assert 'class="danger"' not in question.text
    refused = await box.browser.send("/admin/accounts/main/delete")
    assert refused.status == 409
    assert "hall" in refused.text
    question = await box.browser.look("/admin/accounts/other/delete")
    assert 'class="danger"' in question.text
    assert box.settings == SETTINGS
    shown = await box.browser.send("/admin/accounts/other/delete")
    assert shown.path == "/admin/accounts"
    assert "The account is deleted" in shown.text
    assert "canary-a" not in box.secrets
    assert (await box.browser.send("/admin/accounts/on-device/delete")).status == 409


@pytest.mark.parametrize(
    "path", ["/admin/accounts/none", "/admin/accounts/none/delete", "/admin/accounts/_new/none"]
)
async def test_an_account_that_is_not_there_is_told_so(box: Box, path: str) -> None:
    assert (await box.browser.look(path)).status == 404


async def test_the_account_of_a_vendor_that_is_no_longer_installed_can_be_deleted(box: Box) -> None:
    (box.folder / "settings.toml").write_text(SETTINGS + '[accounts.gone]\nvendor = "gone"\n', "utf-8")
    SettingsStore(box.folder).load()
    shown = await box.browser.look("/admin/accounts/gone")
    assert "not installed" in shown.text
    shown = await box.browser.send("/admin/accounts/gone/delete")
    assert "The account is deleted" in shown.text
    assert box.settings == SETTINGS


async def test_a_check_is_answered_in_place(tmp_path: Path) -> None:
    async with (
        box_in(tmp_path) as box,
        open_browser() as chromium,
        visit(chromium, f"{box.browser.url}/login?to=/admin/accounts") as page,
    ):
        await log_in(page, PASSWORD)
        await page.wait_for_url("**/admin/accounts")
        await page.evaluate("window.stays = true")
        await page.get_by_role("button", name="Check asked").click()
        await page.get_by_text("The key is good; this check costs nothing.").wait_for()
        assert await page.evaluate("window.stays")
        assert await page.get_by_role("button", name="Check asked").inner_text() == "Check"
