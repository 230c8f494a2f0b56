from pathlib import Path

from appliance.sound import FRAME_SECONDS
from tests.rigs.office import Office, office
from tests.web.admin.test_transcripts import seen

CAPPED = """\
[audio]
input = "file:meeting.wav"

[panel]
driver = "none"

[box]
room = "hall"

[spend]
monthly_minutes = 300

[rooms.hall]
title = "Hall"
account = "main"
fallback = "on-device"

[rooms.library]
title = "Library"
account = "main"

[rooms.cellar]
title = "Cellar"

[accounts.main]
vendor = "reverie"
app_id = "com.example"
monthly_minutes = 100
"""
SECRETS = '[accounts.main]\napi_key = "canary-key"\n'


def send(there: Office, account: str, *, minutes: int) -> None:
    for _ in range(round(60 * minutes / FRAME_SECONDS)):
        there.meter.sent(account)


async def test_what_was_spent_stands_beside_what_may_be(tmp_path: Path) -> None:
    async with office(tmp_path, CAPPED, SECRETS) as there:
        send(there, "main", minutes=85)
        shown = await there.browser.look("/admin/spend")
    text = seen(shown.text)
    assert "85.0 of 300 minutes" in text
    assert "85.0 of 100 minutes" in text
    assert text.count("Nearly used up.") == 1
    assert shown.text.count('role="meter"') == 2
    assert '<rect width="85.0"' in shown.text
    assert "March 2026" in text


async def test_a_cap_that_is_reached_is_told(tmp_path: Path) -> None:
    async with office(tmp_path, CAPPED, SECRETS) as there:
        send(there, "main", minutes=101)
        shown = await there.browser.look("/admin/spend")
    assert "Used up until the month ends." in seen(shown.text)
    assert 'data-kind="reached"' in shown.text
    assert '<rect width="100.0"' in shown.text


async def test_each_room_says_what_happens_when_the_minutes_are_used_up(tmp_path: Path) -> None:
    async with office(tmp_path, CAPPED, SECRETS) as there:
        text = seen((await there.browser.look("/admin/spend")).text)
    assert "Hall : captions go on by “on-device”." in text
    assert "Library : captions stop, and the box says so." in text
    assert "Cellar : there is no cap; captions go on." in text


async def test_a_cap_that_is_saved_holds_and_one_that_is_none_is_shown_again(tmp_path: Path) -> None:
    async with office(tmp_path, CAPPED, SECRETS) as there:
        version = await form_version(there)
        wrong = await there.browser.send("/admin/spend", {"version": version, "spend.monthly_minutes": "many"})
        assert wrong.status == 422
        assert 'value="many"' in wrong.text
        saved = await there.browser.send("/admin/spend", {"version": version, "spend.monthly_minutes": "400"})
        assert "Saved." in saved.text
        assert "0.0 of 400 minutes" in seen(saved.text)
        assert there.settings.spend.monthly_minutes == 400
    assert "monthly_minutes = 400" in (tmp_path / "settings.toml").read_text("utf-8")


async def form_version(there: Office) -> str:
    page = (await there.browser.look("/admin/spend")).text
    return page.partition('name="version" value="')[2].partition('"')[0]


async def test_months_before_are_told_also_of_accounts_that_are_gone(tmp_path: Path) -> None:
    async with office(tmp_path, CAPPED, SECRETS) as there:
        await there.database.execute("INSERT INTO spend VALUES ('old', '2026-02', 1200.0)")
        await there.meter.open()
        text = seen((await there.browser.look("/admin/spend")).text)
    assert "February 2026 old 20.0 minutes" in text
