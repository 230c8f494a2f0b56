import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from importlib.resources import files
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from appliance.testing import word_error_rate
from tests.rigs.box import RunningBox, ServerEvent, running_demo, simple_settings
from tests.rigs.browser import open_browser, visit
from tests.rigs.speech import speak

REFERENCE = (files("appliance") / "samples" / "meeting.txt").read_text("utf-8")
PATIENCE = 60.0


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak(
        "The work will begin in the middle of March.",
        "The children of the city will be very happy.",
        "We have more money than we expected.",
    )


@asynccontextmanager
async def captioning(folder: Path, wav: Path, more: str = "") -> AsyncIterator[RunningBox]:
    settings = simple_settings(f"file:{wav}?loop", start="boot", more=more)
    async with RunningBox.started(folder, settings) as box:
        yield box


async def until(box: RunningBox, state: str) -> ServerEvent:
    """The first event that says the box is in that state."""
    async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
        async for event in events:
            if event.kind == "state" and event.data["state"] == state:
                return event
    raise AssertionError(f"the box was never {state}")


async def finals(box: RunningBox, count: int, last: str | None = None) -> list[ServerEvent]:
    found: list[ServerEvent] = []
    async with asyncio.timeout(PATIENCE), aclosing(box.events(last=last)) as events:
        async for event in events:
            if event.kind == "caption" and event.data["final"]:
                found.append(event)
                if len(found) == count:
                    break
    return found


async def cli(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance", *arguments), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


@pytest.mark.timeout(180)
async def test_the_demo_shows_the_words_of_its_meeting_as_they_are_spoken_and_ends_with_ctrl_c() -> None:
    said: list[str] = []
    interims = 0
    async with running_demo() as demo:
        headers = {"Authorization": f"Bearer {demo.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{demo.url}/api/v1/captions") as response,
        ):
            async for line in response.content:
                if line.startswith(b"data: ") and b'"segment"' in line:
                    caption = json.loads(line[6:])
                    if caption["final"]:
                        said.append(caption["text"])
                    else:
                        interims += 1
                    if caption["final"] and caption["text"].endswith("next week"):
                        break
    assert demo.process.returncode == 0
    assert word_error_rate(REFERENCE, " ".join(said)) <= 0.05
    assert interims > len(said)


async def test_what_anyone_has_read_is_in_the_transcript_though_the_box_is_killed(
    tmp_path: Path, meeting: Path
) -> None:
    async with captioning(tmp_path, meeting) as box:
        read = await finals(box, 3)
        await box.kill()
    [summary] = json.loads(await cli("transcripts", "list", "--state", str(tmp_path), "--format", "json"))
    exported = await cli(
        "transcripts", "export", str(summary["id"]), "--state", str(tmp_path), "--format", "json"
    )
    kept = [(e["segment"], e["text"]) for e in json.loads(exported)["entries"] if e["kind"] == "caption"]
    assert [(e.data["segment"], e.data["text"]) for e in read] == kept[:3]


async def test_a_reader_cut_off_and_a_slow_one_both_get_every_final(tmp_path: Path, meeting: Path) -> None:
    async with captioning(tmp_path, meeting) as box, aclosing(box.events()) as slow:
        first = await finals(box, 1)
        everything = await finals(box, 4)
        missed = await finals(box, 3, last=first[-1].id)
        assert missed == everything[1:]
        read: list[ServerEvent] = []
        async for event in slow:
            if event.kind == "caption" and event.data["final"]:
                read.append(event)
                if len(read) == 4:
                    break
        assert read == everything


async def test_stop_drains_the_last_words_and_the_state_says_so(tmp_path: Path, meeting: Path) -> None:
    async with captioning(tmp_path, meeting) as box:
        await finals(box, 1)
        await box.command("stop")
        await until(box, "idle")
        states = [e.data["state"] for e in await replayed(box)]
        assert states[-1] == "idle"


async def replayed(box: RunningBox) -> list[ServerEvent]:
    """The states on the board now."""
    async with aclosing(box.events()) as events:
        return [await anext(event async for event in events if event.kind == "state")]


async def test_muted_means_muted_and_leaves_a_gap(tmp_path: Path, meeting: Path) -> None:
    async with captioning(tmp_path, meeting) as box, aclosing(box.events()) as events:
        await until(box, "live")
        await box.command("mute")
        await until(box, "muted")
        await box.command("unmute")
        async with asyncio.timeout(PATIENCE):
            gap = await anext(event async for event in events if event.kind == "gap")
        assert gap.data["reason"] == "The microphone was muted."
        assert gap.data["end"] > gap.data["start"]
        await until(box, "live")


async def test_both_buttons_held_shut_out_all_who_were_let_in_before(tmp_path: Path, meeting: Path) -> None:
    settings = simple_settings(f"file:{meeting}", more="[panel.times]\nsetup = 2\nreset = 5\n")
    async with RunningBox.started(tmp_path, settings) as box:
        link = (tmp_path / "kiosk.url").read_text("utf-8").strip()
        assert await status_of(box, link) == 200
        for button in ("caption", "mute"):
            await hold(box, button, pressed=True)
        with pytest.raises(aiohttp.ClientError):  # who reads is turned out as well
            await everything(box)
        assert await status_of(box, f"{box.url}/api/v1/transcripts") == 401
        box.session.cookie_jar.clear()
        assert await status_of(box, link) == 200  # the box's own screen, which must show the new code
        assert any("access was reset" in line for line in box.log)


async def everything(box: RunningBox) -> None:
    async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
        async for _ in events:
            pass


async def hold(box: RunningBox, button: str, *, pressed: bool) -> None:
    url = f"{box.url}/api/v1/panel/buttons"
    async with box.session.post(url, json={"button": button, "pressed": pressed}) as response:
        response.raise_for_status()


async def status_of(box: RunningBox, url: str) -> int:
    async with box.session.get(url, headers=box.admin) as response:
        return response.status


async def test_no_program_can_ask_for_what_only_hands_may(tmp_path: Path, meeting: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings(f"file:{meeting}")) as box:
        with pytest.raises(aiohttp.ClientResponseError) as refused:
            await box.command("reset_access")
        assert refused.value.status == 422


async def test_the_button_on_the_panel_starts_and_stops(tmp_path: Path, meeting: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings(f"file:{meeting}?loop")) as box:
        await until(box, "idle")
        before = await picture(box)
        await press(box, "caption")
        await until(box, "live")
        await finals(box, 1)
        assert await picture(box) != before
        await press(box, "caption")
        await until(box, "idle")


async def press(box: RunningBox, button: str) -> None:
    url = f"{box.url}/api/v1/panel/buttons"
    for pressed in (True, False):
        async with box.session.post(url, json={"button": button, "pressed": pressed}) as response:
            response.raise_for_status()
        await asyncio.sleep(0.1)  # how long a finger stays


async def picture(box: RunningBox) -> bytes:
    async with box.session.get(f"{box.url}/api/v1/panel.png") as response:
        return await response.read()


async def test_the_next_room_is_used_at_once_and_after_a_restart(tmp_path: Path, meeting: Path) -> None:
    rooms = '[rooms.hall]\ntitle = "Hall"\n\n[rooms.library]\ntitle = "Library" # quiet\n'
    async with RunningBox.started(tmp_path, simple_settings(f"file:{meeting}", more=rooms)) as box:
        assert (await box.state())["room"]["title"] == "Hall"
        await box.command("next_room")
        assert (await box.state())["room"]["title"] == "Library"
    async with RunningBox.again(tmp_path) as box:
        assert (await box.state())["room"]["title"] == "Library"
    assert "# quiet" in (tmp_path / "settings.toml").read_text("utf-8")


async def test_settings_changed_by_hand_are_taken_up_without_ending_the_meeting(
    tmp_path: Path, meeting: Path
) -> None:
    async with captioning(tmp_path, meeting, '[rooms.hall]\ntitle = "Hall"\n') as box:
        [first] = await finals(box, 1)
        settings = tmp_path / "settings.toml"
        settings.write_text(settings.read_text("utf-8").replace("Hall", "Great hall"), "utf-8")
        box.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
            changed = await anext(
                e async for e in events if e.kind == "state" and e.data["room"]["title"] == "Great hall"
            )
        assert changed.data["state"] == "live"
        again = await finals(box, 2, last=first.id)
        assert all(event.data["segment"] > first.data["segment"] for event in again)


async def test_a_mistake_in_settings_changed_by_hand_is_told_and_captions_go_on(
    tmp_path: Path, meeting: Path
) -> None:
    async with captioning(tmp_path, meeting) as box:
        [first] = await finals(box, 1)
        (tmp_path / "settings.toml").write_text("[box]\nnmae = 1\n", "utf-8")
        box.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
            await anext(
                e async for e in events if e.kind == "state" and "did you mean" in str(e.data["warning"])
            )
        assert await finals(box, 1, last=first.id)


async def test_a_broken_settings_file_does_not_stop_the_box_and_is_left_as_it_is(tmp_path: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings("microphone")) as box:
        assert (await box.state())["warning"] is None
    broken = simple_settings("microphone").replace("name =", "nmae =")
    (tmp_path / "settings.toml").write_text(broken, "utf-8")
    async with RunningBox.again(tmp_path) as box:
        state = await box.state()
        assert state["box"]["name"] == "Test"
        assert 'did you mean "name"' in state["warning"]
        assert "last good" in state["warning"]
        assert any('did you mean "name"' in line for line in box.log)
    assert (tmp_path / "settings.toml").read_text("utf-8") == broken


async def test_a_missing_sound_file_is_a_fault_that_says_what_to_do(tmp_path: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings("file:/no/such.wav", start="boot")) as box:
        fault = await until(box, "fault")
        assert "/no/such.wav" in fault.data["reason"]
        await box.command("stop")
        await until(box, "idle")


async def test_systemd_can_stop_a_busy_box(tmp_path: Path, meeting: Path) -> None:
    async with captioning(tmp_path, meeting) as box:
        await finals(box, 1)
        assert await box.stop() == 0


async def test_only_the_user_of_the_box_can_read_the_link_of_its_kiosk(tmp_path: Path) -> None:
    async with RunningBox.started(tmp_path, simple_settings("microphone")) as box:
        link, page = tmp_path / "kiosk.url", tmp_path / "kiosk.html"
        assert (link.stat().st_mode | page.stat().st_mode) & 0o077 == 0
        async with box.session.get(link.read_text("utf-8").strip()) as response:
            assert (response.status, response.url.path) == (200, "/kiosk")
    assert not link.exists()
    assert not page.exists()


async def test_the_kiosk_begins_with_a_file_so_that_its_key_is_in_no_list_of_processes(tmp_path: Path) -> None:
    async with (
        RunningBox.started(tmp_path, simple_settings("microphone")),
        open_browser() as browser,
        visit(browser, (tmp_path / "kiosk.html").as_uri()) as screen,
    ):
        await screen.wait_for_url("**/kiosk")
        await expect(screen.locator("#code output")).to_have_text(re.compile(r"\d{4} \d{4}"))


async def test_no_secret_of_the_box_is_in_its_log(tmp_path: Path, meeting: Path) -> None:
    async with captioning(tmp_path, meeting) as box:
        link = (tmp_path / "kiosk.url").read_text("utf-8").strip()
        async with box.session.get(link):
            pass
        await finals(box, 1)
        token, code = box.token, link.rsplit("/", 1)[-1]
    log = "".join(box.log)
    assert log
    assert token not in log
    assert code not in log
