"""What is spent: seconds of sound sent through each account, kept by the month in the database."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from appliance.database import Database, DatabaseFailure
from appliance.sound import FRAME_SECONDS

_TABLES: Final = (
    """CREATE TABLE spend (
        account TEXT NOT NULL, month TEXT NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (account, month)
    ) STRICT, WITHOUT ROWID""",
)

_log = logging.getLogger(__name__)


class Meter:
    """Counts frames as they are sent and writes them down now and then.

    Args:
        database: where the months are kept.
        clock: the time, UTC.
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._clock = clock
        self._frames: Counter[tuple[str, str]] = Counter()

    async def open(self) -> None:
        """Bring the table up to date.

        Raises:
            DatabaseFailure: the database cannot be used.
        """
        await self._database.migrate("spend", _TABLES)

    def sent(self, account: str) -> None:
        """Count one frame."""
        self._frames[account, self._month()] += 1

    async def write(self) -> None:
        """Write down what was counted since the last time; what cannot be written is kept for the next."""
        counted, self._frames = self._frames, Counter()
        for (account, month), frames in counted.items():
            try:
                await self._database.execute(
                    "INSERT INTO spend VALUES (?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds",
                    [account, month, frames * FRAME_SECONDS],
                )
            except DatabaseFailure as error:
                _log.warning("The minutes spent cannot be written: %s", error)
                self._frames[account, month] += frames

    async def minutes(self, account: str) -> float:
        """Minutes sent through an account this month.

        Raises:
            DatabaseFailure: they cannot be read.
        """
        sql = "SELECT seconds FROM spend WHERE account = ? AND month = ?"
        rows = await self._database.execute(sql, [account, self._month()])
        counted = self._frames[account, self._month()] * FRAME_SECONDS
        return ((rows[0]["seconds"] if rows else 0.0) + counted) / 60

    def _month(self) -> str:
        return f"{self._clock():%Y-%m}"
