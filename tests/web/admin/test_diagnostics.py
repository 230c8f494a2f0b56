import io
import json
from pathlib import Path
from zipfile import ZipFile

import tomlkit

from appliance.captions import Caption
from appliance.settings import load
from appliance.vendors.contract import AnyVendor
from appliance.vendors.registry import Registry
from appliance.web.settings_view import secret_keys
from tests.rigs.admin import PASSWORD
from tests.rigs.office import SETTINGS, Office, office


def planted(registry: Registry) -> tuple[str, str, set[str]]:
    """Settings and secrets with an account of every vendor, every secret of each set; and what was planted."""
    public, secret, canaries = tomlkit.parse(SETTINGS), tomlkit.document(), set()
    public["accounts"], secret["accounts"] = tomlkit.table(), tomlkit.table()
    for name, vendor in registry.items():
        keys = sorted(secret_keys(registry, name))
        values = {key: f"canary-{name}-{key}-secret" for key in keys}
        account = f"my-{name}"
        public["accounts"][account] = {
            "vendor": name,
            **({"base_url": f"https://{name}.example.org"} if _takes_base_url(vendor) else {}),
        }
        secret["accounts"][account] = values
        canaries |= set(values.values())
    return tomlkit.dumps(public), tomlkit.dumps(secret), canaries


def _takes_base_url(vendor: AnyVendor) -> bool:
    return "base_url" in vendor.account_model.model_fields


async def download(there: Office) -> dict[str, str]:
    async with there.browser.session.get(f"{there.browser.url}/admin/diagnostics.zip") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        body = await response.read()
    with ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_nobody_who_is_sent_the_diagnostics_learns_a_secret_of_the_box(tmp_path: Path) -> None:
    public, secret, canaries = planted(Registry.installed())
    async with office(tmp_path) as there:
        (tmp_path / "settings.toml").write_text(public, "utf-8")
        (tmp_path / "secrets.toml").write_text(secret, "utf-8")
        # Whether a vendor would take the secret's form is not asked: what is stored must not come out.
        there.settings = load(tmp_path)
        token = await there.access.tokens.make("helper")
        cookies = {cookie.value for cookie in there.browser.session.cookie_jar}
        await there.store.add(await there.store.begin("hall", "Hall", "en"), spoken("canary words"))
        canaries |= {token, PASSWORD, there.access.join_code.text, there.access.screen_key.text, "canary words"}
        canaries |= cookies | {str(there.access.setup_code)}
        # A vendor may repeat what it was sent.
        for number, canary in enumerate(canaries - {"canary words", token, PASSWORD} - cookies):
            there.note(f"Refused: {canary}!")
            there.board.warn(f"vendor {number}", f"The vendor says: {canary} is wrong.")
        files = await download(there)
    assert len(canaries) > 10
    for canary in canaries:
        assert not [name for name, text in files.items() if canary in text], canary
    accounts = json.loads(files["settings.json"])["accounts"]
    assert accounts["my-reverie"]["base_url"] == "https://reverie.example.org"
    assert set(accounts["my-reverie"]["secrets"].values()) == {"set"}


async def test_whoever_helps_finds_all_about_how_the_box_is(tmp_path: Path) -> None:
    async with office(tmp_path) as there:
        there.note("The microphone is gone.")
        files = await download(there)
    assert files.keys() == {
        "settings.json",
        "doctor.txt",
        "machine.json",
        "status.json",
        "log.txt",
        "metrics.txt",
    }
    assert "ok   settings: The settings are in order." in files["doctor.txt"]
    assert json.loads(files["machine.json"])["python"].startswith("3.")
    assert json.loads(files["status.json"])["state"] == "live"
    assert "The microphone is gone." in files["log.txt"]
    assert "captionbox_state" in files["metrics.txt"]


async def test_diagnostics_are_for_the_administrator_only(tmp_path: Path) -> None:
    async with office(tmp_path) as there:
        there.browser.session.cookie_jar.clear()
        shown = await there.browser.look("/admin/diagnostics.zip")
    assert shown.path == "/login"


def spoken(text: str) -> Caption:
    return Caption(segment=1, revision=1, language="en", text=text, final=True, start=0, end=1)
