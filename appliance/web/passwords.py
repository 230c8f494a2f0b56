"""The administrator's password: only its Argon2id hash is kept, and one guess is examined at a time."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from appliance.database import Database
from appliance.i18n import N_

SHORTEST: Final = 10
LONGEST: Final = 200

TOO_SHORT: Final = N_("The password needs at least 10 characters; a short sentence is easy to remember.")
TOO_SIMPLE: Final = N_("The password needs at least 4 different characters.")
TOO_ODD: Final = N_("The password may have 200 characters at most, and only such as can be typed.")

_DIFFERENT: Final = 4
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""As OWASP's Password Storage Cheat Sheet has it, with the memory that a small machine can spare."""


class WeakPassword(ValueError):
    """A password that anybody could guess; the text is one plain sentence."""


class Passwords:
    """Keeps the one password of a box.

    Args:
        database: holds the table ``passwords``.

    Attributes:
        is_set: whether there is one: without it the box belongs to nobody yet.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hash = ""
        self._one_at_a_time = asyncio.Lock()  # many guesses at once must not take all the memory

    @property
    def is_set(self) -> bool:
        """Whether there is a password."""
        return bool(self._hash)

    async def open(self) -> None:
        """Read what is kept."""
        rows = await self._database.execute("SELECT hash FROM passwords")
        self._hash = rows[0]["hash"] if rows else ""

    async def set(self, password: str) -> None:
        """Have this password from now on.

        Raises:
            WeakPassword: it is none.
            DatabaseFailure: it cannot be kept; the old one is good as before.
        """
        _refuse_weak(password)
        async with self._one_at_a_time:
            new = await asyncio.to_thread(_HASHER.hash, password)
            await self._database.execute("INSERT OR REPLACE INTO passwords VALUES (1, ?)", [new])
            self._hash = new

    async def is_(self, password: str) -> bool:
        """Whether this is the password; slow on purpose."""
        async with self._one_at_a_time:
            return self.is_set and await asyncio.to_thread(_matches, self._hash, password[: LONGEST + 1])

    async def forget(self) -> None:
        """Have none: the box belongs to nobody again."""
        await self._database.execute("DELETE FROM passwords")
        self._hash = ""


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def _refuse_weak(password: str) -> None:
    if len(password) < SHORTEST:
        raise WeakPassword(TOO_SHORT)
    if len(password) > LONGEST or not password.isprintable():
        raise WeakPassword(TOO_ODD)
    if len(set(password)) < _DIFFERENT:
        raise WeakPassword(TOO_SIMPLE)
