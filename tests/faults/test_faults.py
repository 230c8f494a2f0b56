"""The worst of the table of faults, held at every change; `make faults` has all of it."""

import pytest

from tests.faults.meeting import hold
from tests.faults.scenarios import SCENARIOS


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
    outcome = await hold(vendor, SCENARIOS[fault])
    assert (outcome.words.lost, outcome.words.doubled) == (0, 0)
    assert outcome.words.wrong <= 1, "the emulators' ear may mishear a word"
    assert not outcome.gaps
    assert outcome.gave_up is None
    if outcome.fault:
        assert outcome.resumed is not None
