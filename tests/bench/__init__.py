"""Measurements of speed, memory and calm on this machine: a small file each, run by ``make bench``.

A measurement is a module with ``async def measure() -> AsyncIterator[Figure]``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        what: what was measured.
        value: how much it was, with its unit.
        aim: what we want it to be.
    """

    what: str
    value: str
    aim: str = ""


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(round(share * len(ordered)), len(ordered) - 1)]
