"""API tokens: an administrator's programs come in with them.

They have 256 bits from the system's random source, so a plain SHA-256 keeps them: there is nothing to guess.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as far as it is known.

    Attributes:
        id: its number.
        name: what it was made for.
        made_at: when, UTC.
    """

    id: int
    name: str
    made_at: datetime


class Tokens:
    """Makes tokens and knows them again.

    Args:
        database: holds the table ``tokens``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, name: str) -> str:
        """A new token; only its hash is kept."""
        token = f"cb_{secrets.token_urlsafe(32)}"
        await self._database.execute("INSERT INTO tokens (name, hash) VALUES (?, ?)", [name, _hash(token)])
        return token

    async def list(self) -> tuple[Token, ...]:
        """The tokens there are, the oldest first."""
        rows = await self._database.execute("SELECT id, name, made_at FROM tokens ORDER BY id")
        return tuple(Token(id=row["id"], name=row["name"], made_at=_moment(row["made_at"])) for row in rows)

    async def delete(self, number: int) -> bool:
        """Let nobody in with a token any more; whether there was one of that number."""
        sql = "DELETE FROM tokens WHERE id = ? RETURNING id"
        return bool(await self._database.execute(sql, [number]))

    async def delete_all(self) -> None:
        """Let nobody in with any."""
        await self._database.execute("DELETE FROM tokens")

    async def is_(self, token: str) -> bool:
        """Whether this is one."""
        return bool(await self._database.execute("SELECT 1 FROM tokens WHERE hash = ?", [_hash(token)]))


def _moment(text: str) -> datetime:
    """A time as SQLite writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
