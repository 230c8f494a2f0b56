"""What is set in a box, in real files."""

import asyncio
from pathlib import Path

from appliance.settings import Settings, SettingsStore
from appliance.vendors.registry import Registry
from appliance.web.settings_changes import Change


class SettingsFiles:
    """The settings and the secrets of a box.

    Args:
        folder: the state folder.
        settings: what is written into the file of the settings; None leaves it as it is.
        secrets: likewise into the file of the secrets.
        registry: the vendors; those that are installed, where it is not given.
    """

    def __init__(
        self,
        folder: Path,
        settings: str | None = None,
        secrets: str | None = None,
        *,
        registry: Registry | None = None,
    ) -> None:
        self.folder = folder
        self.registry = registry or Registry.installed()
        self.store = SettingsStore(folder, check=self.registry.check)
        if settings is not None:
            (folder / "settings.toml").write_text(settings, "utf-8")
        if secrets is not None:
            (folder / "secrets.toml").touch(0o600)
            (folder / "secrets.toml").write_text(secrets, "utf-8")

    @property
    def settings(self) -> str:
        return (self.folder / "settings.toml").read_text("utf-8")

    @property
    def secrets(self) -> str:
        return (self.folder / "secrets.toml").read_text("utf-8")

    def load(self) -> Settings:
        return self.store.load()

    async def save(self, change: Change) -> Settings:
        return await asyncio.to_thread(self.store.save, change)
