"""The worst of the table of faults, held at every change; `make faults` has all of it."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.faults.house import HOUSE, bus_error, disk_busy
from tests.faults.meeting import hold
from tests.faults.scenarios import VENDORS


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [
        ("reverie", "outage-10"),
        ("stenomatic", "outage-10"),
        ("palabra-stt", "401-fallback"),
        ("scriptix", "silence"),
        ("wyoming-streaming", "frozen"),
    ],
)
async def test_no_word_is_lost_or_doubled(vendor: str, fault: str) -> None:
    outcome = await hold(vendor, VENDORS[fault])
    assert (outcome.words.lost, outcome.words.doubled) == (0, 0)
    assert outcome.words.wrong <= 1, "the emulators' ear may mishear a word"
    assert not outcome.gaps
    assert outcome.gave_up is None
    if outcome.fault:
        assert outcome.resumed is not None


@pytest.mark.parametrize(("fault", "play"), [("disk-busy", disk_busy), ("glass", bus_error)])
async def test_what_fails_in_the_house_costs_no_word(
    fault: str, play: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    scenario = replace(HOUSE[fault], play=partial(play, seconds=3.0), seconds=18.0)
    outcome = await hold("reverie", scenario)
    assert (outcome.words.lost, outcome.words.doubled) == (0, 0)
    assert not outcome.gaps
    if fault == "disk-busy":
        assert any(note.startswith("0 of ") for note in outcome.notes), outcome.notes
