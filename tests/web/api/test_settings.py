import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.web.api.settings import SettingsApi
from tests.rigs.api import Administrator, administrator
from tests.rigs.settings import SettingsFiles

SETTINGS = """\
# The box in the cellar.
[box]
name = "Cellar" # below the stairs
room = "hall"

[rooms.hall]
title = "Hall"

[rooms.library]
title = "Library"
account = "main"
fallback = "on-device"

[accounts.main]
vendor = "reverie"
app_id = "com.example"
"""
SECRETS = '[accounts.main]\napi_key = "canary-one"\n'


class Box(SettingsFiles):
    """The settings of a box, in files, and whoever takes them up."""

    admin: Administrator


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    box = Box(tmp_path, SETTINGS, SECRETS)
    async with administrator(SettingsApi(box.load, box.save, box.registry)) as box.admin:
        yield box


@pytest.fixture
def key_of_systemd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systemd hands over the key of the account main."""
    credentials = tmp_path_factory.mktemp("credentials")
    (credentials / "accounts.main.api_key").write_text("canary-systemd", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))


async def test_all_that_is_set_can_be_read_but_no_secret(box: Box) -> None:
    answer = await box.admin.get("/settings")
    assert answer.status == 200
    assert answer.body["box"] == {"name": "Cellar", "room": "hall", "start": "button", "language": "en"}
    assert answer.body["rooms"]["hall"]["title"] == "Hall"
    account = answer.body["accounts"]["main"]
    assert account["app_id"] == "com.example"
    assert account["secrets"] == {"api_key": True}
    assert "canary" not in str(answer)


async def test_what_was_read_can_be_sent_back_and_nothing_is_different(box: Box) -> None:
    before = await box.admin.get("/settings")
    after = await box.admin.put("/settings", before.body, If_Match=before.etag)
    assert (after.status, after.body, after.etag) == (200, before.body, before.etag)
    assert SETTINGS in box.settings
    assert box.secrets == SECRETS


async def test_a_change_leaves_comments_and_all_else_as_they_were(box: Box) -> None:
    answer = await box.admin.put("/settings", {"box": {"name": "Attic"}, "audio": {"idle_after": 30}})
    assert answer.body["box"] == {"name": "Attic", "room": "hall", "start": "button", "language": "en"}
    assert 'name = "Attic" # below the stairs' in box.settings
    assert "# The box in the cellar." in box.settings
    assert answer.body["rooms"].keys() == {"hall", "library"}
    assert box.secrets == SECRETS


async def test_null_puts_a_default_back(box: Box) -> None:
    answer = await box.admin.put("/settings", {"box": {"name": None}})
    assert answer.body["box"]["name"] == "Captionbox"
    assert "Cellar" not in box.settings.partition("[rooms")[0].replace("# The box in the cellar.", "")


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({"bix": {"name": "X"}}, {"bix"}),
        ({"box": {"name": ""}, "web": {"port": "x"}}, {"box.name", "web.port"}),
        ({"rooms": None}, {"rooms"}),
        ({"rooms": {"hall": None}}, {"rooms.hall"}),
        ({"rooms": {"hall": {"account": "nobody"}}}, {"rooms.hall.account"}),
        ({"rooms": {"hall": {"options": {"pause": 900}}}}, {"rooms.hall.options.pause"}),
        (
            {"rooms": {"hall": {}}, "accounts": {"new": {"vendor": "revery", "api_key": "canary-two"}}},
            {"accounts.new.vendor"},
        ),
        (
            {"accounts": {"main": {"vendor": "reverie", "app_id": "x", "api_key": None}}},
            {"accounts.main.api_key"},
        ),
    ],
)
async def test_what_is_wrong_is_told_key_by_key_and_nothing_is_changed(
    box: Box, body: dict[str, Any], keys: set[str]
) -> None:
    answer = await box.admin.put("/settings", body)
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    told = {error["key"]: error["sentence"] for error in answer.body["errors"]}
    assert keys <= told.keys()
    assert all(told.values())
    assert answer.body["detail"].startswith("Nothing was changed")
    assert "canary" not in str(answer)
    assert (box.settings, box.secrets) == (SETTINGS, SECRETS)


async def test_of_two_administrators_the_second_is_told_and_neither_loses_anything(box: Box) -> None:
    first, second = await box.admin.get("/settings"), await box.admin.get("/settings")
    saved = await box.admin.put("/settings", {"box": {"name": "First"}}, If_Match=first.etag)
    assert saved.status == 200
    late = await box.admin.put("/settings", {"box": {"name": "Second"}}, If_Match=second.etag)
    assert late.status == 412
    assert (await box.admin.get("/settings")).body["box"]["name"] == "First"
    again = await box.admin.put("/settings", {"box": {"name": "Second"}}, If_Match=saved.etag)
    assert again.status == 200


async def test_of_many_who_save_at_the_same_moment_exactly_one_is_first(box: Box) -> None:
    etag = (await box.admin.get("/rooms")).etag
    titles = [f"Hall {n}" for n in range(8)]
    answers = await asyncio.gather(
        *(box.admin.put("/rooms/hall", {"title": title}, If_Match=etag) for title in titles)
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    [winner] = [answer.body["title"] for answer in answers if answer.status == 200]
    assert (await box.admin.get("/rooms/hall")).body["title"] == winner


async def test_a_secret_changed_by_somebody_else_counts_as_a_change(box: Box) -> None:
    etag = (await box.admin.get("/accounts/main")).etag
    body = {"vendor": "reverie", "app_id": "com.example"}
    await box.admin.put("/accounts/main", body | {"api_key": "canary-two"})
    assert (await box.admin.put("/accounts/main", body, If_Match=etag)).status == 412
    assert "canary-two" in box.secrets


async def test_the_button_that_changes_the_room_stops_nobody_from_saving_an_account(box: Box) -> None:
    etag = (await box.admin.get("/accounts")).etag
    await box.admin.put("/settings", {"box": {"room": "library"}})
    body = {"vendor": "reverie", "app_id": "com.other"}
    assert (await box.admin.put("/accounts/main", body, If_Match=etag)).status == 200


async def test_a_file_changed_by_hand_meanwhile_counts_as_a_change(box: Box) -> None:
    etag = (await box.admin.get("/settings")).etag
    (box.folder / "settings.toml").write_text(SETTINGS.replace("Cellar", "By hand"), "utf-8")
    assert (await box.admin.put("/settings", {"box": {"name": "X"}}, If_Match=etag)).status == 412
    assert "By hand" in box.settings


async def test_a_secret_left_out_stays_one_given_is_new_and_null_takes_it_away(box: Box) -> None:
    path = "/accounts/other"
    made = await box.admin.put(
        path, {"vendor": "stenomatic", "api_key": "canary-a", "developer_key": "canary-b"}
    )
    assert made.status == 201
    assert made.body["secrets"] == {"api_key": True, "developer_key": True}
    kept = await box.admin.put(path, {"vendor": "stenomatic", "client_id": "c"})
    assert (kept.status, kept.body["secrets"]) == (200, {"api_key": True, "developer_key": True})
    assert (await box.admin.put(path, {"vendor": "stenomatic", "api_key": "canary-c"})).status == 200
    assert "canary-c" in box.secrets
    assert "canary-a" not in box.secrets
    gone = await box.admin.put(path, {"vendor": "stenomatic", "developer_key": None})
    assert gone.body["secrets"] == {"api_key": True, "developer_key": False}
    assert "canary-b" not in box.secrets
    assert "canary" not in box.settings
    assert "client_id" not in box.settings


async def test_no_vendor_gets_the_secrets_of_another(box: Box) -> None:
    answer = await box.admin.put("/accounts/main", {"vendor": "palabra"})
    assert answer.status == 422
    answer = await box.admin.put("/accounts/main", {"vendor": "palabra", "api_key": "canary-two"})
    assert answer.status == 200
    assert answer.body == {
        "vendor": "palabra",
        "base_url": None,
        "monthly_minutes": 0,
        "secrets": {"api_key": True, "client_secret": False},
    }
    assert "canary-one" not in box.secrets


@pytest.mark.usefixtures("key_of_systemd")
async def test_a_secret_that_systemd_hands_over_is_not_changed_here(box: Box) -> None:
    body = {"vendor": "reverie", "app_id": "com.example", "api_key": "canary-two"}
    answer = await box.admin.put("/accounts/main", body)
    assert answer.status == 422
    assert "systemd" in answer.body["detail"]


async def test_an_account_goes_with_its_secrets_but_not_while_a_room_needs_it(box: Box) -> None:
    refused = await box.admin.delete("/accounts/main")
    assert refused.status == 409
    assert "library" in refused.body["detail"]
    await box.admin.delete("/rooms/library")
    assert (await box.admin.delete("/accounts/main")).status == 204
    assert "canary" not in box.secrets
    assert (await box.admin.get("/accounts/main")).status == 404
    assert (await box.admin.delete("/accounts/main")).status == 404


async def test_the_engine_of_the_box_is_always_there(box: Box) -> None:
    await box.admin.put("/rooms", {"hall": {"account": "main"}})
    answer = await box.admin.delete("/accounts/on-device")
    assert answer.status == 409
    changed = await box.admin.put("/accounts/on-device", {"vendor": "local", "monthly_minutes": 5})
    assert changed.body["monthly_minutes"] == 5


async def test_a_room_is_made_changed_and_taken_away(box: Box) -> None:
    made = await box.admin.put(
        "/rooms/lab", {"title": "Lab", "from_language": "en_gb", "options": {"pause": 1}}
    )
    assert (made.status, made.body["from_language"]) == (201, "en-GB")
    changed = await box.admin.put("/rooms/lab", {"title": "Laboratory"})
    assert (changed.status, changed.body["options"]) == (200, {})
    assert changed.body["from_language"] == "en-US"
    assert (await box.admin.delete("/rooms/lab", If_Match='"old"')).status == 412
    assert (await box.admin.delete("/rooms/lab", If_Match=changed.etag)).status == 204
    assert (await box.admin.get("/rooms")).body.keys() == {"hall", "library"}
    assert (await box.admin.delete("/rooms/lab")).status == 404


async def test_the_room_in_use_is_not_taken_away(box: Box) -> None:
    assert (await box.admin.delete("/rooms/hall")).status == 409
    answer = await box.admin.put("/rooms", {"library": {"title": "Library"}})
    assert [error["key"] for error in answer.body["errors"]] == ["box.room"]
    assert box.settings == SETTINGS


async def test_rooms_and_accounts_given_whole_are_then_the_only_ones(box: Box) -> None:
    rooms = await box.admin.put("/rooms", {"hall": {"title": "Great hall"}, "lab": {"title": "Lab"}})
    assert rooms.body.keys() == {"hall", "lab"}
    accounts = await box.admin.put("/accounts", {})
    assert accounts.body.keys() == {"on-device"}
    assert "canary" not in box.secrets


async def test_a_second_room_does_not_take_the_place_of_the_one_that_nobody_wrote_down(box: Box) -> None:
    (box.folder / "settings.toml").write_text('[box]\nname = "New"\n', "utf-8")
    assert (await box.admin.put("/rooms/lab", {"title": "Lab"})).status == 201
    settings = (await box.admin.get("/settings")).body
    assert settings["rooms"].keys() == {"meeting-room", "lab"}
    assert settings["box"]["room"] == "meeting-room"


@pytest.mark.parametrize("name", ["Hall", "a b", "x" * 64, "%00", "%F0%9F%8E%A4", "..%2F..", '"'])
async def test_a_name_that_does_not_fit_into_the_settings_is_refused(box: Box, name: str) -> None:
    answer = await box.admin.put(f"/rooms/{name}", {"title": "X"})
    assert answer.status in (404, 422)
    assert box.settings == SETTINGS


async def test_a_full_disk_is_told_and_nothing_is_lost(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.settings.files.os.fsync", full)
    answer = await box.admin.put("/settings", {"box": {"name": "X"}})
    assert answer.status == 503
    assert "No space left" in answer.body["detail"]
    assert box.settings == SETTINGS


async def test_a_file_broken_by_hand_is_left_for_the_hand_to_mend(box: Box) -> None:
    (box.folder / "settings.toml").write_text("[box\n", "utf-8")
    assert (await box.admin.get("/settings")).status == 200
    answer = await box.admin.put("/settings", {"box": {"name": "X"}})
    assert answer.status == 409
    assert "settings.toml" in answer.body["detail"]
    assert box.settings == "[box\n"


async def test_the_button_goes_through_the_rooms_in_the_order_they_were_given(box: Box) -> None:
    rooms = (await box.admin.get("/rooms")).body
    answer = await box.admin.put("/rooms", dict(reversed(rooms.items())))
    assert list(answer.body) == list((await box.admin.get("/rooms")).body) == ["library", "hall"]
    assert answer.body == rooms
    assert box.settings.index("[rooms.library]") < box.settings.index("[rooms.hall]")
    assert "# The box in the cellar." in box.settings
    whole = (await box.admin.get("/settings")).body
    again = await box.admin.put("/settings", {**whole, "rooms": rooms, "box": {"name": "Attic"}})
    assert list(again.body["rooms"]) == ["hall", "library"]
    assert again.body["box"]["name"] == "Attic"


async def test_another_order_of_the_rooms_leaves_the_same_one_in_use(box: Box) -> None:
    (box.folder / "settings.toml").write_text(SETTINGS.replace('room = "hall"\n', ""), "utf-8")
    rooms = (await box.admin.get("/rooms")).body
    await box.admin.put("/rooms", dict(reversed(rooms.items())))
    assert (await box.admin.get("/settings")).body["box"]["room"] == "hall"


@pytest.mark.parametrize(
    ("account", "key"),
    [
        ({"vendor": "reverie", "app_id": "com.example", "base_url": "https://thief.example"}, "api_key"),
        ({"vendor": "palabra", "base_url": "https://thief.example"}, ""),
    ],
)
async def test_a_thief_with_a_token_cannot_have_a_key_sent_to_another_host(
    box: Box, account: dict[str, Any], key: str
) -> None:
    at = ".".join(filter(None, ("accounts.main", key)))
    alone = await box.admin.put("/accounts/main", account)
    together = await box.admin.put("/settings", {"accounts": {"main": account}, "rooms": {"hall": {}}})
    for answer in (alone, together):
        assert answer.status == 422
        assert at in {error["key"] for error in answer.body["errors"]}
    assert (box.settings, box.secrets) == (SETTINGS, SECRETS)
    assert (await box.admin.put("/accounts/main", account | {"api_key": "canary-two"})).status == 200
    assert "canary-one" not in box.secrets


@pytest.mark.parametrize(
    "elsewhere", [{"base_url": "https://thief.example"}, {"grpc_target": "thief.example:443"}]
)
async def test_keys_that_an_account_can_do_without_are_dropped_when_its_address_changes(
    box: Box, elsewhere: dict[str, str]
) -> None:
    path, account = "/accounts/other", {"vendor": "stenomatic", "developer_key": "canary-b"}
    await box.admin.put(path, account | {"api_key": "canary-a"})
    answer = await box.admin.put(path, account | elsewhere)
    assert answer.body["secrets"] == {"api_key": False, "developer_key": True}
    assert "canary-a" not in box.secrets
    back = await box.admin.put(path, {"vendor": "stenomatic"})
    assert back.status == 422


async def test_keys_stay_while_an_account_speaks_to_the_same_host(box: Box) -> None:
    path = "/accounts/other"
    await box.admin.put(path, {"vendor": "stenomatic", "api_key": "canary-a"})
    usual = {"vendor": "stenomatic", "grpc_target": "api.stenomatic.com:443", "client_id": "c"}
    assert (await box.admin.put(path, usual | {"monthly_minutes": 9})).body["secrets"]["api_key"]


async def test_a_key_that_was_left_behind_goes_to_no_host_of_a_thief(box: Box) -> None:
    (box.folder / "secrets.toml").write_text(SECRETS + '[accounts.old]\napi_key = "canary-old"\n', "utf-8")
    account = {"vendor": "reverie", "app_id": "x", "base_url": "https://thief.example"}
    assert (await box.admin.put("/accounts/old", account)).status == 422


@pytest.mark.usefixtures("key_of_systemd")
async def test_a_key_of_systemd_is_sent_to_no_other_host_nor_vendor(box: Box) -> None:
    moved = {"vendor": "reverie", "app_id": "com.example", "base_url": "https://thief.example"}
    for account in (moved, {"vendor": "palabra"}):
        answer = await box.admin.put("/accounts/main", account)
        assert answer.status == 422
        assert "systemd" in answer.body["detail"]
    assert box.settings == SETTINGS


@pytest.mark.parametrize(
    "title", ["Hall\nAttic", "Hall\u001b[2J", "Hall\u202ellaH", "Hall\u2067", "Hall\u2028"]
)
async def test_a_name_that_would_make_other_text_read_otherwise_is_refused(box: Box, title: str) -> None:
    for body, key in (
        ({"rooms": {"hall": {"title": title}}}, "rooms.hall.title"),
        ({"box": {"name": title}}, "box.name"),
    ):
        answer = await box.admin.put("/settings", body)
        assert answer.status == 422
        [error] = answer.body["errors"]
        assert error["key"] == key
        assert error["sentence"].startswith("must be plain text on one line")


@pytest.mark.parametrize("title", ["हॉल", "قاعة", "👩‍🏫 Room", "می‌خواهم", "Zürich 2"])
async def test_a_name_in_any_script_is_taken(box: Box, title: str) -> None:
    assert (await box.admin.put("/rooms/hall", {"title": title})).body["title"] == title
