"""Runs the measurements named on the command line, or all, and prints their table."""

import asyncio
import platform
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table


async def main(names: list[str]) -> None:
    console = Console()
    table = Table(
        "what", "this machine", "aim", title=f"{platform.machine()}, Python {platform.python_version()}"
    )
    every = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    for name in names or every:
        console.print(f"measuring {name} …", style="dim")
        async for figure in import_module(f"tests.bench.{name}").measure():
            table.add_row(figure.what, figure.value, figure.aim)
    console.print(table)


asyncio.run(main(sys.argv[1:]))
