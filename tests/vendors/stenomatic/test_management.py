from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import SettingsError, load
from appliance.settings.files import parse
from appliance.vendors.contract import Busy, ConfigurationFault, Lost, Order, VendorFailure
from appliance.vendors.management import AnyAction, Outcome
from appliance.vendors.manager import Manager
from appliance.vendors.stenomatic import StenomaticVendor
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from tests.emulators.stenomatic import Emulator
from tests.rigs.settings import SettingsFiles
from tests.vendors.stenomatic.rig import CANARY as KEY

ACTIONS: dict[str, AnyAction] = {f"{each.group} {each.name}": each for each in StenomaticVendor.actions}
ROOM: dict[str, Any] = {
    "id": "board-room",
    "title": "Board",
    "description": "Where the board meets",
    "from_language": "en-US",
    "to_languages": ["de-DE", "fr-FR"],
    "sponsorship_credit_title": "Kindly by",
    "sponsorship_title": "Example",
    "sponsorship_description": "They give examples",
    "sponsorship_info_url": "example.com",
}


async def do(vendor: Emulator, what: str, /, **given: Any) -> Outcome:
    action = ACTIONS[what]
    outcome: Outcome = await action.run(account(vendor), action.args.model_validate(given))
    return outcome


def account(vendor: Emulator, **fields: Any) -> StenomaticAccount:
    client = next(iter(vendor.rooms.clients), None)
    usual = {"developer_key": KEY, "base_url": vendor.url, "client_id": client}
    return StenomaticAccount.model_validate(usual | fields)


def emulator(**knobs: Any) -> Emulator:
    vendor = Emulator(key=KEY, **knobs)
    vendor.rooms.add_client()
    return vendor


async def test_a_client_is_made_and_listed() -> None:
    async with Emulator(key=KEY) as vendor:
        assert (await do(vendor, "clients list")).done == "0 clients."
        made = await do(vendor, "clients create", name="John Doe")
        assert made.rows[0]["name"] == "John Doe"
        assert (await do(vendor, "clients list")).rows == made.rows


async def test_a_room_is_made_with_every_field_shown_listed_changed_and_archived() -> None:
    async with emulator() as vendor:
        passwords = {"speaker_password": "let-me-speak", "participant_password": "let-me-read"}
        made = await do(vendor, "rooms create", **ROOM, **passwords)
        sent = vendor.rooms.sent[-1]
        assert sent.body == ROOM | {"passwords": {"speaker": "let-me-speak", "participant": "let-me-read"}}
        assert {key: made.rows[0][key] for key in ROOM} == ROOM
        assert (await do(vendor, "rooms retrieve", id="board-room")).rows[0]["title"] == "Board"
        assert [room["id"] for room in (await do(vendor, "rooms list")).rows] == ["board-room"]
        told = await do(vendor, "rooms passwords", id="board-room")
        assert told.rows == [{"speaker": "let-me-speak", "participant": "let-me-read"}]
        await do(vendor, "rooms update", id="board-room", title="The board", to_languages=[])
        assert vendor.rooms.sent[-1].body == {"title": "The board", "to_languages": []}
        archived = await do(vendor, "rooms archive", id="board-room")
        assert (archived.rows[0]["is_archived"], archived.trouble) == (True, "")


async def test_no_key_of_a_room_is_ever_shown() -> None:
    async with emulator() as vendor:
        outcomes = [
            await do(vendor, "rooms create", **ROOM),
            await do(vendor, "rooms retrieve", id="board-room"),
            await do(vendor, "rooms list"),
            await do(vendor, "rooms update", id="board-room", title="X"),
        ]
    assert "key-of-" not in str(outcomes)
    assert "secret-of-" not in str(outcomes)


@pytest.mark.parametrize("name", ["two words", "-a", "a-", "a--b", "ä", "a_b", "", "a/b"])
async def test_an_id_that_breaks_the_rule_is_not_even_asked_for(name: str) -> None:
    with pytest.raises(ValidationError):
        ACTIONS["rooms create"].args.model_validate({"id": name})


async def test_a_taken_id_and_a_small_plan_are_said_plainly() -> None:
    async with emulator() as vendor:
        await do(vendor, "rooms create", id="taken")
        with pytest.raises(ConfigurationFault, match=r"unique among all customers.*exists"):
            await do(vendor, "rooms create", id="taken")
        vendor.rooms.privileged = False
        with pytest.raises(ConfigurationFault, match=r"take a larger plan.*not enabled"):
            await do(vendor, "rooms create", id="free")
        assert (await do(vendor, "rooms create", title="Nameless")).rows[0]["id"]


async def test_an_update_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="nothing is to be changed"):
        ACTIONS["rooms update"].args.model_validate({"id": "a"})


async def test_an_address_to_push_to_is_asked_for_with_speaker_language_and_phrases() -> None:
    async with emulator() as vendor:
        await do(vendor, "rooms create", id="a")
        wanted = {"speaker_name": "John Doe", "language": "en-GB", "phrases": ["phrase 1", "phrase 2"]}
        given = await do(vendor, "rooms stream-url", id="a", **wanted)
        assert vendor.rooms.sent[-1].body == wanted
    address = "rtmps://rtmp.stenomatic.com/z?lang=en-GB&name=John+Doe&phrases=phrase+1&phrases=phrase+2"
    assert given.rows == [{"url": address}]


async def test_usage_is_told_in_minutes_and_what_is_absent_is_zero() -> None:
    async with emulator() as vendor:
        vendor.rooms.usage["speech_recognition"] = 56_960_000_000
        for who in ("usage customer", "usage client"):
            used = await do(vendor, who, since="2026-03-01", until="2026-03-02")
            assert used.rows == [{"speech_recognition_minutes": 0.95, "voice_translate_minutes": 0.0}]
            query = parse_qs(urlsplit(vendor.rooms.sent[-1].path).query)
            asked = [datetime.fromtimestamp(int(query[key][0]) / 1000, UTC) for key in ("from", "to")]
            assert asked == [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)]


@pytest.mark.parametrize("days", [{"since": "2026-03-02", "until": "2026-03-01"}, {"since": "2026-13-01"}])
async def test_days_that_make_no_sense_are_refused(days: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ACTIONS["usage customer"].args.model_validate(days)


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (400, ConfigurationFault, "does not take what was given"),
        (401, ConfigurationFault, "does not accept the developer key"),
        (402, ConfigurationFault, "unpaid or used up"),
        (403, ConfigurationFault, "does not allow this"),
        (404, ConfigurationFault, "does not know the room a"),
        (409, ConfigurationFault, "has this already"),
        (418, ConfigurationFault, r"refuses it \(HTTP status 418\)"),
        (422, ConfigurationFault, "does not take the values"),
        (429, Busy, "asks to wait"),
        (503, Lost, r"has trouble \(HTTP status 503\)"),
    ],
)
async def test_each_refusal_is_a_plain_sentence_with_stenomatics_words_but_no_secret(
    status: int, kind: type[VendorFailure], sentence: str
) -> None:
    async with emulator() as vendor:
        vendor.rooms.refusal = status, f'{{"message": "No {KEY} at rtmps://x/{KEY}?y"}}'
        with pytest.raises(kind, match=f"{sentence}.* It says: “No … at …”") as caught:
            await do(vendor, "rooms retrieve", id="a")
    assert KEY not in repr(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"url": "x"}}', "[" * 100_000])
async def test_an_answer_that_makes_no_sense_is_said_plainly(text: str) -> None:
    async with emulator() as vendor:
        vendor.rooms.refusal = 200, text
        with pytest.raises(Lost, match="makes no sense"):
            await do(vendor, "rooms retrieve", id="a")


async def test_without_the_developer_key_it_is_said_what_is_missing() -> None:
    async with emulator() as vendor:
        action = ACTIONS["rooms list"]
        with pytest.raises(ConfigurationFault, match="developer key"):
            await action.run(account(vendor, api_key="k", developer_key=None), action.args())
        with pytest.raises(ConfigurationFault, match="Which client"):
            await action.run(account(vendor, client_id=None), action.args())
        assert vendor.rooms.sent == []


class Box(SettingsFiles):
    """A box with one room that Stenomatic hears."""

    def __init__(self, folder: Path, vendor: Emulator, more: str = "") -> None:
        settings = (
            f'[box]\nroom = "hall"\n[accounts.main]\nvendor = "stenomatic"\nbase_url = "{vendor.url}"\n'
            f'client_id = "{next(iter(vendor.rooms.clients))}"\n'
            'room_page_template = "https://read.example/{room_id}"\n'
            '[rooms.hall]\ntitle = "Hall"\naccount = "main"\nto_languages = ["de-DE"]\n'
            f'[rooms.hall.options]\nmode = "rtmps"\n{more}'
        )
        super().__init__(folder, settings, f'[accounts.main]\ndeveloper_key = "{KEY}"\n')
        self.manager = Manager(self.registry, lambda: load(folder), self.save)

    async def do(self, what: str, **given: Any) -> Outcome:
        action = ACTIONS[what]
        return await self.manager.run("main", action, action.args.model_validate({"box_room": "hall"} | given))

    async def change(self, **fields: Any) -> None:
        await self.save(lambda _: {"rooms": {"hall": fields}})

    @property
    def room(self) -> dict[str, Any]:
        room: dict[str, Any] = parse(self.settings, "settings.toml")["rooms"]["hall"]
        return room


async def test_a_room_is_made_at_stenomatic_and_bound_in_one_step_and_says_how_to_read_it(
    tmp_path: Path,
) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        bound = await box.do("rooms bind")
        [name] = vendor.rooms.rooms
        assert vendor.rooms.rooms[name]["title"] == "Hall"
        assert vendor.rooms.rooms[name]["to_languages"] == ["de-DE"]
        assert box.room["options"]["room_id"] == name
        page = f"https://read.example/{name}"
        assert bound.rows == [{"id": name, "page": page, "participant_password": "participant-made-up"}]
        assert (await box.do("rooms page")).rows == bound.rows
        assert box.registry.route(load(tmp_path), "hall").reading_link == page


@pytest.mark.parametrize(
    ("options", "leads_there"),
    [
        ({"mode": "rtmps"}, True),
        ({"mode": "grpc"}, False),
        ({"mode": "grpc", "room_page_template": "https://read.example/{room_id}"}, True),
    ],
)
def test_the_code_on_the_screens_leads_to_the_page_where_the_words_are(
    options: dict[str, Any], *, leads_there: bool
) -> None:
    account = StenomaticAccount(
        developer_key=SecretStr("dev"), room_page_template="https://read.example/{room_id}"
    )
    order = Order(
        from_language="en-US",
        to_languages=(),
        options=StenomaticOptions.model_validate({"room_id": "hall", **options}),
    )
    link = StenomaticVendor().reading_link(account, order)
    assert link == ("https://read.example/hall" if leads_there else None)


async def test_to_bind_again_makes_no_second_room(tmp_path: Path) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        await box.do("rooms bind", id="board-room")
        await box.do("rooms bind")
        assert list(vendor.rooms.rooms) == ["board-room"]


async def test_a_room_that_is_there_gives_its_title_and_languages(tmp_path: Path) -> None:
    async with emulator() as vendor:
        await do(vendor, "rooms create", **ROOM)
        box = Box(tmp_path, vendor)
        await box.do("rooms bind", id="board-room")
    assert (box.room["title"], box.room["to_languages"]) == ("Board", ["de-DE", "fr-FR"])


async def test_title_and_languages_stay_in_step_both_ways_and_the_box_wins(tmp_path: Path) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        await box.do("rooms bind", id="board-room")
        theirs = vendor.rooms.rooms["board-room"]
        assert await box.manager.keep_in_step() == {}
        assert vendor.rooms.sent[-1].method == "GET"
        await box.change(to_languages=["fr-FR"])
        theirs["title"] = "Great hall"
        assert await box.manager.keep_in_step() == {}
        assert (box.room["title"], box.room["to_languages"]) == ("Great hall", ["fr-FR"])
        assert (theirs["title"], theirs["to_languages"]) == ("Great hall", ["fr-FR"])
        await box.change(title="Ours")
        theirs["title"] = "Theirs"
        await box.manager.keep_in_step()
        assert (box.room["title"], theirs["title"]) == ("Ours", "Ours")


async def test_what_the_box_cannot_take_over_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        await box.do("rooms bind", id="board-room")
        vendor.rooms.rooms["board-room"]["from_language"] = "no language at all"
        wrong = await box.manager.keep_in_step()
        assert "settings of the room hall could not be changed" in wrong["hall"]
        assert "from_language" not in box.room or box.room["from_language"] == "en-US"


async def test_a_room_that_is_not_bound_is_left_alone(tmp_path: Path) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        assert await box.manager.keep_in_step() == {}
        assert vendor.rooms.sent == []
        with pytest.raises(ConfigurationFault, match="bind it first"):
            await box.do("rooms page")
        with pytest.raises(SettingsError, match="such rooms are: hall"):
            await box.do("rooms bind", box_room="cellar")


async def test_a_vendor_that_is_away_is_said_for_each_room(tmp_path: Path) -> None:
    async with emulator() as vendor:
        box = Box(tmp_path, vendor)
        await box.do("rooms bind", id="board-room")
    assert "cannot be reached" in (await box.manager.keep_in_step())["hall"]
    assert SecretStr(KEY).get_secret_value() not in str(box.room)
