"""Honest figures: estimates over the histories as they may have been, given the audit of the survey's names. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population.histories import NotEstimable
from analysis.population.identification_errors import Capture, as_often, honest, reassigned
from analysis.population.spatial.ranges import ranges
from analysis.surveys.estimating.figures import ALL, ends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.population.histories import SpatialHistory
    from analysis.population.identification_errors import Bounded, Judged
    from analysis.population.occasions import Occasions
    from analysis.surveys.estimating.figures import Figure

SEED: Final = 16
STRANGER: Final = "not a profile {number}"


@dataclass(frozen=True, slots=True, eq=False)
class Tallied:
    """Captures of some deer, and their sightings.

    Attributes
    ----------
    cut : Occasions
        Captures and effort by occasion.
    sightings : ndarray of int64, shape (deer, occasions)
        Encounters of the occasion that showed the deer, at all cameras.
    """

    cut: Occasions
    sightings: NDArray[np.int64]

    def of_deer(self, rows: Sequence[int]) -> Tallied:
        """The same with these deer alone."""
        return Tallied(self.cut.of_deer(rows), self.sightings[list(rows)])


def imputations(
    tallied: Tallied,
    judged: Judged,
    sexes: Mapping[str, str],
    classes: Sequence[str],
    spatial: SpatialHistory | None = None,
) -> dict[str, list[Tallied]]:
    """Of each class the captures as they may have been, as many times as IMPUTATIONS says.

    A capture that goes to another profile takes its cameras and sightings along, and is of that profile's class; an animal that no
    profile stood for is of the class of the one that it was taken for. One set of draws serves all classes and estimators.
    `spatial`: the same captures with the places of the cameras, where these are known, so that a capture of which nobody knows whose
    it is goes to a deer that was captured near by; else it may be any deer's.
    """
    cut = tallied.cut
    rows, occasions = np.nonzero(cut.captures.any(axis=2))
    captures = [
        Capture(int(row), int(occasion)) for row, occasion in zip(rows, occasions, strict=True)
    ]
    result: dict[str, list[Tallied]] = {name: [] for name in classes}
    belonging = (ranges(spatial) if spatial is not None else None) or as_often
    generator = np.random.default_rng(SEED)
    for moved in reassigned(captures, judged, generator, belonging=belonging):
        profiles, row_of = np.unique([item.profile for item in moved], return_inverse=True)
        counts = np.zeros((len(profiles), *cut.captures.shape[1:]), np.int64)
        np.add.at(counts, (row_of, occasions), cut.captures[rows, occasions])
        sightings = np.zeros((len(profiles), len(cut.starts)), np.int64)
        np.add.at(sightings, (row_of, occasions), tallied.sightings[rows, occasions])
        # An animal without a profile has one capture, whose row says what it was taken for.
        taken_for = dict(zip(row_of.tolist(), rows.tolist(), strict=True))
        names = [
            cut.deer[profile] if profile < len(cut.deer) else STRANGER.format(number=profile)
            for profile in profiles
        ]
        sex_of = [
            sexes.get(cut.deer[profile if profile < len(cut.deer) else taken_for[row]])
            for row, profile in enumerate(profiles)
        ]
        whole = Tallied(replace(cut, deer=tuple(names), captures=counts), sightings)
        for name in classes:
            own = [row for row, sex in enumerate(sex_of) if name in (ALL, sex)]
            result[name].append(whole.of_deer(own))
    return result


def with_errors(
    figure: Figure, may_be: Sequence[Tallied], estimator: Callable[[Tallied], Bounded]
) -> Figure:
    """The figure with its honest number and interval, or with the reason in its note that there is none.

    Without histories as they `may_be` nobody measured the errors of identification, and the figure stays naive.
    """
    if figure.n is None or not may_be:
        return figure
    try:
        found = honest(may_be, estimator)
    except NotEstimable as reason:
        return replace(figure, note="; ".join(filter(None, [figure.note, str(reason)])))
    return replace(figure, interval=ends(found.low, found.high), honest_n=found.n)
