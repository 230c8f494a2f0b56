"""The set-up code: whoever can read it off the box may claim the box, once."""

import hmac
import secrets
from typing import Final

_DIGITS: Final = 8


class SetupCode:
    """Eight digits that are new at each start, and gone once the box is claimed."""

    def __init__(self) -> None:
        self._digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"

    def __str__(self) -> str:
        """As people read and type it, in two halves."""
        half = _DIGITS // 2
        return f"{self._digits[:half]} {self._digits[half:]}"

    def is_(self, text: str) -> bool:
        """Whether somebody knows it, however they parted the digits."""
        given = "".join(text[: 4 * _DIGITS].split()).replace("-", "")
        return hmac.compare_digest(self._digits.encode(), given.encode("utf-8", "surrogateescape"))
