"""The command line. It exits with 0: done; 1: it ran and something failed; 2: command or settings are wrong."""

import asyncio
import json
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import entry_points
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from appliance import __version__
from appliance.terminal import FAILED, Failed, Wrong, format_option, show_rows, state_option

if TYPE_CHECKING:
    from appliance.box import Box
    from appliance.captions import Caption, Gap
    from appliance.database import Database

_EPILOG: Final = (
    "Rooms, customers, units and sessions at a vendor are managed by commands named after it: captionbox"
    " stenomatic, attendi, scriptix or palabra."
)

Row = dict[str, Any]


def main() -> NoReturn:
    """Run the command line and exit as it says."""
    sys.exit(_run())


def _run() -> int:
    logging.getLogger().addHandler(logging.NullHandler())  # a command says itself what a person should know
    try:
        result = commands.main(prog_name="captionbox", standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _complain(error.exit_code, error.format_message())
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone; nothing is left to flush to
        return FAILED
    return int(result or 0)


def _complain(code: int, sentence: str) -> int:
    click.echo(f"captionbox: {sentence}", err=True)
    return code


class _Commands(click.Group):
    """The commands, and those to manage what there is at a vendor, which are loaded when they are needed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        return super().get_command(ctx, cmd_name) or _vendor_command(cmd_name)


def _vendor_command(name: str) -> click.Command | None:
    if not entry_points(group="captionbox.vendors", name=name):
        return None
    from appliance.management_cli import vendor_command

    return vendor_command(name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG)
@click.version_option(__version__, prog_name="captionbox")
def commands() -> None:
    """Live captions for a meeting room: press the button, and people read what is said."""


@commands.command()
@state_option
@click.option("--host", help="Listen on this address instead of [web] host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port; 0 chooses a free one.")
@click.option("--simulate", is_flag=True, help="Simulate the panel and show it on the page /panel.")
@click.option("--verbose", is_flag=True, help="Log more.")
def run(*, folder: Path, host: str | None, port: int | None, simulate: bool, verbose: bool) -> None:
    """Run the daemon."""
    from appliance.box import Options

    async def announce(_: "Box") -> None:
        """The log says it already."""

    _serve(Options(folder=folder, host=host, port=port, simulate=simulate), announce, verbose=verbose)


@commands.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free one.")
def demo(*, port: int) -> None:
    """Show it all on this machine: a simulated panel and a meeting to listen to, in a throw-away folder."""
    from appliance.box import Options

    password = secrets.token_urlsafe(9)

    async def announce(box: "Box") -> None:
        at = box.board.status.address
        if not box.access.is_claimed:
            await box.access.claim(password)
        token = await box.access.tokens.make("demo")
        click.echo(
            f"\n  captionbox is running at {at}\n\n"
            f"    {at}/        captions on a phone\n"
            f"    {at}/kiosk   captions on the big screen\n"
            f"    {at}/panel   the front panel; its buttons work\n"
            f"    {at}/admin   set-up and settings; the password is {password}\n\n"
            f"  The API: curl -N -H 'Authorization: Bearer {token}' {at}/api/v1/captions\n\n"
            f"  Ctrl-C stops it.\n"
        )

    sample = files("appliance") / "samples" / "meeting.wav"
    with tempfile.TemporaryDirectory(prefix="captionbox-demo-") as folder, as_file(sample) as wav:
        settings = Path(folder) / "settings.toml"
        settings.write_text(_demo_settings(wav), "utf-8")
        _serve(Options(folder=Path(folder), port=port, simulate=True), announce, verbose=False)


def _demo_settings(wav: Path) -> str:
    return (
        f'[box]\nname = "Demonstration"\nstart = "boot"\n\n'
        f"[audio]\ninput = {json.dumps(f'file:{wav}?loop')}\n\n"
        f'[web]\nhost = "127.0.0.1"\nviewers = "open"\n'
    )


def _serve(options: Any, announce: Callable[["Box"], Any], *, verbose: bool) -> None:
    from appliance import box
    from appliance.database import DatabaseFailure
    from appliance.host.logs import set_up_logging
    from appliance.host.memory import give_memory_back
    from appliance.web.server import CannotListen
    from appliance.web.tls import BadCertificate

    give_memory_back()
    set_up_logging(verbose=verbose)
    try:
        # systemd starts it anew by itself, in a fresh process.
        while asyncio.run(box.run(options, announce)) and not os.environ.get("NOTIFY_SOCKET"):
            pass
    except DatabaseFailure as error:
        raise Failed(str(error)) from None
    except (CannotListen, BadCertificate) as error:
        raise Wrong(str(error)) from None


@commands.command()
@click.argument("wav", metavar="FILE.wav", type=click.Path(path_type=Path))
@state_option
@click.option("--room", help="Caption as this room would; otherwise as the room in use.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl", "srt", "vtt"]), default="text")
@click.option("--verbose", is_flag=True, help="Log more, to the standard error output.")
def transcribe(*, wav: Path, folder: Path, room: str | None, form: str, verbose: bool) -> None:
    """Caption a WAV file as a meeting would be, without the daemon."""
    from appliance.audio import SoundError
    from appliance.host.logs import set_up_logging
    from appliance.settings import SettingsError
    from appliance.transcribing import Transcription
    from appliance.vendors.contract import VendorFailure

    if verbose:
        set_up_logging(verbose=True)
    try:
        transcription = Transcription.prepare(wav, folder, room)
        asyncio.run(_transcribe(transcription, form))
    except (SoundError, SettingsError) as error:
        raise Wrong(str(error)) from None
    except VendorFailure as error:
        raise Failed(str(error)) from None


async def _transcribe(transcription: Any, form: Any) -> None:
    from appliance.captions import Caption
    from appliance.transcripts.exports import export_entries

    kept: list[Caption | Gap] = []

    async def publish(item: "Caption | Gap") -> None:
        advance(item.end)
        final = not isinstance(item, Caption) or (item.final and bool(item.text))
        if form == "jsonl":
            click.echo(json.dumps(asdict(item), ensure_ascii=False))
        elif form == "text" and final and isinstance(item, Caption):
            click.echo(item.text)
        elif final:
            kept.append(item)

    seen = form in ("text", "jsonl") and sys.stdout.isatty()
    with _progress(transcription.listener.duration, wanted=not seen) as advance:
        try:
            await transcription.run(publish)
        except BaseExceptionGroup as failures:  # what a publisher raises comes out of the tasks of the pipeline
            if failures.subgroup(BrokenPipeError):
                raise BrokenPipeError from None
            raise
    if form in ("srt", "vtt"):
        click.echo(export_entries(kept, form), nl=False)


@contextmanager
def _progress(duration: float | None, *, wanted: bool) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal; nothing where nobody watches or the words themselves show how far it is."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not (wanted and console.is_terminal)) as progress:
        task = progress.add_task("Listening", total=duration)
        yield lambda seconds: progress.update(task, completed=seconds)


@commands.command()
@state_option
def doctor(*, folder: Path) -> int:
    """Look at settings, microphone, panel, keys, network, disk and clock; say what to do."""
    from rich.console import Console
    from rich.text import Text

    from appliance.doctor import examine

    async def look() -> bool:
        console = Console(highlight=False, soft_wrap=True)
        well = True
        async for finding in examine(folder):
            mark = Text("ok  ", style="green") if finding.well else Text("todo", style="red")
            console.print(mark, Text(f"{finding.topic}: {finding.sentence}"))
            well = well and finding.well
        return well

    return 0 if asyncio.run(look()) else FAILED


@commands.group(invoke_without_command=True)
@format_option
@click.pass_context
def microphones(context: click.Context, *, form: str) -> None:
    """List the microphones by the names to put into the settings, or test one."""
    from appliance import audio

    if context.invoked_subcommand:
        return
    try:
        found = asyncio.run(audio.microphones())
    except audio.SoundError as error:
        raise Failed(str(error)) from None
    show_rows([asdict(m) for m in found], form, empty="No microphone is plugged in.")


@microphones.command(name="test")
@state_option
@click.argument("name", required=False)
@click.option("--gain", type=click.IntRange(0, 100), help="Set the gain of its card first, in percent.")
@click.option("--play", is_flag=True, help="Play the recording back.")
def test_microphone(*, folder: Path, name: str | None, gain: int | None, play: bool) -> int:
    """Show how loud a microphone hears, say whether that will do, and what is understood.

    NAME is one of the list; without it, the microphone of the settings is tested.
    """
    from rich.console import Console

    from appliance.audio import SoundError, listen
    from appliance.microphone_check import check_microphone
    from appliance.settings import SettingsError, load
    from appliance.vendors.contract import VendorFailure

    try:
        audio = load(folder).audio
        chosen = audio.input if audio.input.startswith("microphone") else "microphone"
        listener = listen(f"microphone:{name}" if name else chosen, gain=audio.gain if gain is None else gain)
        console = Console(highlight=False, soft_wrap=True)
        usable = asyncio.run(check_microphone(listener, console, play=play))
    except SettingsError as error:
        raise Wrong(str(error)) from None
    except (SoundError, VendorFailure) as error:
        raise Failed(str(error)) from None
    return 0 if usable else FAILED


@commands.group()
def panel() -> None:
    """Test the front panel."""


@panel.command(name="test")
@state_option
@click.option("--simulate", is_flag=True, help="Test a simulated panel, without a person.")
def test_panel(*, folder: Path, simulate: bool) -> int:
    """Walk through every button, light and screen, and say what is broken."""
    from appliance.panel.front import open_parts
    from appliance.panel.gpio import PinsBusy
    from appliance.panel.walkthrough import Person, Robot, Walkthrough
    from appliance.settings import SettingsError, load

    try:
        settings = load(folder).panel
    except SettingsError as error:
        raise Wrong(str(error)) from None
    simulate = simulate or settings.driver == "simulated"
    if not simulate and settings.driver == "none":
        raise Wrong("The settings say that this box has no panel: set [panel] driver to “gpio” to test it.")
    if not simulate and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Wrong("Somebody must press and look: run it on a terminal, or with --simulate.")
    parts = open_parts(settings.model_copy(update={"driver": "simulated"}) if simulate else settings)
    if isinstance(parts.fault, PinsBusy):
        raise Failed("The buttons and the light are in use; stop captionbox first: systemctl stop captionbox")
    if parts.fault:
        raise Failed(str(parts.fault))
    person: Person = Robot(parts.pins, click.echo) if simulate else _Person()
    broken = Walkthrough(parts, settings, person).walk()
    click.echo("\nBroken:\n" + "\n".join(f"- {fault}" for fault in broken) if broken else "\nAll works.")
    return FAILED if broken else 0


class _Person:
    """Somebody at the box and at its terminal."""

    def hear(self, sentence: str) -> None:
        click.echo(sentence)

    def sees(self, question: str) -> bool:
        return click.confirm(question, default=None)

    def press(self, button: str) -> None:
        click.echo(f"Press the {button} button now, and let go of it…")


@commands.command()
@format_option
def vendors(*, form: str) -> None:
    """List the speech vendors that can be used."""
    from appliance.vendors.registry import Registry

    registry = Registry.installed()
    rows = [
        {
            "name": name,
            "title": vendor.manifest.title,
            "delivery": vendor.manifest.delivery,
            "languages": list(vendor.manifest.languages),
            "translates": vendor.manifest.translates,
        }
        for name, vendor in registry.items()
    ]
    show_rows(rows, form, empty="No vendor is installed; install captionbox again.")
    for sentence in registry.broken.values():
        _complain(FAILED, sentence)


@commands.command()
@state_option
@format_option
def rooms(*, folder: Path, form: str) -> None:
    """List the rooms of the settings."""
    from appliance.settings import SettingsError, load

    try:
        settings = load(folder)
    except SettingsError as error:
        raise Wrong(str(error)) from None
    rows = [
        {
            "name": name,
            "title": room.title,
            "account": room.account,
            "from_language": room.from_language,
            "to_languages": list(room.to_languages),
            "in_use": name == settings.box.room,
        }
        for name, room in settings.rooms.items()
    ]
    show_rows(rows, form, empty="")


@commands.command()
@state_option
@click.argument("name")
def token(*, folder: Path, name: str) -> None:
    """Print a new administrator API token; only a hash of it is kept."""
    from appliance.web.access import Access

    async def make(database: "Database") -> str:
        access = Access(database, "code")
        await access.open()
        return await access.tokens.make(name)

    click.echo(_with_database(folder, make, create=True))


@commands.group()
def transcripts() -> None:
    """List, show, export and delete the transcripts."""


_transcript = click.argument("number", metavar="ID", type=int)


@transcripts.command(name="list")
@state_option
@format_option
def list_(*, folder: Path, form: str) -> None:
    """List the transcripts, newest first."""
    rows = _with_transcripts(folder, lambda store: store.list())
    show_rows([_plain(asdict(summary)) for summary in rows], form, empty="There are no transcripts yet.")


@transcripts.command()
@state_option
@_transcript
def show(*, folder: Path, number: int) -> None:
    """Print a transcript to read."""
    _export(folder, number, "txt")


@transcripts.command()
@state_option
@_transcript
@click.option("--format", "form", type=click.Choice(["vtt", "srt", "txt", "json"]), default="vtt")
@click.option("--language", help="Only the captions in this language.")
def export(*, folder: Path, number: int, form: str, language: str | None) -> None:
    """Print a transcript as WebVTT, SRT, text or JSON."""
    _export(folder, number, form, language)


@transcripts.command()
@state_option
@_transcript
def delete(*, folder: Path, number: int) -> None:
    """Delete a transcript for ever."""
    _with_transcripts(folder, lambda store: store.delete(number))


def _export(folder: Path, number: int, form: Any, language: str | None = None) -> None:
    from appliance.transcripts.exports import NoSuchLanguage
    from appliance.transcripts.exports import export as exported

    transcript = _with_transcripts(folder, lambda store: store.read(number))
    try:
        click.echo(exported(transcript, form, language=language), nl=False)
    except (NoSuchLanguage, ValueError) as error:
        raise Wrong(str(error)) from None


@commands.group()
def spool() -> None:
    """List and delete sound that waits for its words."""


@spool.command(name="list")
@state_option
@format_option
def list_spool(*, folder: Path, form: str) -> None:
    """List the recordings and utterances whose words have not come yet."""
    rows = _with_spool(folder, lambda deliveries: deliveries.all())
    show_rows([asdict(row) for row in rows], form, empty="No sound waits for its words.")


@spool.command(name="delete")
@state_option
@click.argument("name", metavar="ID")
def delete_spool(*, folder: Path, name: str) -> None:
    """Delete sound that waits; its words never come."""
    if not _with_spool(folder, lambda deliveries: deliveries.delete(name)):
        raise Wrong(f"There is no sound {name} that waits; see captionbox spool list.")


def _with_spool(folder: Path, use: Callable[[Any], Any]) -> Any:
    from appliance.board import Board
    from appliance.deliveries import Deliveries
    from appliance.spool import Spool
    from appliance.transcripts.store import TranscriptStore

    def nobody(account: str) -> NoReturn:
        raise LookupError(account)  # nothing is delivered from here

    async def work(database: "Database") -> Any:
        store = TranscriptStore(database)
        await store.open()
        return await use(Deliveries(Spool(folder / "spool"), store, nobody, Board()))

    return _with_database(folder, work)


def _with_transcripts(folder: Path, use: Callable[[Any], Any]) -> Any:
    from appliance.transcripts.store import NoSuchTranscript, TranscriptStore

    async def work(database: "Database") -> Any:
        store = TranscriptStore(database)
        await store.open()
        return await use(store)

    try:
        return _with_database(folder, work)
    except NoSuchTranscript as error:
        raise Wrong(str(error)) from None


def _with_database(folder: Path, use: Callable[["Database"], Any], *, create: bool = False) -> Any:
    from appliance.database import DatabaseFailure, open_database

    async def work() -> Any:
        async with open_database(folder) as database:
            return await use(database)

    if not create and not folder.is_dir():
        raise Wrong(f"There is no state folder {folder}; name one with --state.")
    try:
        return asyncio.run(work())
    except DatabaseFailure as error:
        raise Failed(str(error)) from None


def _plain(row: Row) -> Row:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
