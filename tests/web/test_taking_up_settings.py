import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from importlib.resources import files
from pathlib import Path

from tests.rigs.api import Administrator
from tests.rigs.box import RunningBox, ServerEvent, simple_settings

MEETING = f"file:{files('appliance') / 'samples' / 'meeting.wav'}?loop"


@asynccontextmanager
async def running(folder: Path, *, start: str = "button") -> AsyncIterator[tuple[RunningBox, Administrator]]:
    settings = simple_settings(MEETING, start=start, more='[rooms.hall]\ntitle = "Hall"\n')
    async with RunningBox.started(folder, settings) as box:
        yield box, Administrator(f"{box.url}/api/v1", box.token, box.session)


async def next_event(box: RunningBox, kind: str, last: str | None = None, **wanted: object) -> ServerEvent:
    async with asyncio.timeout(60), aclosing(box.events(last=last)) as events:
        async for event in events:
            if event.kind == kind and all(event.data[key] == value for key, value in wanted.items()):
                return event
    raise AssertionError


async def test_a_changed_room_is_taken_up_without_ending_the_meeting(tmp_path: Path) -> None:
    async with running(tmp_path, start="boot") as (box, admin):
        first = await next_event(box, "caption", final=True)
        answer = await admin.put("/rooms/hall", {"title": "Great hall", "options": {"pause": 0.6}})
        assert answer.status == 200
        state = await box.state()
        assert (state["state"], state["room"]["title"]) == ("live", "Great hall")
        again = await next_event(box, "caption", last=first.id, final=True)
        assert again.data["segment"] > first.data["segment"]


async def test_the_name_and_the_room_of_an_idle_box_are_changed_at_once_and_for_good(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, admin):
        await admin.put("/rooms/library", {"title": "Library"})
        await admin.put("/settings", {"box": {"name": "Attic", "room": "library"}})
        state = await box.state()
        assert (state["box"]["name"], state["room"]["title"]) == ("Attic", "Library")
    async with RunningBox.again(tmp_path) as box:
        assert (await box.state())["box"]["name"] == "Attic"


async def test_viewers_are_shut_out_as_soon_as_an_open_room_needs_its_code_again(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, admin):

        async def stranger() -> int:
            async with box.session.get(f"{box.url}/api/v1/state") as response:
                return response.status

        assert await stranger() == 401
        await admin.put("/settings", {"web": {"viewers": "open"}})
        assert await stranger() == 200
        await admin.put("/settings", {"web": {"viewers": "code"}})
        assert await stranger() == 401


async def test_a_warning_about_a_broken_file_goes_when_the_file_is_mended(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, admin):
        settings = tmp_path / "settings.toml"
        good = settings.read_text("utf-8")
        settings.write_text("[box\n", "utf-8")
        assert (await admin.put("/settings", {"box": {"name": "X"}})).status == 409
        settings.write_text(good, "utf-8")
        assert (await admin.put("/settings", {"box": {"name": "X"}})).status == 200
        assert (await box.state())["warning"] is None


async def test_no_secret_that_was_set_comes_back_or_is_logged(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, admin):
        account = {"vendor": "palabra", "base_url": "http://127.0.0.1:9", "api_key": "canary-key"}
        answers = [
            await admin.put("/accounts/main", account),
            await admin.put("/accounts/main", account | {"client_secret": "canary-secret"}),
            await admin.put("/accounts/main", account | {"api_key": ["canary-list"]}),
            await admin.put("/accounts/main", account | {"vendor": "nobody"}),
            await admin.post("/accounts/main/check"),
            *[
                await admin.get(f"/{name}")
                for name in ("settings", "accounts", "accounts/main", "vendors", "state")
            ],
            await admin.get("/../../metrics"),
        ]
    assert [answer.status for answer in answers[:5]] == [201, 422, 422, 422, 200]
    assert not answers[4].body["ok"]
    assert "canary" not in str(answers)
    assert not [line for line in box.log if "canary" in line]
