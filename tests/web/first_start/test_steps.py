from pathlib import Path

import pytest

from tests.rigs.first_start import first_start

PATHS = ["/setup/microphone", "/setup/vendor", "/setup/room", "/setup/box"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_every_step_can_be_left_skipped_and_gone_back_from(tmp_path: Path, number: int) -> None:
    async with first_start(tmp_path) as start:
        shown = await start.browser.look(PATHS[number - 1])
    assert f"Step {number} of 5" in shown.text
    onwards = [*PATHS, "/setup/done"][number]
    assert f'<a href="{onwards}">Skip this step</a>' in shown.text
    assert ('">Back</a>' in shown.text) == (number > 1)
    assert 'class="leave" href="/admin"' in shown.text


async def test_the_box_gets_a_name_and_says_who_may_read(tmp_path: Path) -> None:
    async with first_start(tmp_path) as start:
        page = await start.browser.look("/setup/box")
        version = page.text.partition('name="version" value="')[2].partition('"')[0]
        form = {"version": version, "box.name": "Hall box", "box.language": "nl", "web.viewers": "open"}
        await start.browser.send("/setup/box", form)
        settings = start.settings
    assert (settings.box.name, settings.box.language, settings.web.viewers) == ("Hall box", "nl", "open")
