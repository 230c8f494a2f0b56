"""Starts every emulator and prints settings with which a box uses them; for a person to try the box against."""

import asyncio
from contextlib import AsyncExitStack
from importlib.resources import files

from tests.emulators.attendi import AttendiEmulator
from tests.emulators.palabra import PalabraEmulator
from tests.emulators.reverie import ReverieEmulator
from tests.emulators.scriptix import ScriptixEmulator
from tests.emulators.stenomatic import Emulator as StenomaticEmulator
from tests.emulators.wyoming import Emulator as WyomingEmulator

SAID = (files("appliance") / "samples" / "meeting.txt").read_text("utf-8").splitlines()[:3]
"""The emulators' ear knows the beginning of the sample meeting; more would make it slow."""


async def main() -> None:
    """Serve until Ctrl-C."""
    async with AsyncExitStack() as stack:
        reverie = await stack.enter_async_context(ReverieEmulator(sentences=SAID))
        palabra = await stack.enter_async_context(PalabraEmulator(sentences=SAID))
        scriptix = await stack.enter_async_context(ScriptixEmulator(sentences=SAID))
        attendi = await stack.enter_async_context(AttendiEmulator(sentences=SAID))
        stenomatic = await stack.enter_async_context(StenomaticEmulator(sentences=SAID))
        wyoming = await stack.enter_async_context(WyomingEmulator(sentences=tuple(SAID)))
        accounts = {
            "reverie": (reverie.url, f'app_id = "{reverie.app_id}"', f'api_key = "{reverie.key}"'),
            "palabra": (palabra.url, "", f'api_key = "{palabra.key}"'),
            "scriptix": (scriptix.url, "", f'realtime_token = "{scriptix.key}"'),
            "attendi": (attendi.url, "", f'customer_key = "{attendi.key}"'),
            "stenomatic": (stenomatic.url, "", f'api_key = "{stenomatic.key}"'),
        }
        print("# settings.toml")
        for name, (url, public, _) in accounts.items():
            print(f'[accounts.{name}]\nvendor = "{name}"\nbase_url = "{url}"\n{public}')
        print(f'[accounts.wyoming]\nvendor = "wyoming"\nuri = "{wyoming.uri}"\n')
        for name in (*accounts, "wyoming"):
            print(f'[rooms.{name}]\ntitle = "{name.title()}"\naccount = "{name}"\n')
        print("# secrets.toml")
        for name, (_, _, secret) in accounts.items():
            print(f"[accounts.{name}]\n{secret}\n")
        print("# Ctrl-C stops them.", flush=True)
        await asyncio.Event().wait()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print()
