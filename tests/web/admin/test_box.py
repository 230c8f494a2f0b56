from pathlib import Path

from appliance.settings import load
from tests.rigs.administration import administration

SETTINGS = """\
[box]
room = "hall"

[rooms.hall]
title = "Hall"
account = "main"

[accounts.main]
vendor = "reverie"
app_id = "com.example"
"""
SECRETS = '[accounts.main]\napi_key = "canary-one"\n'


async def test_the_settings_can_be_taken_along_and_no_secret_goes_with_them(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(SECRETS, "utf-8")
    async with (
        administration(tmp_path, SETTINGS + "# once the key was canary-two\n") as box,
        box.browser() as browser,
    ):
        saved = await browser.look("/admin/box/settings.toml")
        assert "settings.toml" in saved.headers["Content-Disposition"]
        assert "canary" not in saved.text
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings.toml").write_text(saved.text, "utf-8")
    assert load(other).model_dump() == box.settings.model_dump()
