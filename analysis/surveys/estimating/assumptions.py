"""Assumptions of a survey's estimators, checked as far as its captures and cameras can tell. Pure.

Sources: Otis and others, Wildlife Monographs 62, 1978 (closure, edge); Clark and Evans, Ecology 35:445, 1954 (clumped places); Sun, Fuller and
Royle, PLoS ONE 9:e88025, 2014, and Sollmann, Gardner and Belant, PLoS ONE 7:e34575, 2012 (spacing and extent of detectors against sigma).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.spatial import ConvexHull, QhullError, cKDTree

from analysis.population.intervals import Z95
from reid.cameras.projection import in_metres

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.population.closure import Closure
    from analysis.population.occasions import Occasions
    from analysis.surveys.material import Material

ALPHA: Final = 0.05
MOST_AT_EDGE: Final = 0.5
"""Share of the deer captured at outermost cameras alone, above which N belongs to a larger area than the cameras'."""
LEAST_INSIDE: Final = 7
"""Cameras with a place, below which nothing can be said of edges and clumps."""
LEAST_EXTENT: Final = 2.0
"""Extent of the cameras in sigmas (Sollmann and others)."""
MOST_LOST: Final = 0.2
"""Share of the camera-days that may be lost before the survey says little of what it was planned for."""
NO_PLACE: Final = "Nobody said where {cameras} stood: without places there is no density, and no check of edges and gaps."
FEW_PLACES: Final = "With {count} cameras that have a place nothing can be said of {what}."
TOO_FEW_TWICE: Final = "Too few deer were seen twice to test whether deer came or went meanwhile."
CAME_OR_WENT: Final = (
    "Deer seem to have come or gone during the survey: choose a shorter period. Where nobody comes or goes, chance alone looks so in "
    "{p:.1%} of surveys (closure test)."
)
STAYED: Final = (
    "Nothing says that deer came or went during the survey. Where nobody does, chance alone looks like this, or more so, in {p:.0%} of "
    "surveys (closure test)."
)
EDGE: Final = "{share:.0%} of the deer were captured at the outermost cameras alone: {so}"
EDGE_BAD: Final = "the number belongs to an area that is larger than that of the cameras."
EDGE_GOOD: Final = "most deer live where the cameras are."
NARROW: Final = (
    "The cameras reach over {extent:.1f} km, less than twice the {sigma:.1f} km that a deer ranges about its centre: the density is unsure. "
    "Spread the cameras wider."
)
CLUMPED: Final = "The cameras stand in clumps (Clark and Evans, R = {r:.2f}): deer between the clumps may never meet one."
SPREAD: Final = "The cameras are spread over their area (Clark and Evans, R = {r:.2f})."
LOST: Final = "{share:.0%} of {days} camera-days were lost: {so}"
LOST_BAD: Final = (
    "what was seen then is not known. Look at the cameras' health before the next survey."
)
LOST_GOOD: Final = "the effort was nearly what was planned."
NOBODY_RAN: Final = "No camera ran in this period as far as anyone knows."


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption: whether it `holds`, None where nothing can be said, and a sentence for people."""

    name: str
    holds: bool | None
    sentence: str


def assumptions(
    material: Material, cut: Occasions, closed: Closure | None, sigma: float | None
) -> list[Assumption]:
    """All checks. `sigma` is that of the spatial estimate of all deer, metres, None where there is none."""
    places = in_metres(material.placed())
    outer = _outermost(places)
    return [
        _closure(closed),
        _edge(cut, outer, len(places)),
        *_extent(places, sigma),
        _placement(material, places),
        _effort(material),
    ]


def _closure(closed: Closure | None) -> Assumption:
    if closed is None:
        return Assumption("closure", None, TOO_FEW_TWICE)
    holds = closed.p >= ALPHA
    sentence = STAYED if holds else CAME_OR_WENT
    return Assumption("closure", holds, sentence.format(p=closed.p))


def _edge(cut: Occasions, outer: Sequence[str], count: int) -> Assumption:
    if count < LEAST_INSIDE or not outer or not cut.deer:
        sentence = FEW_PLACES.format(count=count, what="deer that live at the edge")
        return Assumption("edge", None, sentence)
    inner = [camera not in outer for camera in cut.cameras]
    share = float((~cut.captures[:, :, inner].any(axis=(1, 2))).mean())
    holds = share <= MOST_AT_EDGE
    sentence = EDGE.format(share=share, so=EDGE_GOOD if holds else EDGE_BAD)
    return Assumption("edge", holds, sentence)


def _extent(places: Mapping[str, tuple[float, float]], sigma: float | None) -> list[Assumption]:
    if sigma is None:
        return []
    points = np.array(list(places.values()))
    extent = float(np.hypot(*np.ptp(points, axis=0)))
    if extent >= LEAST_EXTENT * sigma:
        return []
    sentence = NARROW.format(extent=extent / 1000, sigma=sigma / 1000)
    return [Assumption("extent", False, sentence)]


def _placement(material: Material, places: Mapping[str, tuple[float, float]]) -> Assumption:
    missing = [camera.name for camera in material.cameras if camera.days and not camera.place]
    if missing:
        return Assumption("placement", False, NO_PLACE.format(cameras=", ".join(missing)))
    points = np.array(list(places.values()))
    area = _area(points) if len(points) >= LEAST_INSIDE else 0.0
    if not area:
        sentence = FEW_PLACES.format(count=len(points), what="how they are spread")
        return Assumption("placement", None, sentence)
    nearest = np.asarray(cKDTree(points).query(points, k=2)[0])[:, 1]
    # Clark and Evans: the mean distance to the nearest neighbour, against that of as many places at random.
    density = len(points) / area
    r = float(nearest.mean()) * 2 * float(np.sqrt(density))
    error = 0.26136 / float(np.sqrt(len(points) * density))
    is_clumped = (float(nearest.mean()) - 0.5 / float(np.sqrt(density))) / error < -Z95
    return Assumption("placement", not is_clumped, (CLUMPED if is_clumped else SPREAD).format(r=r))


def _effort(material: Material) -> Assumption:
    lost = sum(len(camera.lost()) for camera in material.cameras)
    planned = material.camera_days + lost
    if not material.camera_days:
        return Assumption("effort", False, NOBODY_RAN)
    share = lost / planned
    holds = share <= MOST_LOST
    sentence = LOST.format(share=share, days=planned, so=LOST_GOOD if holds else LOST_BAD)
    return Assumption("effort", holds, sentence)


def _outermost(places: Mapping[str, tuple[float, float]]) -> list[str]:
    """Cameras on the convex hull; none where they stand in a line."""
    if len(places) < LEAST_INSIDE:
        return []
    names, points = list(places), np.array(list(places.values()))
    try:
        return [names[place] for place in ConvexHull(points).vertices]
    except QhullError:
        return []


def _area(points: NDArray[np.float64]) -> float:
    """Square metres of the convex hull; 0 where the points are in a line."""
    try:
        return float(ConvexHull(points).volume)
    except QhullError:
        return 0.0
