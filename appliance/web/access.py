"""Who may do what: administrators by their tokens, viewers by the join code.

Tokens have 256 bits from the system's random source, so a plain SHA-256 keeps them: there is nothing to guess.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, Literal

from aiohttp import web

from appliance.database import Database

VIEWER_COOKIE: Final = "captionbox-viewer"

_CODE_BYTES: Final = 16
_TABLES: Final = (
    """CREATE TABLE tokens (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
        made_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) STRICT""",
    "CREATE TABLE join_codes (code TEXT NOT NULL) STRICT",
)


class Who(IntEnum):
    """Who may use a route, each including those above it."""

    ANYONE = 0
    VIEWER = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class JoinCode:
    """What lets a viewer in: 128 random bits in letters that a QR code packs tightly."""

    text: str

    def is_(self, text: str) -> bool:
        """Whether somebody has it, in upper or lower case."""
        return hmac.compare_digest(self.text.encode(), _bytes(text.strip().upper()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An administrator token as far as it is known.

    Attributes:
        id: its number.
        name: what it was made for.
        made_at: when, UTC.
    """

    id: int
    name: str
    made_at: datetime


class Access:
    """Decides who a request comes from.

    Args:
        database: holds the tokens and the join code.
        viewers: ``code``: viewers need the join code; ``open``: everyone on the network may read. May be
            set anew at any time.
    """

    def __init__(self, database: Database, viewers: Literal["code", "open"]) -> None:
        self._database = database
        self.viewers = viewers
        self.join_code = JoinCode("")

    async def open(self) -> None:
        """Make the tables and the join code where they do not exist yet."""
        await self._database.migrate("access", _TABLES)
        rows = await self._database.execute("SELECT code FROM join_codes")
        if not rows:
            sql = "INSERT INTO join_codes VALUES (?) RETURNING code"
            rows = await self._database.execute(sql, [_new_code()])
        self.join_code = JoinCode(rows[0]["code"])

    async def reset(self) -> None:
        """Forget every token and make a new join code, so that nobody who was let in before comes in again.

        Raises:
            DatabaseFailure: it could not be done, or not all of it.
        """
        code = _new_code()
        await self._database.execute("DELETE FROM tokens")
        await self._database.execute("UPDATE join_codes SET code = ?", [code])
        self.join_code = JoinCode(code)

    async def new_token(self, name: str) -> str:
        """A new administrator token; only its hash is kept."""
        token = f"cb_{secrets.token_urlsafe(32)}"
        await self._database.execute("INSERT INTO tokens (name, hash) VALUES (?, ?)", [name, _hash(token)])
        return token

    async def tokens(self) -> tuple[Token, ...]:
        """The administrator tokens there are, the oldest first."""
        rows = await self._database.execute("SELECT id, name, made_at FROM tokens ORDER BY id")
        return tuple(Token(id=row["id"], name=row["name"], made_at=_moment(row["made_at"])) for row in rows)

    async def delete_token(self, number: int) -> bool:
        """Let nobody in with a token any more; whether there was one of that number."""
        sql = "DELETE FROM tokens WHERE id = ? RETURNING id"
        return bool(await self._database.execute(sql, [number]))

    async def who(self, request: web.Request) -> Who:
        """The most that the sender of a request may do."""
        if await self._is_admin(request.headers.get("Authorization", "")):
            return Who.ADMIN
        return Who.VIEWER if self.viewers == "open" or self._has_code(request) else Who.ANYONE

    async def _is_admin(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        found = await self._database.execute("SELECT 1 FROM tokens WHERE hash = ?", [_hash(token.strip())])
        return bool(found)

    def _has_code(self, request: web.Request) -> bool:
        shown = (request.cookies.get(VIEWER_COOKIE), request.query.get("code"))
        return any(self.join_code.is_(code) for code in shown if code)


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().rstrip("=")


def _moment(text: str) -> datetime:
    """A time as SQLite writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _hash(token: str) -> bytes:
    return hashlib.sha256(_bytes(token)).digest()


def _bytes(text: str) -> bytes:
    """What came in a header, whatever it is."""
    return text.encode("utf-8", "surrogateescape")
