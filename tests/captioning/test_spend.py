from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.captioning.spend import Budget, Caps, Meter
from appliance.database import Database, DatabaseFailure, open_database
from appliance.sound import FRAME_SECONDS
from appliance.vendors.contract import ConfigurationFault

MINUTE = round(60 / FRAME_SECONDS)


class Calendar:
    """A clock that stands still until it is set."""

    now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path) as database:
        await Meter(database).open()
        yield database


def spend(meter: Meter, account: str, minutes: int) -> None:
    for _ in range(minutes * MINUTE):
        meter.sent(account)


async def test_minutes_are_counted_by_account_and_survive_a_restart(database: Database) -> None:
    meter = Meter(database)
    spend(meter, "reverie-main", 3)
    spend(meter, "on-device", 1)
    assert meter.minutes("reverie-main") == pytest.approx(3)
    await meter.write()
    spend(meter, "reverie-main", 1)
    await meter.write()
    again = Meter(database)
    await again.open()
    assert again.minutes("reverie-main") == pytest.approx(4)
    assert again.minutes("never-used") == 0


async def test_what_was_spent_this_month_is_known_though_the_box_started_with_the_clock_of_another(
    database: Database,
) -> None:
    calendar = Calendar()
    meter = Meter(database, clock=calendar)
    spend(meter, "reverie-main", 2)
    await meter.write()
    right, calendar.now = calendar.now, datetime(2026, 10, 3, tzinfo=UTC)
    again = Meter(database, clock=calendar)
    await again.open()
    assert again.minutes("reverie-main") == 0
    calendar.now = right
    assert again.minutes("reverie-main") == pytest.approx(2)


async def test_a_new_month_begins_at_nought(database: Database) -> None:
    calendar = Calendar()
    meter = Meter(database, clock=calendar)
    spend(meter, "reverie-main", 2)
    calendar.now = datetime(2026, 12, 1, tzinfo=UTC)
    spend(meter, "reverie-main", 1)
    await meter.write()
    assert meter.minutes("reverie-main") == pytest.approx(1)


async def test_minutes_that_cannot_be_written_now_are_written_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter(database)
    spend(meter, "reverie-main", 2)

    async def full(*_: object) -> None:
        raise DatabaseFailure("captionbox.db cannot be used: the disk is full; make room on it")

    with monkeypatch.context() as disk:
        disk.setattr(database, "execute", full)
        await meter.write()
    await meter.write()
    again = Meter(database)
    await again.open()
    assert again.minutes("reverie-main") == pytest.approx(2)


def test_at_a_cap_an_account_is_refused_with_its_reason_and_others_go_on(database: Database) -> None:
    meter = Meter(database)
    budget = Budget(meter, lambda: Caps(accounts={"reverie-main": 2}))
    spend(meter, "reverie-main", 1)
    assert budget.refusal("reverie-main") is None
    spend(meter, "reverie-main", 1)
    assert budget.refusal("reverie-main") == "The cap of 2 minutes a month for “reverie-main” is reached."
    assert budget.refusal("on-device") is None
    with pytest.raises(ConfigurationFault, match="cap of 2 minutes"):
        budget.sent("reverie-main")


def test_the_cap_of_the_box_counts_all_accounts_that_cost_money_and_no_other(database: Database) -> None:
    meter = Meter(database)
    budget = Budget(meter, lambda: Caps(box=3, costly=frozenset({"reverie-main", "palabra"})))
    spend(meter, "reverie-main", 1)
    spend(meter, "on-device", 9)
    assert budget.refusal("palabra") is None
    spend(meter, "palabra", 2)
    assert budget.refusal("reverie-main") == "The cap of 3 minutes a month for this box is reached."
    assert budget.refusal("on-device") is None


def test_people_are_told_before_a_cap_is_reached(database: Database) -> None:
    meter = Meter(database)
    budget = Budget(meter, lambda: Caps(accounts={"reverie-main": 5}))
    spend(meter, "reverie-main", 3)
    assert budget.warning("reverie-main") is None
    spend(meter, "reverie-main", 1)
    told = "The cap of 5 minutes a month for “reverie-main” is nearly reached: 4 are used."
    assert budget.warning("reverie-main") == told
