from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.captioning.spend import Meter
from appliance.database import Database, DatabaseFailure, open_database
from appliance.sound import FRAME_SECONDS

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
    assert await meter.minutes("reverie-main") == pytest.approx(3)
    await meter.write()
    spend(meter, "reverie-main", 1)
    await meter.write()
    assert await Meter(database).minutes("reverie-main") == pytest.approx(4)
    assert await Meter(database).minutes("never-used") == 0


async def test_a_new_month_begins_at_nought(database: Database) -> None:
    calendar = Calendar()
    meter = Meter(database, clock=calendar)
    spend(meter, "reverie-main", 2)
    calendar.now = datetime(2026, 12, 1, tzinfo=UTC)
    spend(meter, "reverie-main", 1)
    await meter.write()
    assert await meter.minutes("reverie-main") == pytest.approx(1)


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
    assert await Meter(database).minutes("reverie-main") == pytest.approx(2)
