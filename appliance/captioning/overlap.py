"""Words that are final and heard once more, because a replay had to begin before their end."""

import re
from typing import Final

from appliance.captioning.calm import tokens, without_first

COMPARED: Final = 12
"""Words at the end of the last finals that a replay is compared with: some 4 s of speech."""


class Overlap:
    """Takes repeated words from the beginning of what a replay gives.

    Args:
        said: the last final words, in order.
    """

    def __init__(self, said: str) -> None:
        self._said = _plain(said)[-COMPARED:]

    def trim(self, text: str, *, final: bool) -> str:
        """The words that are new; none while all of them may be a repetition."""
        heard = _plain(text)
        repeated = next(
            (n for i in range(len(self._said)) if (n := _agreement(self._said[i:], heard))),
            0,
        )
        if final:
            self._said = self._said if repeated == len(heard) else ()
        return without_first(text, repeated)


def _agreement(said: tuple[str, ...], heard: tuple[str, ...]) -> int:
    """How many words agree, if one is the beginning of the other."""
    shorter = min(len(said), len(heard))
    return shorter if said[:shorter] == heard[:shorter] else 0


def _plain(text: str) -> tuple[str, ...]:
    """The tokens of a text without what a vendor may spell one way or the other."""
    return tuple(re.sub(r"[^\w']", "", token).casefold() for token in tokens(text))
