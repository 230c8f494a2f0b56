import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appliance.management_cli import vendor_command
from appliance.settings import load
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.emulators.palabra import PalabraEmulator
from tests.web.admin.test_vendors import care, talk

_ATTENDI = "from appliance.management_cli import vendor_command; vendor_command('attendi')()"


async def captionbox(vendor: str, *arguments: str, state: Path, typed: str = "") -> Result:
    """Run a command as the command line does, in a thread: it has a loop of its own."""
    command = vendor_command(vendor)
    assert command

    def run() -> Result:
        return CliRunner().invoke(command, [*arguments, "--state", str(state)], input=typed)

    return await asyncio.to_thread(run)


def rows(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_units_are_made_listed_and_changed_from_the_command_line(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        state = care(tmp_path, emulator.url)
        made = await captionbox(
            "attendi", "units", "upsert", "--id", "team", "--name", "Team", "--users", "3", state=state
        )
        assert rows(made) == [{"id": "team", "name": "Team", "users": 3}]
        assert "The unit team is made." in made.stderr
        changed = await captionbox("attendi", "units", "update", "--id", "team", "--users", "0", state=state)
        assert rows(changed) == [{"id": "team", "name": "Team", "users": 0}]
        listed = await captionbox("attendi", "units", "list", "--format", "table", state=state)
        assert listed.stdout.split("\n")[0].split() == ["id", "name", "users"]
        assert "1 unit." in listed.stdout


async def test_an_option_has_the_vendors_name_in_the_manner_of_the_command_line(tmp_path: Path) -> None:
    async with AttendiEmulator() as emulator:
        options = ("--id", "hall", "--name", "Hall", "--default-model", "DistrictCare")
        made = await captionbox("attendi", "customers", "upsert", *options, state=care(tmp_path, emulator.url))
        assert rows(made)[0]["defaultModel"] == "DistrictCare"


async def test_a_key_is_rolled_only_with_yes_and_is_not_printed(tmp_path: Path) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        state = care(tmp_path, emulator.url)
        asked = await captionbox("attendi", "customers", "roll-key", state=state)
        assert asked.exit_code == 2
        assert "--yes" in asked.stderr
        assert emulator.managed.rolls == []
        done = await captionbox("attendi", "customers", "roll-key", "--yes", state=state)
        assert done.exit_code == 0
        assert emulator.keys.now not in done.output
        assert "systemctl reload" in done.stderr
        assert load(state).accounts["care"].secrets["customer_key"].get_secret_value() == emulator.keys.now


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
async def test_a_command_that_is_stopped_while_it_rolls_a_key_leaves_one_that_works(
    tmp_path: Path, end: signal.Signals
) -> None:
    async with AttendiEmulator(customer="hall") as emulator:
        state = care(tmp_path, emulator.url)
        emulator.managed.answers_after = asyncio.Event()
        roll = ("customers", "roll-key", "--yes", "--state", str(state))
        command = await asyncio.create_subprocess_exec(sys.executable, "-c", _ATTENDI, *roll, stderr=PIPE)
        await asyncio.wait_for(emulator.managed.rolling.wait(), 30)
        command.send_signal(end)
        if end is signal.SIGKILL:
            await command.wait()
        emulator.managed.answers_after.set()
        await command.communicate()
        assert command.returncode != 0
        stored = load(state).accounts["care"].secrets["customer_key"].get_secret_value()
        assert emulator.keys.opens(stored)
        assert (stored == emulator.keys.now) == (end is signal.SIGINT)
        again = await captionbox("attendi", *roll[:3], state=state)
        assert again.exit_code == 0
        assert load(state).accounts["care"].secrets["customer_key"].get_secret_value() == emulator.keys.now


async def test_a_secret_comes_from_the_standard_input(tmp_path: Path) -> None:
    async with PalabraEmulator() as emulator:
        state = talk(tmp_path, emulator.url)
        made = rows(await captionbox("palabra", "sessions", "create", "--subscriber-count", "1", state=state))
        name = made[0]["id"]
        given = await captionbox("palabra", "sessions", "delete", "--yes", state=state, typed=f"{name}\n")
        assert given.exit_code == 0
        assert emulator.deleted == [name]
        none = await captionbox("palabra", "sessions", "delete", "--yes", state=state)
        assert none.exit_code == 2
        assert "Session ID is missing" in none.stderr


async def test_what_went_wrong_is_one_sentence_and_an_exit_code(tmp_path: Path) -> None:
    refusal = {"/v1/customers/hall/units": Refusal(401, {"message": "No!"})}
    async with AttendiEmulator(refusals=refusal) as emulator:
        state = care(tmp_path, emulator.url)
        refused = await captionbox("attendi", "units", "list", state=state)
        assert refused.exit_code == 1
        assert "Attendi refuses the key" in refused.stderr
        wrong = await captionbox("attendi", "units", "update", "--id", "team", state=state)
        assert wrong.exit_code == 2
        assert "nothing is to be changed" in wrong.stderr
        many = await captionbox("attendi", "units", "update", "--id", "x", "--users", "many", state=state)
        assert many.exit_code == 2
        empty = await captionbox("attendi", "units", "retrieve", "--id", "", state=state)
        assert empty.exit_code == 2
        assert "--id: must be text in quotes, 1 or more characters" in empty.stderr


async def test_it_is_said_which_account_is_meant_or_missing(tmp_path: Path) -> None:
    none = await captionbox("attendi", "units", "list", state=tmp_path)
    assert none.exit_code == 2
    assert "There is no account of Attendi" in none.stderr
    (tmp_path / "settings.toml").write_text(
        '[accounts.one]\nvendor = "attendi"\n[accounts.two]\nvendor = "attendi"\n'
    )
    several = await captionbox("attendi", "units", "list", state=tmp_path)
    assert "name one with --account: one, two" in several.stderr
    wrong = await captionbox("attendi", "units", "list", "--account", "three", state=tmp_path)
    assert "There is no account “three” of Attendi; there is: one, two." in wrong.stderr


@pytest.mark.parametrize("vendor", ["local", "nobody"])
def test_a_vendor_without_anything_to_manage_has_no_command(vendor: str) -> None:
    assert vendor_command(vendor) is None


def test_every_action_has_help_and_every_option_says_what_it_is() -> None:
    for vendor in ("attendi", "palabra"):
        command = vendor_command(vendor)
        assert command
        for group in command.commands.values():
            for action in getattr(group, "commands", {}).values():
                shown = CliRunner().invoke(action, ["--help"])
                assert shown.exit_code == 0
                assert all(option.help for option in action.params)
