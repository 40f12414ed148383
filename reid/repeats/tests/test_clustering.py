"""Clusters of boxes at one place: a stump is one, whatever else goes on; animals that come, stand and come back are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from reid.repeats.clustering import HOUR, Boxes, Rule, clusters, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reid.repeats.clustering import Cluster

STUMP = (0.40, 0.50, 0.50, 0.60)
"""A tenth of the frame each way."""
DAY = 24 * HOUR


def boxes(edges: Sequence[Sequence[float]], hours: Sequence[float]) -> Boxes:
    """One box a photograph; photographs of one hour are of one encounter."""
    seconds = np.array(hours) * HOUR
    return Boxes(
        edges=np.array(edges, float),
        seconds=seconds,
        frames=np.arange(len(edges)),
        encounters=np.floor(np.array(hours)).astype(np.intp),
    )


def trembling(count: int, around: Sequence[float] = STUMP, by: float = 0.002) -> list[list[float]]:
    rng = np.random.default_rng(7)
    return [list(row) for row in np.array(around) + rng.normal(0, by, (count, 4))]


def members(found: Sequence[Cluster]) -> list[list[int]]:
    return [sorted(item.members.tolist()) for item in found]


def test_overlap_by_hand() -> None:
    unit: NDArray[np.float64] = np.array([0.0, 0.0, 0.4, 0.4])
    others = np.array(
        [[0.0, 0.0, 0.4, 0.4], [0.0, 0.0, 0.4, 0.2], [0.2, 0.0, 0.6, 0.4], [0.5, 0.5, 0.6, 0.6]]
    )
    assert overlaps(unit, others).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 0])


def test_ten_frames_of_five_encounters_over_a_day_are_a_place() -> None:
    # Ten photographs, two an encounter, six hours apart: the last one 24.5 hours after the first.
    hours = [0, 0.5, 6, 6.5, 12, 12.5, 18, 18.5, 24, 24.5]
    (place,) = clusters(boxes(trembling(10), hours))
    assert members([place]) == [list(range(10))]
    assert place.box == pytest.approx(STUMP, abs=0.003)


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ([0, 0.5, 6, 6.5, 12, 12.5, 18, 18.5, 24], "nine frames"),
        ([0, 0.1, 0.2, 8, 8.1, 16, 16.1, 26, 26.1, 26.2], "four encounters"),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "nine hours"),
        ([0.01 * number for number in range(60)], "a deer that stands still for half an hour"),
    ],
)
def test_less_is_no_place(hours: list[float], why: str) -> None:
    assert clusters(boxes(trembling(len(hours)), hours)) == [], why


def test_a_box_below_the_overlap_is_not_at_the_place() -> None:
    hours = [6.0 * number for number in range(12)]
    # Wider by a fifth: 1 / 1.2 = 0.833. By a tenth: 0.909.
    edges = [*trembling(10, by=0.0), [0.40, 0.50, 0.52, 0.60], [0.40, 0.50, 0.51, 0.60]]
    assert members(clusters(boxes(edges, hours))) == [[*range(10), 11]]


def test_two_photographs_of_two_boxes_count_as_two_photographs() -> None:
    one = boxes(trembling(10), [6.0 * number for number in range(10)])
    twice = Boxes(one.edges, one.seconds, np.repeat(np.arange(5), 2), one.encounters)
    assert clusters(twice) == []


def test_two_places_are_two_and_the_one_with_more_boxes_is_first() -> None:
    other = [0.1, 0.1, 0.2, 0.3]
    edges = [*trembling(11), *trembling(20, other)]
    hours = [6.0 * number for number in range(11)] + [6.0 * number for number in range(20)]
    assert members(clusters(boxes(edges, hours))) == [list(range(11, 31)), list(range(11))]


def test_a_stump_is_found_among_deer_and_deer_at_a_feeder_are_not() -> None:
    rng = np.random.default_rng(11)
    deer = 4_000
    middles = rng.normal([0.5, 0.6], [0.12, 0.05], (deer, 2)).clip(0.2, 0.8)
    sizes = np.exp(rng.normal(np.log(0.15), 0.25, (deer, 2)))
    feeder = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1)
    hours = np.sort(rng.uniform(0, 90 * 24, deer)).tolist()
    assert clusters(boxes(feeder.tolist(), hours)) == []
    edges = [*feeder.tolist(), *trembling(50, (0.1, 0.1, 0.18, 0.2))]
    (place,) = clusters(boxes(edges, [*hours, *[40.0 * number for number in range(50)]]))
    assert set(place.members.tolist()) >= set(range(deer, deer + 50))
    assert len(place.members) <= 52


def test_what_fills_the_view_is_no_thing() -> None:
    edges = trembling(20, (0.2, 0.2, 0.7, 0.7))  # a quarter of it
    hours = [6.0 * number for number in range(20)]
    assert clusters(boxes(edges, hours)) == []
    assert len(clusters(boxes(edges, hours), Rule(largest=0.3))) == 1


def test_nothing_is_no_cluster() -> None:
    nothing = np.empty(0, np.intp)
    assert clusters(Boxes(np.empty((0, 4)), np.empty(0), nothing, nothing)) == []


def test_the_grid_finds_whatever_overlaps() -> None:
    """All pairs of a few hundred boxes, compared one by one, against the neighbours that the grid gives."""
    from reid.repeats.clustering import _Grid, _listed

    rng = np.random.default_rng(13)
    corner = rng.uniform(0, 0.1, (400, 2))
    size = np.exp(rng.normal(np.log(0.05), 0.5, (400, 2)))
    edges = np.concatenate([corner, corner + size], axis=1)
    for share in (0.5, 0.85, 0.95):
        grid = _Grid(edges, share)
        begins, ends = grid.ranges(grid.edges)
        for number, box in enumerate(grid.edges):
            truth = set(np.flatnonzero(overlaps(box, grid.edges) >= share).tolist())
            assert truth <= set(_listed(begins[number], ends[number]).tolist())


@pytest.mark.parametrize(("near", "overlap"), [(0.4, 0.85), (0.9, 0.85), (0.5, 0.99)])
def test_overlaps_that_are_no_rule_are_refused(near: float, overlap: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.5 to 0\.95"):
        Rule(near=near, overlap=overlap)
