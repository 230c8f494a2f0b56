import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from appliance.audio.trial import judged
from appliance.sound import FRAME_BYTES, Frame
from appliance.state import State
from tests.rigs.first_start import FirstStart, first_start
from tests.rigs.speech import SAID, speak

PATH = "/setup/microphone"


@pytest.fixture(autouse=True)
def _shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.web.first_start.microphone.LISTENED", 3.0)


def heard() -> str:
    return f"file:{speak(*SAID)}?loop"


@asynccontextmanager
async def trial(start: FirstStart) -> AsyncIterator[aiohttp.StreamReader]:
    """The lines that the page's script gets while the microphone is tried."""
    page = await start.browser.look(PATH)
    async with start.browser.session.post(
        f"{start.browser.url}{PATH}/try",
        data={"csrf": page.csrf, "input": heard()},
        headers={"Origin": start.browser.url, "Accept": "application/x-ndjson"},
    ) as answer:
        yield answer.content


async def test_without_javascript_the_trial_tells_what_was_heard(tmp_path: Path) -> None:
    async with first_start(tmp_path, f'[audio]\ninput = "{heard()}"\n') as start:
        shown = await start.browser.send(f"{PATH}/try", {"input": heard()})
        warning = start.board.status.warning
    assert (shown.status, shown.path) == (200, PATH)
    assert "The box hears you well." in shown.text
    assert "“winter &lt;weather&gt; comes”" in shown.text
    assert warning is None


async def test_everybody_sees_that_the_microphone_is_being_tried(tmp_path: Path) -> None:
    lines, warnings = [], []
    async with (
        first_start(tmp_path, f'[audio]\ninput = "{heard()}"\n') as start,
        trial(start) as content,
    ):
        async for line in content:
            lines.append(json.loads(line))
            warnings.append(start.board.status.warning)
    assert len([line for line in lines if "level" in line]) > 20
    assert "Somebody is trying the microphone" in str(warnings[0])
    assert lines[-1]["tried"]["usable"] is True
    assert warnings[-1] is None


async def test_nobody_takes_the_microphone_from_a_meeting(tmp_path: Path) -> None:
    async with first_start(tmp_path, f'[audio]\ninput = "{heard()}"\n', state=State.LIVE) as start:
        shown = await start.browser.send(f"{PATH}/try", {"input": heard()})
    assert "Captions are running now" in shown.text


async def test_a_meeting_that_begins_gets_the_microphone(tmp_path: Path) -> None:
    async with (
        first_start(tmp_path, f'[audio]\ninput = "{heard()}"\n') as start,
        trial(start) as content,
    ):
        await content.readline()
        start.board.update(state=State.CONNECTING)
        *_, last = [json.loads(line) async for line in content]
    assert last["tried"]["sentence"].startswith("Captions are running now")


async def test_only_a_microphone_of_this_box_is_listened_to(tmp_path: Path) -> None:
    async with first_start(tmp_path, f'[audio]\ninput = "{heard()}"\n') as start:
        refused = await start.browser.send(PATH, {"input": "file:/etc/passwd"})
        tried = await start.browser.send(f"{PATH}/try", {"input": "file:/etc/passwd"})
        chosen = await start.browser.send(PATH, {"input": "microphone:usb"})
        now = start.settings.audio.input
    assert (refused.status, "not plugged in" in refused.text) == (422, True)
    assert "passwd" not in refused.text + tried.text
    assert (chosen.path, now) == ("/setup/vendor", "microphone:usb")
    assert "USB &lt;b&gt;mic" in refused.text


def test_a_trial_in_which_nobody_spoke_says_so() -> None:
    silence = [Frame(0.0, bytes(FRAME_BYTES), -60.0, False, False)] * 30  # noqa: FBT003 - a frame's own order
    assert "Nobody was heard" in judged(silence).sentence
