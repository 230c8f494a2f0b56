"""Every vendor of ours in each of its modes: its emulator, and what a box is set to use it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulators.attendi import AttendiEmulator
from tests.emulators.palabra import PalabraEmulator
from tests.emulators.reverie import ReverieEmulator
from tests.emulators.scriptix import ScriptixEmulator
from tests.emulators.stenomatic import Emulator as StenomaticEmulator
from tests.emulators.wyoming import Emulator as WyomingEmulator

KEY = "canary-key-7f3a"


@dataclass(frozen=True)
class Case:
    """A vendor in one mode.

    Attributes:
        emulator: makes its emulator, which knows what will be said.
        account: the lines of its account in ``settings.toml``; ``URL`` stands for the emulator's address.
        secrets: the lines of its account in ``secrets.toml``.
        room: more lines of the room.
    """

    emulator: Callable[[Sequence[str]], AbstractAsyncContextManager[Any]]
    account: str
    secrets: str = ""
    room: str = ""

    def write_settings(self, folder: Path, url: str, *room: str) -> None:
        """Set a box up to use it.

        Args:
            folder: the state folder.
            url: of the emulator, or of what stands before it.
            room: more lines of the room.
        """
        lines = [
            "[accounts.main]",
            self.account.replace("URL", url),
            "[rooms.hall]",
            'account = "main"',
            self.room,
        ]
        (folder / "settings.toml").write_text("\n".join((*lines, *room, "")), "utf-8")
        (folder / "secrets.toml").write_text(f"[accounts.main]\n{self.secrets}\n", "utf-8")


def url_of(emulator: Any) -> str:
    """Where an emulator is."""
    return str(getattr(emulator, "uri", None) or emulator.url)


CASES = {
    "reverie": Case(
        lambda said: ReverieEmulator(key=KEY, app_id="app", sentences=said),
        account='vendor = "reverie"\napp_id = "app"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='from_language = "en-IN"',
    ),
    "palabra-stt": Case(
        lambda said: PalabraEmulator(key=KEY, sentences=said),
        account='vendor = "palabra"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
    ),
    "palabra-s2s": Case(
        lambda said: PalabraEmulator(key=KEY, sentences=said),
        account='vendor = "palabra"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='to_languages = ["nl"]\noptions = { mode = "s2s" }',
    ),
    "scriptix": Case(
        lambda said: ScriptixEmulator(key=KEY, sentences=said),
        account='vendor = "scriptix"\nbase_url = "URL"',
        secrets=f'realtime_token = "{KEY}"',
    ),
    "attendi-stream": Case(
        lambda said: AttendiEmulator(key=f"ck_{KEY}", sentences=said),
        account='vendor = "attendi"\nbase_url = "URL"',
        secrets=f'customer_key = "ck_{KEY}"',
        room='from_language = "nl"',
    ),
    "attendi-transcribe": Case(
        lambda said: AttendiEmulator(key=f"ck_{KEY}", sentences=said),
        account='vendor = "attendi"\nbase_url = "URL"',
        secrets=f'customer_key = "ck_{KEY}"',
        room='from_language = "nl"\noptions = { mode = "transcribe" }',
    ),
    "stenomatic": Case(
        lambda said: StenomaticEmulator(key=KEY, sentences=said),
        account='vendor = "stenomatic"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
    ),
    "stenomatic-translated": Case(
        lambda said: StenomaticEmulator(key=KEY, sentences=said),
        account='vendor = "stenomatic"\nbase_url = "URL"',
        secrets=f'api_key = "{KEY}"',
        room='to_languages = ["de-DE"]',
    ),
    "wyoming": Case(
        lambda said: WyomingEmulator(sentences=tuple(said)), account='vendor = "wyoming"\nuri = "URL"'
    ),
    "wyoming-streaming": Case(
        lambda said: WyomingEmulator(sentences=tuple(said), streaming=True),
        account='vendor = "wyoming"\nuri = "URL"',
    ),
}
