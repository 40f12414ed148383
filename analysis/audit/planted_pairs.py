"""Planted wrong pairs, by which a judge of assignments is measured. Pure.

Among the would-be assignments a judge is now and then shown a sighting of known identity beside other deer.
Whoever calls it right has let a wrong match through. These answers are no evidence of the threshold; the
share `b` of them that was missed says what the evidence is worth: an FDP of `x` as judged is about
`x / (1 - b)`, since a judge who misses `b` of the planted errors misses as many of the others.

Four come among the first forty answers, so that even the shortest proof (36 answers) has seen three; after
that one in twenty. A judge may miss up to LIMIT: simulated judges who let 30 % of the wrong matches through
keep the promise on FDP, since an audit passes with ease only far below it. One miss alone is a slip.
"""

from __future__ import annotations

import hashlib
from typing import Final

EVERY_AT_FIRST: Final = 10
AT_FIRST: Final = 4
EVERY: Final = 20
MOST: Final = 100
"""Pairs that a plan keeps ready: enough for 1,960 answers, which no audit reaches."""
LIMIT: Final = 0.3
LEAST_MISSES: Final = 2


def place(salt: str, number: int) -> int:
    """After how many answers the planted pair `number` (from 0) is due: one at random in each stretch."""
    late = number - AT_FIRST
    start = number * EVERY_AT_FIRST if late < 0 else AT_FIRST * EVERY_AT_FIRST + late * EVERY
    length = EVERY_AT_FIRST if late < 0 else EVERY
    digest = hashlib.sha256(f"{salt}planted{number}".encode()).digest()
    return start + int.from_bytes(digest[:8]) % length


def is_trusted(shown: int, missed: int) -> bool:
    """Whether the answers of a judge count who called `missed` of `shown` planted pairs right."""
    return missed < LEAST_MISSES or missed <= LIMIT * shown


def corrected(fdp: float, shown: int, missed: int) -> float:
    """The estimate of FDP, `fdp` as judged, for a judge of this keenness."""
    keenness = 1 - missed / shown if shown else 1.0
    if not fdp:
        return 0.0
    return min(1.0, fdp / keenness) if keenness else 1.0
