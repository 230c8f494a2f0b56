"""Who may do what.

The administrator comes in by a password or a token, the box's own screen by its key, viewers by the join code.
"""

import asyncio
import base64
import hmac
import secrets
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from aiohttp import hdrs, web

from appliance.database import Database
from appliance.web import sessions
from appliance.web.attempts import Attempts
from appliance.web.passwords import Passwords
from appliance.web.sessions import Sessions
from appliance.web.setup_code import SetupCode
from appliance.web.tokens import Tokens

VIEWER_COOKIE: Final = "captionbox-viewer"
SCREEN_COOKIE: Final = "captionbox-screen"

_KEY_BYTES: Final = 16
_TABLES: Final = (
    """CREATE TABLE tokens (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
        made_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) STRICT""",
    "CREATE TABLE join_codes (code TEXT NOT NULL) STRICT",
    "CREATE TABLE screen_keys (code TEXT NOT NULL) STRICT",
    "CREATE TABLE passwords (id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL) STRICT",
    "CREATE TABLE sessions (hash BLOB PRIMARY KEY, data TEXT NOT NULL, made INTEGER NOT NULL) STRICT",
)


class Who(IntEnum):
    """Who may use a route, each including those above it."""

    ANYONE = 0
    VIEWER = 1
    SCREEN = 2
    """The box's own big screen."""
    ADMIN = 3


class AlreadyClaimed(Exception):
    """Somebody else was quicker; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Key:
    """What lets somebody in: 128 random bits in letters that a QR code packs tightly."""

    text: str

    @classmethod
    def new(cls) -> "Key":
        """One that nobody has had before."""
        return cls(base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode().rstrip("="))

    def is_(self, text: str) -> bool:
        """Whether somebody has it, in upper or lower case."""
        given = text.strip().upper().encode("utf-8", "surrogateescape")
        return bool(self.text) and hmac.compare_digest(self.text.encode(), given)


class Access:
    """Decides who a request comes from.

    Args:
        database: holds all that lets somebody in.
        viewers: ``code``: viewers need the join code; ``open``: everyone on the network may read.

    Attributes:
        viewers: as given; `open_to` changes it.
        join_code: lets viewers in.
        screen_key: lets the box's own screen in.
        setup_code: lets the first administrator in.
        passwords, tokens, sessions: how administrators come in.
        attempts: how often somebody may guess.
        on_revoked: called whenever somebody who is in may have to go.
        on_claim: called whenever the box gets an administrator, or loses the one it had.
    """

    def __init__(self, database: Database, viewers: Literal["code", "open"]) -> None:
        self._database = database
        self.viewers = viewers
        self.join_code = Key("")
        self.screen_key = Key("")
        self.setup_code = SetupCode()
        self.passwords = Passwords(database)
        self.tokens = Tokens(database)
        self.sessions = Sessions(database)
        self.attempts = Attempts()
        self._claiming = asyncio.Lock()
        self.on_revoked = _nobody_listens
        self.on_claim = _nobody_listens

    async def open(self) -> None:
        """Make the tables, the join code and the screen's key where they do not exist yet."""
        await self._database.migrate("access", _TABLES)
        self.join_code = await self._kept("join_codes")
        self.screen_key = await self._kept("screen_keys")
        await self.passwords.open()

    @property
    def is_claimed(self) -> bool:
        """Whether the box has an administrator."""
        return self.passwords.is_set

    async def claim(self, password: str) -> None:
        """Let the first administrator have the box.

        Raises:
            AlreadyClaimed: it has one.
            WeakPassword: the password is none.
        """
        async with self._claiming:  # a password takes a while: of two who come together one is late
            if self.is_claimed:
                raise AlreadyClaimed("Somebody else has set this box up meanwhile; log in with the password.")
            await self.passwords.set(password)
        self.setup_code = SetupCode()
        self.on_claim()

    def open_to(self, viewers: Literal["code", "open"]) -> None:
        """Let viewers in by the join code, or all of them."""
        if viewers != self.viewers:
            self.viewers = viewers
            self.on_revoked()

    async def rotate(self) -> None:
        """A new join code: whoever has the old one comes in no more."""
        self.join_code = await self._anew("join_codes")
        self.on_revoked()

    async def delete_token(self, number: int) -> bool:
        """Let nobody in with a token any more; whether there was one of that number."""
        found = await self.tokens.delete(number)
        self.on_revoked()
        return found

    async def change_password(self, password: str, *, keep: str | None = None) -> None:
        """Have another password, and let nobody in who logged in with the old one.

        Args:
            password: the new one.
            keep: cookie of the session that goes on.

        Raises:
            WeakPassword: it is none; nothing was changed.
        """
        await self.passwords.set(password)
        await self.sessions.end_all(but=keep)
        self.on_revoked()

    async def reset(self) -> None:
        """Forget everyone who was let in before: password, sessions, tokens, codes.

        The box's own screen stays: only the user of the box can read its key, and it must show the new code.

        Raises:
            DatabaseFailure: it could not be done, or not all of it.
        """
        await self.passwords.forget()  # first, or somebody could still log in with it
        await self.sessions.end_all()
        await self.tokens.delete_all()
        self.setup_code = SetupCode()
        await self.rotate()
        self.on_claim()

    async def who(self, request: web.Request) -> Who:
        """The most that the sender of a request may do."""
        if await self._is_admin(request):
            return Who.ADMIN
        if self.screen_key.is_(request.cookies.get(SCREEN_COOKIE, "")):
            return Who.SCREEN
        return Who.VIEWER if self.viewers == "open" or self._has_code(request) else Who.ANYONE

    async def _is_admin(self, request: web.Request) -> bool:
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        if authorization is None:
            return await sessions.role(request) is sessions.Role.ADMIN
        # Whoever sends the wrong header is not let in by a cookie instead: nobody should be in unawares.
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and bool(token) and await self.tokens.is_(token.strip())

    def _has_code(self, request: web.Request) -> bool:
        shown = (request.cookies.get(VIEWER_COOKIE), request.query.get("code"))
        return any(self.join_code.is_(code) for code in shown if code)

    async def _kept(self, table: str) -> Key:
        rows = await self._database.execute(f"SELECT code FROM {table}")  # noqa: S608 - one of our tables
        return Key(rows[0]["code"]) if rows else await self._anew(table)

    async def _anew(self, table: str) -> Key:
        key = Key.new()
        await self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - one of our tables
        await self._database.execute(f"INSERT INTO {table} VALUES (?)", [key.text])  # noqa: S608 - as above
        return key


def _nobody_listens() -> None:
    """Until somebody wants to know."""
