"""The secrets of the accounts: from ``secrets.toml``, and from systemd, which wins. Blocking."""

import logging
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError

from appliance.settings.edits import Changes
from appliance.settings.models import Key, Model
from appliance.settings.problems import SECRETS, Problem, SettingsError, problems_of

_log = logging.getLogger(__name__)

Secrets = Mapping[str, Mapping[str, SecretStr]]
"""By the name of the account, then by key."""


class _SecretsFile(Model):
    accounts: Mapping[Key, Mapping[str, SecretStr]] = Field(default_factory=dict)


def secrets_in(tables: Mapping[str, Any]) -> Secrets:
    """The secrets in the tables of a ``secrets.toml``.

    Raises:
        SettingsError: they are not what they should be; the sentence tells no secret.
    """
    try:
        return _SecretsFile.model_validate(tables).accounts
    except ValidationError as error:
        problems = problems_of(error, SECRETS, "", _SecretsFile)
    raise SettingsError(problems)


def credentials() -> Secrets:
    """The secrets that systemd hands over: files named ``accounts.NAME.KEY``, one value each.

    Raises:
        SettingsError: one cannot be read.
    """
    found: dict[str, dict[str, SecretStr]] = {}
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    for path in sorted(Path(directory).glob("accounts.*.*")) if directory else ():
        _, account, key = path.name.split(".", 2)
        found.setdefault(account, {})[key] = _value(path)
    return found


def _value(path: Path) -> SecretStr:
    try:
        return SecretStr(path.read_text("utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    raise SettingsError([Problem(path.name, "", f"this credential of systemd cannot be read: {reason}")])


def merged(first: Secrets, winning: Secrets) -> Secrets:
    """Both, where the same secret is in both, the winning one's."""
    return {name: {**first.get(name, {}), **winning.get(name, {})} for name in {**first, **winning}}


def parted(changes: Changes) -> tuple[Changes, Changes]:
    """Changes to the settings as changes to ``settings.toml`` and to ``secrets.toml``.

    Raises:
        SettingsError: one changes a secret that systemd hands over.
    """
    accounts = changes.get("accounts")
    if not isinstance(accounts, Mapping):
        return changes, {"accounts": None} if "accounts" in changes else {}
    public = {**changes, "accounts": {name: _public(account) for name, account in accounts.items()}}
    secret = {name: _secret(account, name) for name, account in accounts.items()}
    return public, {"accounts": {name: keys for name, keys in secret.items() if keys != {}}}


def _public(account: Any) -> Any:
    if not isinstance(account, Mapping):
        return account
    return {key: None if isinstance(value, SecretStr) else value for key, value in account.items()}


def _secret(account: Any, name: str) -> Changes | None:
    if not isinstance(account, Mapping):
        return None
    values = {key: value for key, value in account.items() if value is None or isinstance(value, SecretStr)}
    # To take one away here would leave it where it is, for whatever else is changed along with it.
    for key in filter(values.__contains__, credentials().get(name, {})):
        hint = "comes from systemd, which wins; change the credential there"
        raise SettingsError([Problem(SECRETS, f"accounts.{name}.{key}", hint)])
    return {key: value and value.get_secret_value() for key, value in values.items()}


def warn_of_strays(secrets: Secrets, accounts: Iterable[str]) -> None:
    """Log each account that has secrets but no settings.

    No mistake that stops the box: a power cut while an account is saved may leave one behind.
    """
    for name in secrets:
        if name not in accounts:
            likely = get_close_matches(name, accounts, n=1)
            hint = f'; did you mean "{likely[0]}"?' if likely else "; remove them if they are of no more use"
            _log.warning('There are secrets for an account "%s" that does not exist%s', name, hint)


def tighten(path: Path) -> None:
    """Take the rights to a file of secrets from everybody else, and say so."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
            _log.warning("%s could be read by others; now only its owner can", path)
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.warning("%s can be read by others and that cannot be changed: %s", path, error.strerror)
