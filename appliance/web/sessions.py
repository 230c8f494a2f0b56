"""Sessions of the administrator's browsers: what a cookie means is kept here, not in the cookie."""

import hashlib
import hmac
import json
import secrets
import time
import warnings
from enum import StrEnum
from typing import Final, cast

from aiohttp import web
from aiohttp_session import AbstractStorage, Session, SessionData, get_session, new_session

from appliance.database import Database

COOKIE: Final = "captionbox-session"
LONGEST: Final = 12 * 3600
"""Seconds after which an administrator must log in again."""

_MOST: Final = 50
"""Sessions at once; the oldest goes first."""

# It is for the library to change its keys; until then the log of every box would tell so.
warnings.filterwarnings("ignore", message="It is recommended to use web.RequestKey")

_ROLE: Final = "role"
_CSRF: Final = "csrf"
_SAID: Final = "said"


class Role(StrEnum):
    """What a session is for."""

    CLAIMING = "claiming"
    """Whoever read the set-up code off the box, and has given no password yet."""
    ADMIN = "admin"


class Sessions(AbstractStorage):
    """Keeps sessions in the database, under the hash of what the cookie holds.

    Args:
        database: holds the table ``sessions``.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(cookie_name=COOKIE, httponly=True, samesite="Strict", max_age=LONGEST)
        self._database = database

    async def load_session(self, request: web.Request) -> Session:
        """The session of a request; a new one, kept nowhere yet, where there is none or it is too old."""
        key = self.load_cookie(request)
        sql = "SELECT data, made FROM sessions WHERE hash = ? AND made > ?"
        rows = await self._database.execute(sql, [_hash(key), _now() - LONGEST]) if key else []
        if not rows:
            return await self.new_session()
        data: SessionData = {"created": rows[0]["made"], "session": json.loads(rows[0]["data"])}
        return Session(key, data=data, new=False)

    async def save_session(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        """Keep a session, or forget it where it is empty."""
        if session.empty:
            await self.end(session.identity)
            self.save_cookie(response, "")
        elif session.identity is None:
            key = secrets.token_urlsafe(32)
            sql = "INSERT INTO sessions (hash, data, made) VALUES (?, ?, ?)"
            await self._database.execute(sql, [_hash(key), json.dumps(dict(session)), _now()])
            await self._thin_out()
            response.set_cookie(
                COOKIE, key, max_age=LONGEST, httponly=True, samesite="Strict", secure=request.secure
            )
        else:
            sql = "UPDATE sessions SET data = ? WHERE hash = ?"
            await self._database.execute(sql, [json.dumps(dict(session)), _hash(session.identity)])

    async def end(self, key: str | None) -> None:
        """Forget one session, by what its cookie holds."""
        await self._database.execute("DELETE FROM sessions WHERE hash = ?", [_hash(key or "")])

    async def end_all(self, *, but: str | None = None) -> None:
        """Let nobody in any more who logged in before, except by the cookie `but`."""
        await self._database.execute("DELETE FROM sessions WHERE hash != ?", [_hash(but or "")])

    async def _thin_out(self) -> None:
        await self._database.execute("DELETE FROM sessions WHERE made <= ?", [_now() - LONGEST])
        newest = "SELECT hash FROM sessions ORDER BY made DESC, rowid DESC LIMIT ?"
        sql = f"DELETE FROM sessions WHERE hash NOT IN ({newest})"  # noqa: S608 - a constant
        await self._database.execute(sql, [_MOST])


async def begin(request: web.Request, role: Role) -> None:
    """Begin a session; its cookie is a new one, so that nobody can have planted it before."""
    old = await get_session(request)
    storage = cast("Sessions", request["aiohttp_session_storage"])
    await storage.end(old.identity)
    session = await new_session(request)
    session[_ROLE] = role
    session[_CSRF] = secrets.token_urlsafe(32)


async def end(request: web.Request) -> None:
    """End the session of a request, if there is one."""
    (await get_session(request)).invalidate()


async def role(request: web.Request) -> Role | None:
    """What the session of a request is for; None where there is none."""
    if COOKIE not in request.cookies:
        return None
    name = (await get_session(request)).get(_ROLE)
    return Role(name) if name in set(Role) else None


async def csrf_token(request: web.Request) -> str:
    """What each form of a session carries, so that no other site can send one in its name."""
    return str((await get_session(request)).get(_CSRF, ""))


async def has_csrf_token(request: web.Request, given: object) -> bool:
    """Whether a form is one of ours."""
    token = await csrf_token(request)
    return bool(token) and isinstance(given, str) and hmac.compare_digest(token.encode(), _bytes(given))


async def say(request: web.Request, sentence: str) -> None:
    """Keep a sentence for the next page that this browser is shown."""
    (await get_session(request))[_SAID] = sentence


async def said(request: web.Request) -> str:
    """The sentence that was kept; it is told once."""
    session = await get_session(request)
    sentence = str(session.get(_SAID, ""))
    if sentence:
        del session[_SAID]
    return sentence


def _now() -> int:
    return int(time.time())


def _hash(key: str) -> bytes:
    return hashlib.sha256(_bytes(key)).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
