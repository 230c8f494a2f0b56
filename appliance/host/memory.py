"""How the C library hands out memory: by itself it never gives back what a thread needed once."""

import ctypes
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
"""The names that mallopt(3) gives these."""

_LARGE: Final = 1 << 20
_ARENAS: Final = 2


def give_memory_back() -> None:
    """Let large pieces go back to the system as soon as they are free, and threads share what is kept.

    Checking a password takes 19 MiB for a moment; without this each of the threads that ever did it keeps them.
    Nothing happens where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, _ARENAS)
