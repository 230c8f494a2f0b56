"""Secrets, looked for in everything that the box says: planted canaries must be found nowhere."""

import asyncio
import io
import json
import logging
import sys
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import aiohttp
import pytest

from appliance.vendors.registry import Registry
from appliance.web.sessions import COOKIE
from appliance.web.settings_view import secret_keys
from tests.attacks.victim import Victim, files_in, session_of, victim
from tests.rigs.admin import PASSWORD
from tests.rigs.box import simple_settings

CANARY: Final = "canary"
NOT_FOR_EVER: Final = ("/captions", "/events", "/level")
ACCOUNTS: Final = {
    "reverie": {"app_id": "com.example"},
    "palabra": {},
    "scriptix": {},
    "attendi": {},
    "stenomatic": {},
}
STRANGE: Final = (
    "\"\nimport os; os.system('touch owned')\n#",
    "'''\"\"\"\\",
    "$(touch owned)`touch owned`",
    "]\n[web]\nviewers = 'open'\n",
    "{{7*7}}{% import os %}",
    "!!python/object/apply:os.system ['touch owned']",
    "null",
    "\\u0022\\n",
    "é漢字🎤",
    "#x = y",
    "a\tb",
)


def plant(folder: Path) -> tuple[str, list[str]]:
    """Write a secret of its own into every field for one; the settings, and the secrets."""
    registry = Registry.installed()
    planted, settings, secrets = [], "", ""
    for vendor, more in ACCOUNTS.items():
        fields = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
        url = "" if vendor == "stenomatic" else 'base_url = "http://127.0.0.1:9"\n'
        settings += f'[accounts.{vendor}]\nvendor = "{vendor}"\n{url}{fields}\n'
        secrets += f"[accounts.{vendor}]\n"
        for key in sorted(secret_keys(registry, vendor))[: 1 if vendor == "palabra" else None]:
            secret = f"{'ck_' if key == 'customer_key' else ''}{CANARY}-{vendor}-{key}"
            planted.append(secret)
            secrets += f'{key} = "{secret}"\n'
    (folder / "secrets.toml").write_text(secrets, "utf-8")
    return settings, planted


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


async def everything(box: Victim, headers: dict[str, str]) -> str:
    """All that the box answers to somebody, on every route."""
    answers = []
    for method, path in box.places():
        if path.endswith(NOT_FOR_EVER) or "restart" in path or path == "/logout" or method == "DELETE":
            continue
        more = {} if method == "GET" else {"json": {}} if path.startswith("/api/") else {"data": {"x": "y"}}
        accept = "application/json" if path.startswith("/api/") else "text/html"
        mine = {**headers, "Accept": accept, "Origin": box.url}
        answer = await box.ask(method, path, headers=mine, **more)
        answers.append(f"{method} {path}\n{answer.headers}\n{answer.text}")
    return "\n".join(answers)


@pytest.mark.parametrize("role", ["stranger", "viewer", "screen", "session", "token"])
async def test_no_answer_of_any_route_holds_a_secret(
    tmp_path: Path, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # as `set_up_logging` has it, whatever is asked for
    settings, planted = plant(tmp_path)
    async with victim(tmp_path, settings) as box:
        token = await box.access.tokens.make("mine")
        cookie = await box.logged_in()
        headers = {
            "stranger": {},
            "viewer": box.viewer,
            "screen": box.screen,
            "session": cookie,
            "token": {"Authorization": f"Bearer {token}"},
        }[role]
        said = await everything(box, headers)
        hidden = [*planted, PASSWORD, token, cookie["Cookie"].partition("=")[2], box.access.screen_key.text]
        if role == "stranger":
            hidden.append(box.access.join_code.text)
        hashes = await box.database.execute("SELECT hash FROM passwords")
        hidden.append(hashes[0]["hash"])
    assert not [secret for secret in hidden if secret in said]
    assert not [secret for secret in (*hidden, box.access.join_code.text) if secret in caplog.text]
    assert "Traceback" not in said
    assert str(tmp_path) not in said or role in ("session", "token")


async def test_the_set_up_code_is_told_by_the_display_and_the_boxs_own_screen_alone(tmp_path: Path) -> None:
    async with victim(tmp_path, claimed=False) as box:
        code = str(box.access.setup_code)
        for headers in ({}, box.viewer, {"Authorization": f"Bearer {await box.access.tokens.make('x')}"}):
            said = await everything(box, headers)
            if "Authorization" not in headers:
                assert code not in said
                assert code.replace(" ", "") not in said


async def test_the_database_holds_only_hashes_of_what_lets_an_administrator_in(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as browser:
        secrets = [PASSWORD, await box.access.tokens.make("x"), session_of(browser)]
        await box.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = await asyncio.to_thread(files_in, tmp_path)
    assert not [secret for secret in secrets if secret.encode() in kept]
    assert b"$argon2id$" in kept


async def test_the_file_for_helpers_and_the_settings_to_take_away_hold_no_secret(tmp_path: Path) -> None:
    settings, planted = plant(tmp_path)
    async with victim(tmp_path, settings) as box, box.administrator() as browser:
        box.board.update(warning=f"The vendor says: {planted[0]} is wrong.")
        paths = {path for _, path in box.places("GET")}
        hidden = [*planted, PASSWORD, box.access.screen_key.text, session_of(browser)]
        mine = {"Cookie": f"{COOKIE}={session_of(browser)}"}
        taken = await box.ask("GET", "/admin/box/settings.toml", headers=mine)
        assert taken.status == 200
        assert not [secret for secret in hidden if secret in taken.text]
        if "/admin/diagnostics.zip" in paths:
            async with browser.session.get(f"{box.url}/admin/diagnostics.zip") as response:
                archive = ZipFile(io.BytesIO(await response.read()))
            text = "".join(archive.read(name).decode() for name in archive.namelist())
            assert not [secret for secret in (*hidden, box.access.join_code.text) if secret in text]


@pytest.mark.parametrize("value", STRANGE)
async def test_a_key_that_looks_like_code_is_only_ever_a_key(tmp_path: Path, value: str) -> None:
    async with victim(tmp_path) as box:
        token = {"Authorization": f"Bearer {await box.access.tokens.make('test')}"}
        account = {"vendor": "palabra", "api_key": f"k{value}"}
        answer = await box.ask("PUT", "/api/v1/accounts/mine", json=account, headers=token)
        assert f"k{value}" not in answer.text
        if answer.status < 300:
            kept = box.box._store.load().accounts["mine"].secrets["api_key"].get_secret_value()
            assert kept == f"k{value}"
        assert box.box._store.load().web.viewers == "code"
        assert box.box._store.problem is None
        assert "owned" not in await asyncio.to_thread(names_in, tmp_path)


async def test_neither_the_log_nor_the_list_of_processes_tells_a_secret(tmp_path: Path) -> None:
    settings, planted = plant(tmp_path)
    text = simple_settings("microphone", more=settings)
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance", "run", "--simulate", "--verbose", "--state", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    log = b""
    async with asyncio.timeout(30):
        while b"Ready at" not in log:
            log += await process.stderr.readline()
    url = log.rpartition(b"Ready at ")[2].split()[0].decode()
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appliance", "token", "--state", str(tmp_path), "test"),
        stdout=asyncio.subprocess.PIPE,
    )
    token = (await made.communicate())[0].decode().strip()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for account in ACCOUNTS:
            async with session.post(f"{url}/api/v1/accounts/{account}/check") as response:
                planted_in = await response.text()
                assert CANARY not in planted_in
        async with session.get(f"{url}/api/v1/state?code=canary-code") as response:
            await response.read()
        async with session.get(f"{url}/j/canary-code") as response:
            await response.read()
    listing = await asyncio.create_subprocess_exec("ps", "axeww", "-o", "args", stdout=asyncio.subprocess.PIPE)
    shown = (await listing.communicate())[0].decode(errors="replace")
    process.terminate()
    async with asyncio.timeout(15):
        log += await process.stderr.read()
        await process.wait()
    assert not [secret for secret in (*planted, CANARY, token) if secret.encode() in log]
    mine = [line for line in shown.splitlines() if "appliance run" in line]
    assert mine
    assert not [secret for secret in (*planted, token) if any(secret in line for line in mine)]
