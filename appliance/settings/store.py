"""Loading the settings from the state folder and saving them there.

All of it blocks on the disk: from the event loop call it through `asyncio.to_thread`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from appliance.settings.credentials import (
    Secrets,
    credentials,
    merged,
    parted,
    secrets_in,
    tighten,
    warn_of_strays,
)
from appliance.settings.edits import Changes, applied, edited
from appliance.settings.files import NewText, locked, parse, read, replace
from appliance.settings.models import Settings
from appliance.settings.problems import SECRETS, SETTINGS, Problem, SettingsError, problems_of

_LAST_GOOD: Final = {SETTINGS: "settings.last-good.toml", SECRETS: "secrets.last-good.toml"}

_log = logging.getLogger(__name__)

Texts = Mapping[str, str]
"""What the two files hold, by their names."""

Tables = Mapping[str, Mapping[str, Any]]
"""The same, parsed."""


def load(folder: Path) -> Settings:
    """The settings as they stand in the state folder; what is not written there has its default.

    Raises:
        SettingsError: with all that is wrong.
    """
    return _settings(_parsed(_read(folder)))


class SettingsStore:
    """The settings of a box that must come up even when somebody broke them.

    Attributes:
        problem: what is wrong with the files and which settings are in use instead; None while all is well.
    """

    def __init__(self, folder: Path, *, check: Callable[[Settings], None] | None = None) -> None:
        """Look into no file yet.

        Args:
            folder: the state folder; it is begun by the first save.
            check: raises `SettingsError` for what only the vendors know to be wrong.
        """
        self._folder = folder
        self._check = check or (lambda _settings: None)
        self.problem: str | None = None

    def load(self) -> Settings:
        """The settings; where they are broken, the last good ones, else the defaults. Never fails."""
        try:
            tighten(self._folder / SECRETS)
            texts = _read(self._folder)
            settings = _settings(_parsed(texts))
            self._check(settings)
        except SettingsError as error:
            return self._instead(error)
        self.problem = None
        self._remember(texts)
        return settings

    def save(self, changes: Changes | Callable[[Settings], Changes]) -> Settings:
        """Change settings, in the files too; what is not named stays as it is, comments and order as well.

        Args:
            changes: nested as the tables are. None takes a key or a whole table away. In an account, a
                `SecretStr` goes to ``secrets.toml``; an account that is taken away takes its secrets along.
                Or what decides on them: it is given the settings as they stand in the files, which nobody
                else changes meanwhile, and may raise what it wants.

        Raises:
            SettingsError: the result would be wrong, or cannot be written; the files are as they were.
        """
        with _disk_trouble(), locked(self._folder):
            old = _read(self._folder)
            if callable(changes):
                changes = changes(_settings(_parsed(old)))
            wanted = dict(zip((SETTINGS, SECRETS), parted(changes), strict=True))
            settings = _settings({name: applied(table, wanted[name]) for name, table in _parsed(old).items()})
            self._check(settings)
            new = {name: edited(old[name], wanted[name], name) for name in old}
            replace(*(self._file(name, new[name]) for name in (SECRETS, SETTINGS) if new[name] != old[name]))
        self.problem = None
        self._remember(new)
        return settings

    def _file(self, name: str, text: str) -> NewText:
        return NewText(self._folder / name, text, 0o600 if name == SECRETS else None)

    def _instead(self, error: SettingsError) -> Settings:
        settings = self._last_good()
        which = "last good" if settings else "default"
        self.problem = f"{error} (the {which} settings are in use)"
        _log.error(self.problem)
        return settings or Settings()

    def _last_good(self) -> Settings | None:
        try:
            texts = {name: read(self._folder / copy) for name, copy in _LAST_GOOD.items()}
            return _settings(_parsed(texts)) if any(texts.values()) else None
        except SettingsError:
            return None

    def _remember(self, texts: Texts) -> None:
        """Keep a copy of what was good; without one the box still works."""
        try:
            copies = {self._folder / _LAST_GOOD[name]: text for name, text in texts.items()}
            changed = [NewText(copy, text, 0o600) for copy, text in copies.items() if text != read(copy)]
            if changed:
                with locked(self._folder):
                    replace(*changed)
        except (OSError, SettingsError) as error:
            _log.warning("No copy of the good settings could be kept: %s", error)


def _read(folder: Path) -> Texts:
    return {name: read(folder / name) for name in _LAST_GOOD}


def _parsed(texts: Texts) -> Tables:
    return {name: parse(text, name) for name, text in texts.items()}


def _settings(tables: Tables) -> Settings:
    secrets = merged(secrets_in(tables[SECRETS]), credentials())
    try:
        settings = Settings.model_validate(tables[SETTINGS])
    except ValidationError as error:
        problems = problems_of(error, SETTINGS, "", Settings)
    else:
        return _with_secrets(settings, secrets)
    # Raised out here so that pydantic's error, which holds all that was given, does not travel along.
    raise SettingsError(problems)


def _with_secrets(settings: Settings, secrets: Secrets) -> Settings:
    warn_of_strays(secrets, settings.accounts)
    accounts = {
        name: account.model_copy(update={"secrets": secrets.get(name, {})})
        for name, account in settings.accounts.items()
    }
    return settings.model_copy(update={"accounts": accounts})


@contextmanager
def _disk_trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = Problem(SETTINGS, "", f"cannot be saved: {error.strerror}; nothing was changed")
        raise SettingsError([problem]) from error
