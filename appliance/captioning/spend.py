"""What is spent: seconds of sound sent through each account, by the month in the database, and their caps."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from appliance.database import Database, DatabaseFailure
from appliance.sound import FRAME_SECONDS
from appliance.vendors.contract import ConfigurationFault

NEARLY: Final = 0.8
"""Share of a cap from which on people are told."""

_TABLES: Final = (
    """CREATE TABLE spend (
        account TEXT NOT NULL, month TEXT NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (account, month)
    ) STRICT, WITHOUT ROWID""",
)

_log = logging.getLogger(__name__)


class CapReached(ConfigurationFault):
    """No more may be spent this month."""


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
        self._written: dict[tuple[str, str], float] = {}
        self._frames: Counter[tuple[str, str]] = Counter()

    async def open(self) -> None:
        """Bring the table up to date and read it: every month, for the clock may not yet be right.

        Raises:
            DatabaseFailure: the database cannot be used.
        """
        await self._database.migrate("spend", _TABLES)
        rows = await self._database.execute("SELECT * FROM spend")
        self._written = {(row["account"], row["month"]): row["seconds"] for row in rows}

    def sent(self, account: str) -> None:
        """Count one frame."""
        self._frames[account, self.month] += 1

    async def write(self) -> None:
        """Write down what was counted since the last time; what cannot be written is kept for the next."""
        for key, frames in list(self._frames.items()):
            seconds = frames * FRAME_SECONDS
            try:
                await self._database.execute(
                    "INSERT INTO spend VALUES (?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds",
                    [*key, seconds],
                )
            except DatabaseFailure as error:
                _log.warning("The minutes spent cannot be written: %s", error)
                return
            self._frames[key] -= frames
            self._written[key] = self._written.get(key, 0.0) + seconds
            if not self._frames[key]:
                del self._frames[key]

    def minutes(self, account: str) -> float:
        """Minutes sent through an account this month."""
        key = (account, self.month)
        return (self._written.get(key, 0.0) + self._frames[key] * FRAME_SECONDS) / 60

    def months(self) -> dict[str, dict[str, float]]:
        """Minutes by month, such as ``2026-03``, the latest first, and by account."""
        spent: dict[str, dict[str, float]] = {}
        for account, month in sorted({*self._written, *self._frames}, key=lambda key: key[1], reverse=True):
            seconds = self._written.get((account, month), 0.0) + self._frames[account, month] * FRAME_SECONDS
            spent.setdefault(month, {})[account] = seconds / 60
        return spent

    @property
    def month(self) -> str:
        """This month, such as ``2026-03``."""
        return f"{self._clock():%Y-%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many minutes a month may be sent.

    Attributes:
        box: through all accounts that cost money together; 0 for no cap.
        accounts: through each account; those without a cap are not named.
        costly: the accounts that cost money.
    """

    box: int = 0
    accounts: Mapping[str, int] = field(default_factory=dict)
    costly: frozenset[str] = frozenset()


class Budget:
    """Lets sound through until a cap is reached.

    Args:
        meter: what was spent.
        caps: what may be.
    """

    def __init__(self, meter: Meter, caps: Callable[[], Caps]) -> None:
        self._meter = meter
        self._caps = caps

    def sent(self, account: str) -> None:
        """Count one frame.

        Raises:
            CapReached: it was the last for this month.
        """
        self._meter.sent(account)
        if refusal := self.refusal(account):
            raise CapReached(refusal)

    def refusal(self, account: str) -> str | None:
        """Why an account must not be used any more this month; None where it may."""
        return next((f"{text} is reached." for text, spent, cap in self._limits(account) if spent >= cap), None)

    def warning(self, account: str) -> str | None:
        """That a cap is near: one plain sentence; None where none is."""
        near = ((text, spent, cap) for text, spent, cap in self._limits(account) if spent >= NEARLY * cap)
        return next((f"{text} is nearly reached: {spent:.0f} are used." for text, spent, _ in near), None)

    def _limits(self, account: str) -> list[tuple[str, float, int]]:
        """What each cap is called, what was spent of it, and the cap."""
        caps, limits = self._caps(), []
        if cap := caps.accounts.get(account):
            text = f"The cap of {cap} minutes a month for “{account}”"
            limits.append((text, self._meter.minutes(account), cap))
        if caps.box and account in caps.costly:
            spent = sum(map(self._meter.minutes, caps.costly))
            limits.append((f"The cap of {caps.box} minutes a month for this box", spent, caps.box))
        return limits
