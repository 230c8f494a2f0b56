"""Plays what can go wrong and prints a table in Markdown: `python -m tests.faults [-f FAULT]… [-v VENDOR]…`."""

import argparse
import asyncio
import logging
from typing import Final

from tests.faults.house import HOUSE, Unplayable
from tests.faults.meeting import Outcome, Scenario, hold
from tests.faults.scenarios import VENDORS
from tests.rigs.cases import CASES

SCENARIOS: Final = VENDORS | HOUSE


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="What faults do to the words.")
    parser.add_argument(
        "-f", "--fault", action="append", choices=SCENARIOS, help="only this one; may be repeated"
    )
    parser.add_argument("-w", "--words", action="store_true", help="print the finals, too")
    parser.add_argument("-v", "--vendor", action="append", choices=CASES, help="only this one; may be repeated")
    return parser.parse_args()


async def main(faults: list[str], vendors: list[str], *, words: bool) -> None:
    """Play one after the other, for the machine's load must not show in the figures."""
    notes: list[str] = []
    print("| fault |", " | ".join(vendors), "|")
    print("|---|" + "---|" * len(vendors), flush=True)
    for fault in faults:
        scenario = SCENARIOS[fault]
        print(f"| {scenario.title}", end="", flush=True)
        for vendor in vendors:
            cell = "–"
            if not scenario.only or vendor in scenario.only:
                try:
                    outcome = await hold(vendor, scenario)
                except Unplayable as why:
                    notes.append(f"{scenario.title}: not played. {why}\n")
                else:
                    cell = summary(outcome)
                    notes += remarks(scenario, vendor, outcome)
                    notes += finals(outcome) if words else []
            print(f" | {cell}", end="", flush=True)
        print(" |", flush=True)
    print("\nWhat the box said meanwhile:\n")
    print("\n".join(notes))


def summary(outcome: Outcome) -> str:
    """A cell of the table."""
    words = outcome.words
    parts = [f"{words.lost} lost", f"{words.doubled} doubled"]
    if words.wrong:
        parts.append(f"{words.wrong} wrong")
    if outcome.gaps:
        parts.append(f"{outcome.missing:.1f} s ({words.in_gaps} words) in gaps")
    if outcome.gave_up is not None:
        parts.append(f"gave up at {outcome.gave_up:.1f} s ({words.in_gaps} words unheard)")
    elif outcome.fault:
        parts.append("never back" if outcome.resumed is None else f"back in {outcome.resumed:.1f} s")
    return f"{', '.join(parts)} (of {words.spoken})"


def remarks(scenario: Scenario, vendor: str, outcome: Outcome) -> list[str]:
    """What the box said, and the gaps that it showed."""
    lines = [f"- {said.at:.1f} s, {said.state}: {said.sentence}".rstrip(": ") for said in outcome.said]
    lines += [f"- {note}" for note in outcome.notes]
    lines += [f"- gap {gap.start:.1f} to {gap.end:.1f} s: {gap.reason}" for gap in outcome.gaps]
    return [f"{scenario.title}, {vendor}:", *(lines or ["- nothing"]), ""]


def finals(outcome: Outcome) -> list[str]:
    """Every final with its times, and when it came."""
    lines = [f"- {f.start:.1f} to {f.end:.1f} s, at {at:.1f} s: {f.text}" for at, f in outcome.finals]
    return [*lines, ""]


arguments = asked()
logging.disable(logging.CRITICAL)  # what the box logs would tear the table apart
asyncio.run(main(arguments.fault or list(SCENARIOS), arguments.vendor or list(CASES), words=arguments.words))
