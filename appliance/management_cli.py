"""Commands to manage what there is at a vendor, such as ``captionbox attendi units list``.

They are made from the vendors' actions: groups of commands, with options from the schemas of their arguments.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from pydantic import BaseModel, ValidationError

from appliance.management_options import Option, options_of
from appliance.settings import Settings, SettingsError, SettingsStore, load, problems_of
from appliance.terminal import Failed, Wrong, format_option, show_details, show_rows, state_option
from appliance.vendors.contract import AnyVendor, VendorFailure
from appliance.vendors.management import AnyAction, Kind, Outcome
from appliance.vendors.manager import Change, Manager
from appliance.vendors.registry import Registry

_WIDEST: Final = 8
"""Columns that a terminal has room for."""

_RELOAD: Final = "A captionbox that runs takes the new key up with: systemctl reload captionbox"


def vendor_command(name: str) -> click.Group | None:
    """The commands of a vendor; None where there is no such vendor, or nothing to manage there."""
    registry = Registry.installed()
    vendor = registry.get(name)
    if vendor is None or not vendor.actions:
        return None
    title = vendor.manifest.title
    commands = click.Group(name, help=f"Manage what there is at {title}.")
    for group in dict.fromkeys(action.group for action in vendor.actions):
        actions = [_command(registry, name, action) for action in vendor.actions if action.group == group]
        commands.add_command(click.Group(group, commands=actions, help=f"The {group} at {title}."))
    return commands


def _command(registry: Registry, vendor: str, action: AnyAction) -> click.Command:
    options = options_of(action.args)
    destroys = action.kind is Kind.DESTROYS

    @state_option
    @format_option
    @click.option("--account", metavar="NAME", help="Which account, where there are several of the vendor.")
    def run(*, folder: Path, form: str, account: str | None, yes: bool = False, **given: Any) -> None:
        try:
            chosen = _account(load(folder), vendor, registry[vendor], account)
            args = _args(action.args, options, given)
            if destroys and not yes:
                _ask(action)
            outcome = asyncio.run(_run(registry, folder, chosen, action, args))
        except SettingsError as error:
            raise Wrong(str(error)) from None
        except VendorFailure as error:
            raise Failed(str(error)) from None
        _report(action, outcome, form)

    command = click.command(action.name, help=action.summary)(run)
    yes = [click.Option(["--yes"], is_flag=True, help="Do not ask whether to.")] if destroys else []
    command.params = [*(option.parameter for option in options), *yes, *command.params]
    return command


def _account(settings: Settings, name: str, vendor: AnyVendor, wanted: str | None) -> str:
    """The account that is meant.

    Raises:
        Wrong: nobody knows which.
    """
    title, found = vendor.manifest.title, [key for key, a in settings.accounts.items() if a.vendor == name]
    if wanted in found or (wanted is None and len(found) == 1):
        return wanted or found[0]
    if not found:
        raise Wrong(
            f"There is no account of {title}: add one on the page /admin/accounts, or in settings.toml."
        )
    if wanted is None:
        raise Wrong(f"There are several accounts of {title}: name one with --account: {', '.join(found)}.")
    raise Wrong(f"There is no account “{wanted}” of {title}; there is: {', '.join(found)}.")


def _args(model: type[BaseModel], options: Sequence[Option], given: dict[str, Any]) -> BaseModel:
    """What was given, as the action wants it.

    Raises:
        Wrong: it is not as it must be.
    """
    values = {option.key: value for option in options for value in option.values(given)}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problem = problems_of(error, "", "", model)[0]
    flags = {option.key: option.flag for option in options}
    raise Wrong(": ".join(filter(None, (flags.get(problem.key, problem.key), problem.sentence))))


def _ask(action: AnyAction) -> None:
    if not sys.stdin.isatty():
        raise Wrong("This cannot be taken back: say --yes, or do it on a terminal.")
    click.confirm(f"{action.summary} Go on?", abort=True, err=True)


async def _run(registry: Registry, folder: Path, account: str, action: AnyAction, args: Any) -> Outcome:
    store = SettingsStore(folder, check=registry.check)

    async def save(change: Change) -> Settings:
        return await asyncio.to_thread(store.save, change)

    return await Manager(registry, lambda: load(folder), save).run(account, action, args)


def _report(action: AnyAction, outcome: Outcome, form: str) -> None:
    """Print what came of it: for a program, the rows alone.

    Raises:
        Failed: something went wrong afterwards.
    """
    if form == "json" or _fits(action, outcome):
        show_rows(outcome.rows, form, empty="")
    else:
        for row in outcome.rows:
            show_details(row)
            click.echo()
    if outcome.trouble:
        raise Failed(f"{outcome.done} {outcome.trouble}")
    click.echo(outcome.done, err=form == "json")
    if outcome.secrets:
        click.echo(_RELOAD, err=True)


def _fits(action: AnyAction, outcome: Outcome) -> bool:
    """Whether a table shows it best."""
    return action.name == "list" and all(len(row) <= _WIDEST for row in outcome.rows[:1])
