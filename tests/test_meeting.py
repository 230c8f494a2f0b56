"""A meeting as people have it: a room, a microphone, a button, screens."""

import asyncio
import re
from contextlib import aclosing
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.testing import word_error_rate
from tests.rigs.box import RunningBox, simple_settings
from tests.rigs.browser import open_browser, visit
from tests.rigs.pulse import MICROPHONE, PulseRoom
from tests.rigs.speech import speak

SAID = (
    "Good morning everyone and welcome to the meeting.",
    "The work will begin in the middle of March.",
)
AFTERWARDS = "The children of the city will be very happy about that."
PATIENCE = 60.0

OPEN = '[rooms.hall]\ntitle = "Hall"\n'


def settings() -> str:
    text = simple_settings(f"microphone:{MICROPHONE}", more=OPEN)
    return text.replace("port = 0\n", 'port = 0\nviewers = "open"\n')


async def heard(box: RunningBox, last: str) -> str:
    """All finals until one holds the word `last`."""
    texts: list[str] = []
    async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
        async for event in events:
            if event.kind == "caption" and event.data["final"]:
                texts.append(event.data["text"])
                if last in event.data["text"]:
                    break
    return " ".join(texts)


async def live(box: RunningBox) -> None:
    async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
        async for event in events:
            if event.kind == "state" and event.data["state"] == "live":
                return


async def test_what_is_said_in_the_room_is_read_on_the_big_screen_and_on_a_phone(
    tmp_path: Path, pulse_room: PulseRoom
) -> None:
    async with (
        RunningBox.started(tmp_path, settings()) as box,
        open_browser() as browser,
        visit(browser, f"{box.url}/kiosk", viewport={"width": 1920, "height": 1080}) as kiosk,
        visit(browser, box.url, viewport={"width": 390, "height": 844}, is_mobile=True) as phone,
    ):
        await expect(kiosk.locator("body")).to_contain_text("Press the button")
        await box.command("start")
        await live(box)
        reading = asyncio.create_task(heard(box, last="march"))
        await pulse_room.play(speak(*SAID))
        for page in (kiosk, phone):
            await expect(page.locator("#captions")).to_contain_text(
                re.compile("welcome to the meeting.*middle of march", re.DOTALL)
            )
        assert word_error_rate(" ".join(SAID), await reading) <= 0.15


async def test_captions_go_on_after_the_sound_server_was_killed_and_came_back(
    tmp_path: Path, pulse_room: PulseRoom
) -> None:
    async with RunningBox.started(tmp_path, settings()) as box:
        await box.command("start")
        await live(box)
        await pulse_room.play(speak(*SAID))
        await heard(box, last="march")
        await pulse_room.stop()
        async with asyncio.timeout(PATIENCE), aclosing(box.events()) as events:
            await anext(e async for e in events if e.kind == "state" and e.data["warning"])
            await pulse_room.start()
            gap = await anext(e async for e in events if e.kind == "gap")
            assert gap.data["end"] > gap.data["start"]
        assert (await box.state())["warning"] is None
        await pulse_room.play(speak(AFTERWARDS))
        assert "children of the city" in await heard(box, last="happy")


@pytest.mark.parametrize("command", ["mute", "stop"])
async def test_a_box_that_does_not_listen_has_no_hand_on_the_microphone(
    tmp_path: Path, pulse_room: PulseRoom, command: str
) -> None:
    async with RunningBox.started(tmp_path, settings()) as box:
        await box.command("start")
        await live(box)
        assert await pulse_room.listeners() == 1
        await box.command(command)
        async with asyncio.timeout(PATIENCE):
            while await pulse_room.listeners():  # noqa: ASYNC110 - the sound server tells nobody who leaves
                await asyncio.sleep(0.05)
