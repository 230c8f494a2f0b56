from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.board import Board
from appliance.state import Status
from appliance.web.admin.frame import Frame
from appliance.web.admin.rooms import RoomsPage
from tests.rigs.admin import PASSWORD, Browser, logged_in
from tests.rigs.browser import log_in, open_browser, visit
from tests.rigs.settings import SettingsFiles

SETTINGS = """\
[box]
name = "Cellar" # below the stairs
room = "hall"

[rooms.hall]
title = "Great Hall"
account = "main"
from_language = "hi-IN"
fallback = "on-device"
[rooms.hall.options]
silence = 2 # they think

# upstairs
[rooms.library]
title = "Library"

[rooms.attic]
title = "Attic <b>"
to_languages = ["nl"]

[accounts.main]
vendor = "reverie"
app_id = "com.example"
"""
HALL = {
    "title": "Great Hall",
    "account": "main",
    "from_language": "hi-IN",
    "fallback": "on-device",
    "fallback_after": "5",
    "vendor": "reverie",
    "options.silence": "2",
    "options.punctuate": "on",
    "options.continuous": "on",
}


class Box(SettingsFiles):
    """The settings of a box in files, and an administrator's browser."""

    browser: Browser

    @property
    def order(self) -> list[str]:
        return list(self.load().rooms)


@asynccontextmanager
async def box_in(folder: Path) -> AsyncIterator[Box]:
    box = Box(folder, SETTINGS, '[accounts.main]\napi_key = "canary-one"\n')
    board = Board(Status(name="Cellar"))
    page = RoomsPage(Frame(board), box.load, box.save, box.registry)
    async with logged_in(page, board=board) as box.browser:
        await box.browser.look("/admin/rooms")
        yield box


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    async with box_in(tmp_path) as box:
        yield box


async def test_rooms_are_listed_in_the_order_of_the_button_with_what_may_not_work(box: Box) -> None:
    shown = await box.browser.look("/admin/rooms")
    assert shown.text.index("Great Hall") < shown.text.index("Library") < shown.text.index("Attic &lt;b&gt;")
    assert shown.text.count("In use") == 1
    assert "Hindi (India)" in shown.text
    assert "On-device engine does not translate" in shown.text


async def test_a_room_moves_up_and_down_and_the_same_one_stays_in_use(box: Box) -> None:
    await box.browser.send("/admin/rooms/library/up")
    assert box.order == ["library", "hall", "attic"]
    await box.browser.send("/admin/rooms/library/up")
    assert box.order == ["library", "hall", "attic"]
    shown = await box.browser.send("/admin/rooms/hall/down")
    assert (shown.path, box.order) == ("/admin/rooms", ["library", "attic", "hall"])
    assert box.load().box.room == "hall"
    assert "# upstairs\n[rooms.library]" in box.settings
    assert "silence = 2 # they think" in box.settings


async def test_another_room_is_used_at_once(box: Box) -> None:
    shown = await box.browser.send("/admin/rooms/library/use")
    assert "This room is in use now." in shown.text
    assert box.load().box.room == "library"
    assert (await box.browser.send("/admin/rooms/none/use")).status == 404


async def test_a_room_is_made_and_comes_last(box: Box) -> None:
    shown = await box.browser.look("/admin/rooms/_new")
    assert 'value="hi-IN"' in shown.text
    typed = {"title": "Hall", "account": "on-device", "from_language": "en-GB", "vendor": "local"}
    shown = await box.browser.send("/admin/rooms/_new", typed | {"options.pause": "0,7"})
    assert shown.path == "/admin/rooms"
    assert box.order == ["hall", "library", "attic", "hall-2"]
    room = box.load().rooms["hall-2"]
    assert (room.title, room.from_language, room.options) == ("Hall", "en-GB", {"pause": 0.7})


async def test_a_room_with_a_name_in_another_script_gets_a_key_too(box: Box) -> None:
    typed = {"title": "हॉल", "account": "on-device", "from_language": "en-US", "vendor": "local"}
    await box.browser.send("/admin/rooms/_new", typed)
    assert box.load().rooms["room"].title == "हॉल"


async def test_a_room_saved_as_it_is_changes_nothing(box: Box) -> None:
    shown = await box.browser.send("/admin/rooms/hall", HALL)
    assert shown.path == "/admin/rooms"
    assert box.settings == SETTINGS


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"from_language": "klingonish"}, "is not a language"),
        ({"to_languages": "xx-yy-zz"}, "is not a language"),
        ({"title": "Hall\u202ellaH"}, "Must be plain text on one line"),
        ({"title": " "}, "Give the room a name"),
        ({"options.silence": "900"}, "Must be a number"),
        ({"fallback_after": "soon"}, "Must be a number"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_and_nothing_is_changed(
    box: Box, wrong: dict[str, str], sentence: str
) -> None:
    shown = await box.browser.send("/admin/rooms/hall", HALL | wrong)
    assert shown.status == 422
    [key] = wrong
    error = shown.text.partition(f'id="{key}-error"')[2].partition("</p>")[0]
    assert sentence in error
    assert box.settings == SETTINGS


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unseen(box: Box) -> None:
    shown = await box.browser.look("/admin/rooms/hall")
    seen = {"version": shown.text.partition('name="version" value="')[2].partition('"')[0]}
    await box.browser.send("/admin/rooms/hall", HALL | {"title": "Theirs"})
    refused = await box.browser.send("/admin/rooms/hall", HALL | seen | {"title": "Ours"})
    assert "Somebody else has changed this meanwhile." in refused.text
    assert 'value="Ours"' in refused.text
    assert box.load().rooms["hall"].title == "Theirs"
    again = {"version": refused.text.partition('name="version" value="')[2].partition('"')[0]}
    await box.browser.send("/admin/rooms/hall", HALL | again | {"title": "Ours"})
    assert box.load().rooms["hall"].title == "Ours"


async def test_an_account_of_another_vendor_brings_its_own_options_before_anything_is_saved(box: Box) -> None:
    moved = HALL | {"title": "Typed", "account": "on-device"}
    for button in ({"change": "1"}, {}):
        shown = await box.browser.send("/admin/rooms/hall", moved | button)
        assert shown.status == 200
        assert 'name="vendor" value="local"' in shown.text
        assert "options.pause" in shown.text
        assert "options.silence" not in shown.text
        assert 'value="Typed"' in shown.text
        assert "On-device engine does not list Hindi (India)" in shown.text
        assert box.settings == SETTINGS
    chosen = {"from_language": "en-IN", "vendor": "local", "options.pause": "1"}
    await box.browser.send("/admin/rooms/hall", moved | chosen)
    assert box.load().rooms["hall"].options == {"pause": 1}


async def test_the_languages_to_choose_from_are_those_of_the_vendor(box: Box) -> None:
    shown = await box.browser.look("/admin/rooms/hall")
    assert '<option value="ta-IN">Tamil (India)</option>' in shown.text
    assert '<option value="nl">' not in shown.text


async def test_a_room_is_deleted_only_when_asked_twice_and_not_while_in_use(box: Box) -> None:
    assert 'class="danger"' not in (await box.browser.look("/admin/rooms/hall/delete")).text
    assert (await box.browser.send("/admin/rooms/hall/delete")).status == 409
    assert 'class="danger"' in (await box.browser.look("/admin/rooms/attic/delete")).text
    assert box.order == ["hall", "library", "attic"]
    shown = await box.browser.send("/admin/rooms/attic/delete")
    assert (shown.path, box.order) == ("/admin/rooms", ["hall", "library"])
    assert (await box.browser.look("/admin/rooms/attic")).status == 404


async def test_another_account_shows_its_options_without_leaving_the_page(tmp_path: Path) -> None:
    async with (
        box_in(tmp_path) as box,
        open_browser() as chromium,
        visit(chromium, f"{box.browser.url}/login?to=/admin/rooms/hall") as page,
    ):
        await log_in(page, PASSWORD)
        await page.wait_for_url("**/admin/rooms/hall")
        await expect(page.get_by_role("button", name="Show the options")).to_be_hidden()
        await page.get_by_label("Name").fill("Typed")
        await page.get_by_label("Account").select_option("on-device")
        await expect(page.get_by_label("Longest segment")).to_be_visible()
        await page.get_by_label("Spoken language").fill("en-US")
        await page.get_by_label("Spoken language").press("Enter")
        await page.wait_for_url("**/admin/rooms")
        room = box.load().rooms["hall"]
        assert (room.title, room.account, room.from_language) == ("Typed", "on-device", "en-US")
