import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from appliance.settings import Settings, SettingsError, SettingsStore, load

ACCOUNT = '[accounts.main]\nvendor = "reverie"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings.toml").write_text(ACCOUNT)
    return tmp_path


@pytest.fixture
def systemd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path_factory.mktemp("credentials")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(directory))
    return directory


def write_secrets(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def secret(settings: Settings, key: str) -> str:
    return settings.accounts["main"].secrets[key].get_secret_value()


def test_a_key_in_the_file_of_secrets_reaches_the_vendor(folder: Path) -> None:
    write_secrets(folder, '[accounts.main]\napi_key = "canary"\n')
    settings = load(folder)
    assert secret(settings, "api_key") == "canary"
    assert settings.accounts["main"].fields["api_key"] == SecretStr("canary")


def test_a_credential_of_systemd_wins(folder: Path, systemd: Path) -> None:
    write_secrets(folder, '[accounts.main]\napi_key = "file"\ntoken = "kept"\n')
    (systemd / "accounts.main.api_key").write_text("systemd \n")
    (systemd / "tls.key").write_text("of somebody else")
    settings = load(folder)
    assert secret(settings, "api_key") == "systemd "
    assert secret(settings, "token") == "kept"


def test_a_credential_that_is_no_text_is_told_and_not_shown(folder: Path, systemd: Path) -> None:
    (systemd / "accounts.main.api_key").write_bytes(b"canary\xff")
    with pytest.raises(SettingsError) as caught:
        load(folder)
    assert "accounts.main.api_key: this credential of systemd cannot be read" in str(caught.value)
    assert "canary" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_a_key_that_systemd_gives_cannot_be_changed_on_the_page(folder: Path, systemd: Path) -> None:
    (systemd / "accounts.main.api_key").write_text("systemd")
    with pytest.raises(SettingsError, match="comes from systemd"):
        SettingsStore(folder).save({"accounts": {"main": {"api_key": SecretStr("new")}}})
    assert not (folder / "secrets.toml").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[accounts.main]\napi_key = 5\n", "accounts.main.api_key: must be text in quotes"),
        (
            '[acounts.main]\napi_key = "canary"\n',
            'acounts: unknown section "acounts"; did you mean "accounts"?',
        ),
        ('[accounts]\nmain = "canary"\n', "accounts.main: must be a section with keys of its own"),
        ('[accounts.main]\napi_key = "canary\n', "line 2, column 18: expected lines such as"),
    ],
)
def test_a_mistake_in_the_file_of_secrets_is_told_without_a_secret(folder: Path, text: str, told: str) -> None:
    write_secrets(folder, text)
    with pytest.raises(SettingsError) as caught:
        load(folder)
    assert str(caught.value).startswith(f"secrets.toml: {told}")
    assert "canary" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_secrets_of_an_account_that_is_gone_do_not_stop_the_box(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_secrets(folder, '[accounts.mian]\napi_key = "canary"\n')
    assert load(folder).accounts["main"].secrets == {}
    assert 'account "mian" that does not exist; did you mean "main"?' in caplog.text
    assert "canary" not in caplog.text


def test_a_file_of_secrets_that_others_could_read_is_closed_to_them(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_secrets(folder, '[accounts.main]\napi_key = "canary"\n', 0o644)
    with caplog.at_level(logging.WARNING):
        SettingsStore(folder).load()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [record.message for record in caplog.records] == [
        f"{path} could be read by others; now only its owner can"
    ]


def test_a_key_shows_up_nowhere_but_at_the_vendor(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_secrets(folder, '[accounts.main]\napi_key = "canary"\n')
    store = SettingsStore(folder)
    with caplog.at_level(logging.DEBUG):
        settings = store.load()
        settings = store.save({"box": {"name": "x"}})
        with pytest.raises(SettingsError) as caught:
            store.save({"accounts": {"main": {"vendor": 5, "api_key": SecretStr("canary2")}}})
    shown = [repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json(), caplog.text]
    shown += [repr(caught.value), str(caught.value), repr(caught.value.__context__)]
    assert "canary" not in " ".join(shown)
    assert "canary" not in "".join(p.read_text() for p in folder.glob("settings*"))
    assert secret(settings, "api_key") == "canary"
