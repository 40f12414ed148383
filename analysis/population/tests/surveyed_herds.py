"""Simulated surveys whose errors of identification are known, and a judge who knows every animal."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.population.histories import History
from analysis.population.identification_errors import (
    IMPUTATIONS,
    Capture,
    Judged,
    Verdict,
    reassigned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray


def named(
    generator: np.random.Generator, seen: NDArray[np.bool_], ghosts: float, wrong: float
) -> dict[Capture, int]:
    """Captures as they were identified, and the animal that each shows; `seen` has shape (animals, occasions).

    A capture is a ghost's, or another profile's, with these probabilities.
    """
    alive = np.flatnonzero(seen.any(axis=1))
    shows: dict[Capture, int] = {}
    for animal, occasion in np.argwhere(seen):
        drawn = generator.random()
        profile = int(animal)
        if drawn < ghosts:
            profile = len(seen) + len(shows)
        elif drawn < ghosts + wrong and len(alive) > 1:
            profile = int(generator.choice(alive[alive != animal]))
        shows.setdefault(Capture(profile, int(occasion)), int(animal))
    return shows


def audited(generator: np.random.Generator, shows: dict[Capture, int], judgements: int) -> Judged:
    """An audit of so many captures, half of them of profiles seen once, by a judge who knows every animal.

    Where one stratum has fewer than its half, the other has the rest.
    """
    captures = list(shows)
    whose: dict[int, Counter[int]] = defaultdict(Counter)
    for item, animal in shows.items():
        whose[item.profile][animal] += 1
    often = Counter(item.profile for item in captures)
    home: dict[int, int] = {}
    for profile in sorted(whose, key=lambda name: (-often[name], name)):
        home.setdefault(whose[profile].most_common(1)[0][0], profile)
    once, more = (
        [item for item in captures if (often[item.profile] == 1) is single]
        for single in (True, False)
    )
    half = max(min(judgements // 2, len(once)), judgements - len(more))
    drawn = [
        stratum[place]
        for stratum, size in ((once, half), (more, judgements - half))
        for place in generator.permutation(len(stratum))[:size]
    ]
    verdicts, other = {}, {}
    for item in drawn:
        true_profile = home.get(shows[item])
        if true_profile == item.profile:
            verdicts[item] = Verdict.OWN
        elif true_profile is None:
            verdicts[item] = Verdict.NOBODY
        else:
            verdicts[item], other[item] = Verdict.OTHER, true_profile
    return Judged(verdicts, other)


def history_of(captures: Sequence[Capture], occasions: int) -> History:
    """The history that these captures make, profiles in the order of their numbers."""
    rows = {profile: row for row, profile in enumerate(sorted({item.profile for item in captures}))}
    seen = np.zeros((len(rows), occasions), np.bool_)
    for item in captures:
        seen[rows[item.profile], item.occasion] = True
    return History(seen)


def imputed(
    captures: Sequence[Capture],
    judged: Judged,
    occasions: int,
    generator: np.random.Generator,
    count: int = IMPUTATIONS,
) -> Iterator[History]:
    """Histories as they may have been."""
    for moved in reassigned(captures, judged, generator, count):
        yield history_of(moved, occasions)
