"""Clusters of sightings, worked by hand on vectors in the plane."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reid.suggesting import clustering
from reid.suggesting.clustering import SightingVector, groups, nearest_share


def seen(
    name: str, degrees: float, encounter: str = "", frame: str = "", *classes: str
) -> SightingVector:
    angle = math.radians(degrees)
    return SightingVector(
        sighting=name,
        encounter=encounter or f"encounter of {name}",
        frames=frozenset({frame or f"frame of {name}"}),
        classes=frozenset(classes),
        vector=np.array([math.cos(angle), math.sin(angle)], np.float32),
    )


def clusters_of(*sightings: SightingVector, within: float = 10.5) -> list[tuple[str, ...]]:
    return [tuple(map(str, one.sightings)) for one in groups(sightings, _cosine(within))]


def _cosine(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def test_near_ones_are_a_group_and_far_ones_are_none() -> None:
    near = [seen("a", 0), seen("b", 5), seen("c", 10), seen("far", 60)]
    assert clusters_of(*near) == [("a", "b", "c")]
    assert groups(near, _cosine(10.5))[0].lowest == pytest.approx(_cosine(10), abs=1e-6)
    assert groups([], 0.5) == []
    assert clusters_of(seen("alone", 0)) == []


def test_every_pair_of_a_group_is_near_a_chain_is_not_enough() -> None:
    """a-b and c-d are the nearest pairs; joined, a and d would be 19 degrees apart."""
    chain = [seen("a", 0), seen("b", 4), seen("c", 14), seen("d", 19)]
    assert clusters_of(*chain) == [("a", "b"), ("c", "d")]


def test_nearness_is_mutual(monkeypatch) -> None:
    """b is nearest to c, but c has d: one neighbour each leaves b alone."""
    monkeypatch.setattr(clustering, "NEIGHBOURS", 1)
    assert clusters_of(seen("b", 0), seen("c", 6), seen("d", 8)) == [("c", "d")]


def test_one_encounter_starts_no_group_but_may_be_part_of_one() -> None:
    burst = [seen("a", 0, "one"), seen("b", 1, "one")]
    assert clusters_of(*burst) == []
    assert clusters_of(*burst, seen("c", 2)) == [("a", "b", "c")]


def test_two_animals_of_a_frame_are_never_one_deer() -> None:
    pair = [seen("a", 0, "one", "frame"), seen("b", 2, "one", "frame")]
    assert clusters_of(*pair, seen("c", 3)) == [("b", "c")]


def test_a_buck_and_a_doe_are_never_one_deer() -> None:
    buck, doe = seen("a", 0, "", "", "buck"), seen("b", 1, "", "", "doe")
    assert clusters_of(buck, doe) == []
    assert clusters_of(buck, seen("c", 2, "", "", "fawn")) == [("a", "c")]


def test_a_group_has_a_largest_size(monkeypatch) -> None:
    monkeypatch.setattr(clustering, "LARGEST", 2)
    assert clusters_of(seen("a", 0), seen("b", 1), seen("c", 3)) == [("a", "b")]


def test_the_largest_group_comes_first_then_the_nearest() -> None:
    pairs = [seen("a", 0), seen("b", 4), seen("c", 90), seen("d", 91)]
    three = [seen("x", 200), seen("y", 203), seen("z", 206)]
    assert clusters_of(*pairs, *three) == [("x", "y", "z"), ("c", "d"), ("a", "b")]


def test_blocks_change_nothing(monkeypatch) -> None:
    many = [seen(f"{number:02}", 7.0 * number) for number in range(20)]
    whole = clusters_of(*many)
    monkeypatch.setattr(clustering, "_BLOCK", 3)
    assert clusters_of(*many) == whole


def test_the_nearest_share_of_pairs_leaves_encounters_out() -> None:
    some = [seen("a", 0, "one"), seen("b", 0, "one"), seen("c", 60), seen("d", 90)]
    # pairs of two encounters: a-c and b-c 0.5, a-d and b-d 0, c-d cos 30
    assert nearest_share(some, share=0.0) == pytest.approx(_cosine(30), abs=1e-6)
    assert nearest_share(some, share=1.0) == pytest.approx(0.0, abs=1e-6)
    assert nearest_share(some[:2]) == 1.0
    assert nearest_share([]) == 1.0
