"""Scores worked by hand on vectors of length 1 in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reid.matching.similarity import (
    NOT_COMPARABLE,
    Gallery,
    Reference,
    Rule,
    deer_fingerprint,
    fuse,
    score,
)
from reid.tests.make import unit

EAST, NORTH, WEST = unit(1, 0), unit(0, 1), unit(-1, 0)


def gallery(
    *references: tuple[str, str | None, object] | tuple[str, str | None, object, str],
    rule: Rule = "max",
) -> Gallery:
    """Of (deer, encounter, vector) or (deer, encounter, vector, flank)."""
    return Gallery.build(
        [Reference(f"r{number}", *fields) for number, fields in enumerate(references)],
        rule,
    )


def test_max_takes_the_best_reference() -> None:
    of = gallery(("a", "e1", EAST), ("a", "e2", NORTH), ("b", "e3", WEST))
    # cosines of (.6, .8): .6 and .8 with a; -.6 with b, which is clipped
    assert score(np.array([unit(0.6, 0.8)]), of, ["x"]).tolist() == [[8000, 0]]


def test_scores_are_ten_thousandths() -> None:
    third = np.array([[1 / 3, np.sqrt(8) / 3]], np.float32)
    assert score(third, gallery(("a", "e", EAST)), ["x"]).tolist() == [[3333]]


def test_references_of_the_probes_own_encounter_do_not_count() -> None:
    of = gallery(("a", "e1", EAST), ("a", "e2", NORTH), ("b", "e1", EAST))
    probes = np.array([unit(0.8, 0.6), unit(0.8, 0.6)])
    assert score(probes, of, ["e1", None]).tolist() == [[6000, NOT_COMPARABLE], [8000, 8000]]


def test_a_reference_of_unknown_encounter_counts_for_everybody() -> None:
    of = gallery(("a", None, EAST))
    assert score(np.array([EAST, EAST]), of, ["e1", None]).tolist() == [[10_000], [10_000]]


def test_top3_is_the_mean_of_the_three_best_or_of_what_there_is() -> None:
    four = [("a", f"e{x}", unit(x, np.sqrt(1 - x * x))) for x in (0.9, 0.6, 0.3, 0.1)]
    two = [("b", "f1", unit(0.8, 0.6)), ("b", "f2", unit(0.6, 0.8))]
    of = gallery(*four, *two, rule="top3")
    assert score(np.array([EAST]), of, ["x"]).tolist() == [[6000, 7000]]
    # without its own encounter's .9: (.6 + .3 + .1) / 3
    assert score(np.array([EAST]), of, ["e0.9"]).tolist() == [[3333, 7000]]


def test_centroid_is_the_cosine_to_the_mean_direction() -> None:
    of = gallery(("a", "e1", EAST), ("a", "e2", NORTH), ("b", "e1", NORTH), rule="centroid")
    # a's centroid points to 45 degrees; leaving e1 out leaves a's north alone
    assert score(np.array([EAST, EAST]), of, ["x", "e1"]).tolist() == [[7071, 0], [0, -1]]


def test_a_centroid_of_opposite_references_is_like_nobody() -> None:
    of = gallery(("a", "e1", EAST), ("a", "e2", WEST), rule="centroid")
    assert score(np.array([EAST]), of, ["x"]).tolist() == [[0]]


def test_a_centroid_of_nearly_opposite_references_has_a_direction_still() -> None:
    # (.6, .8) + (-.6, .8) is (0, 1.6); (.8, .6) + (-.8, .6) + (0, -1) is (0, .2): both point north
    two = [("a", "e1", unit(0.6, 0.8)), ("a", "e2", unit(-0.6, 0.8))]
    three = [("b", "e1", unit(0.8, 0.6)), ("b", "e2", unit(-0.8, 0.6)), ("b", "e3", unit(0, -1))]
    of = gallery(*two, *three, rule="centroid")
    assert score(np.array([unit(0.6, 0.8)]), of, ["x"]).tolist() == [[8000, 8000]]
    # leaving e1 out: a's is (-.6, .8), b's is (-.8, -.4) with the cosine -.8 / sqrt(.8) to (.6, .8)
    assert score(np.array([unit(0.6, 0.8)]), of, ["e1"]).tolist() == [[2800, 0]]


@pytest.mark.parametrize("rule", ["max", "top3", "centroid"])
def test_one_reference_is_all_there_is_to_compare_with(rule: Rule) -> None:
    of = gallery(("a", "e1", EAST), rule=rule)
    probes = np.array([unit(0.6, 0.8), EAST, NORTH, WEST])
    assert score(probes, of, ["x"] * 4).tolist() == [[6000], [10_000], [0], [0]]
    assert score(probes[:1], of, ["e1"]).tolist() == [[NOT_COMPARABLE]] == [[-1]]


@pytest.mark.parametrize(
    ("cosine", "units"),
    [
        (0.00004, 0),
        (0.00006, 1),
        (0.82494, 8249),
        (0.82496, 8250),
        (0.99994, 9999),
        (0.99996, 10_000),
    ],
)
def test_a_cosine_is_rounded_to_the_nearest_ten_thousandth(cosine: float, units: int) -> None:
    probe = np.array([[cosine, np.sqrt(1 - cosine**2)]])
    assert score(probe, gallery(("a", "e", EAST)), ["x"]).tolist() == [[units]]


def test_what_rounding_makes_longer_than_1_is_no_more_than_alike() -> None:
    longer = np.array([[1.001, 0.0], [-1.001, 0.0]], np.float32)
    assert score(longer, gallery(("a", "e", EAST)), ["x", "x"]).tolist() == [[10_000], [0]]


def test_deer_are_sorted_and_references_stay_with_theirs() -> None:
    of = gallery(("c", "e1", NORTH), ("a", "e2", EAST), ("b", None, WEST), ("a", "e1", NORTH))
    assert of.deer == ("a", "b", "c")
    assert (of.starts.tolist(), of.owners.tolist()) == ([0, 2, 3], [0, 0, 1, 2])
    assert of.references.tolist() == [[1, 0], [0, 1], [-1, 0], [0, 1]]
    assert of.encounters[2] == -2
    assert of.centroids is None


@pytest.mark.parametrize("rule", ["max", "top3", "centroid"])
def test_a_score_does_not_depend_on_its_batch(rule: Rule) -> None:
    rows = np.random.default_rng(1).normal(size=(230, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    of = gallery(*((f"d{i % 40}", f"e{i % 70}", rows[i]) for i in range(200)), rule=rule)
    encounters = [f"e{i}" for i in range(30)]
    alone = [score(rows[200 + i][None], of, [encounters[i]])[0] for i in range(30)]
    np.testing.assert_array_equal(score(rows[200:], of, encounters), np.stack(alone))


def test_an_empty_gallery_compares_with_nobody() -> None:
    assert score(np.array([EAST]), gallery(), ["x"]).shape == (1, 0)
    assert score(np.empty((0, 2), np.float32), gallery(("a", "e", EAST)), []).shape == (0, 1)


def test_each_probe_needs_an_encounter() -> None:
    with pytest.raises(ValueError, match="encounter"):
        score(np.array([EAST]), gallery(("a", "e", EAST)), [])
    with pytest.raises(ValueError, match="flank"):
        score(np.array([EAST]), gallery(("a", "e", EAST)), ["x"], [])


def test_fingerprints_cover_references_and_rule_and_no_order() -> None:
    one, other = ("a", "e1", EAST), ("b", "e2", NORTH)
    build = Gallery.build
    rows = [Reference("r1", *one), Reference("r2", *other)]
    base = build(rows, "max")
    assert build(rows[::-1], "max").fingerprint == base.fingerprint
    assert build(rows, "top3").fingerprint != base.fingerprint
    assert build(rows, "top3").deer_fingerprints[0] != base.deer_fingerprints[0]
    more = build([*rows, Reference("r3", *one)], "max")
    assert more.deer_fingerprints[0] != base.deer_fingerprints[0]
    assert more.deer_fingerprints[1] == base.deer_fingerprints[1]
    assert base.deer_fingerprints == (
        deer_fingerprint(["r1"], "max"),
        deer_fingerprint(["r2"], "max"),
    )
    assert (len(base.fingerprint), len(base.deer_fingerprints[0])) == (64, 16)


def test_the_other_flank_s_best_does_not_count() -> None:
    of = gallery(("a", "e1", EAST, "left"), ("a", "e2", NORTH, "right"))
    probes = np.array([unit(0.6, 0.8)] * 5)
    flanks = ["left", "right", "front", "rear", "unknown"]
    # left with east .6, right with north .8, whatever else with both
    expected = [[6000], [8000], [8000], [8000], [8000]]
    assert score(probes, of, ["x"] * 5, flanks).tolist() == expected
    assert score(probes[:1], of, ["x"]).tolist() == [[8000]]  # nobody knows the probe's


def test_references_of_no_flank_count_for_both() -> None:
    of = gallery(
        ("a", "e1", EAST, "left"), ("a", "e2", NORTH, "unknown"), ("a", "e3", WEST, "front"),
    )  # fmt: skip
    probes = np.array([unit(0.6, 0.8), unit(0.8, 0.6), unit(-0.8, 0.6)])
    scores = score(probes, of, ["x"] * 3, ["right", "right", "left"])
    assert scores.tolist() == [[8000], [6000], [8000]]


def test_a_deer_without_a_reference_of_the_flank_is_compared_across() -> None:
    of = gallery(("a", "e1", EAST, "left"), ("b", "e2", EAST, "right"))
    probe = np.array([unit(0.8, 0.6)])
    assert score(probe, of, ["x"], ["right"]).tolist() == [[8000, 8000]]
    # its only reference of that flank is of the probe's own encounter: the other one counts
    two = gallery(("a", "e1", NORTH, "left"), ("a", "e2", EAST, "right"))
    assert score(probe, two, ["e1"], ["left"]).tolist() == [[8000]]
    assert score(probe, two, ["e2"], ["left"]).tolist() == [[6000]]


def test_in_a_centroid_the_other_flank_weighs_half() -> None:
    of = gallery(
        ("a", "e1", EAST, "left"), ("a", "e2", NORTH, "right"), ("b", "e3", NORTH, "right"),
        rule="centroid",
    )  # fmt: skip
    probes = np.array([EAST, EAST, EAST, EAST])
    # left: east + north / 2, cosine 1 / sqrt(1.25); right: 0.5 / sqrt(1.25); unknown: 1 / sqrt(2)
    # without e1 north alone is left, and halves of nothing else are no less
    scores = score(probes, of, ["x", "x", "x", "e1"], ["left", "right", "unknown", "left"])
    assert scores.tolist() == [[8944, 0], [4472, 0], [7071, 0], [0, 0]]
    across = score(np.array([unit(0.8, 0.6)]), of, ["x"], ["left"])
    assert across[0, 1] == 6000  # b has the other flank only


def naive(probe, encounter, flank, references, rule) -> int:
    """The rule of one pair, written out."""
    rest = [item for item in references if encounter is None or item.encounter != encounter]
    opposite = {"left": "right", "right": "left"}.get(flank, "")
    if not rest:
        return NOT_COMPARABLE
    same = [item for item in rest if item.flank != opposite] or rest
    cosines = sorted((float(probe @ item.vector) for item in same), reverse=True)
    if rule == "centroid":
        rows = [item.vector * (0.5 if item.flank == opposite else 1) for item in rest]
        total = np.sum(rows, axis=0, dtype=np.float64)
        value = float(probe @ total) / float(np.linalg.norm(total))
    else:
        best = cosines[:1] if rule == "max" else cosines[:3]
        value = sum(best) / len(best)
    return round(min(max(value, 0.0), 1.0) * 10_000)


@pytest.mark.parametrize("rule", ["max", "top3", "centroid"])
def test_all_of_it_at_once_is_what_the_rule_says_of_each_pair(rule: Rule) -> None:
    chance = np.random.default_rng(7)
    rows = chance.normal(size=(160, 12)) + 0.5
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    flanks = [str(name) for name in chance.choice(["left", "right", "front", "unknown"], 160)]
    references = [
        Reference(f"r{i:03}", f"d{i % 13:02}", f"e{i % 17}" if i % 5 else None, rows[i], flanks[i])
        for i in range(100)
    ]
    probes = [(rows[i], f"e{i % 17}" if i % 3 else None, flanks[i]) for i in range(100, 160)]
    of = Gallery.build(references, rule)
    scores = score(rows[100:], of, [item[1] for item in probes], [item[2] for item in probes])
    expected = [
        [
            naive(*probe, [item for item in references if item.deer == deer], rule)
            for deer in of.deer
        ]
        for probe in probes
    ]
    assert np.abs(scores - expected).max() <= 1  # a tie may be rounded the other way in float32
    assert ((scores == NOT_COMPARABLE) == (np.array(expected) == NOT_COMPARABLE)).all()


def test_flanks_are_part_of_the_fingerprint() -> None:
    prints = {
        name: gallery(("a", "e1", EAST, name)).fingerprint
        for name in ("left", "right", "front", "unknown")
    }
    assert len(set(prints.values())) == 3
    assert prints["front"] == prints["unknown"]  # both count for everything
    assert gallery(("a", "e1", EAST)).deer_fingerprints == (deer_fingerprint(["r0"], "max"),)


def test_each_reference_of_a_fingerprint_has_its_side() -> None:
    with pytest.raises(ValueError, match="shorter"):
        deer_fingerprint(["r1", "r2"], "max", [1])
    assert deer_fingerprint(["r1", "r2"], "max", [1, 0]) == deer_fingerprint(
        ["r2", "r1"], "max", [0, 1]
    )


def test_a_sightings_score_is_the_mean_with_halves_rounded_up() -> None:
    scores = np.array([[1, 10, -1], [2, 10, -1]], np.int32)
    assert fuse(scores).tolist() == [2, 10, NOT_COMPARABLE]
    assert fuse(np.array([[1], [1], [2]], np.int32)).tolist() == [1]
    assert fuse(np.array([[1], [2], [2]], np.int32)).tolist() == [2]
    assert fuse(np.array([[0, 10_000, -1, 7]], np.int32)).tolist() == [0, 10_000, -1, 7]
    assert fuse(np.array([[0], [1]], np.int32)).tolist() == [1]


def test_a_deer_that_one_detection_cannot_be_compared_with_has_no_score() -> None:
    assert fuse(np.array([[8000, 10], [-1, 10]], np.int32)).tolist() == [NOT_COMPARABLE, 10]


def test_a_sighting_without_detections_has_no_score() -> None:
    with pytest.raises(ValueError, match="no score"):
        fuse(np.empty((0, 3), np.int32))


# --- antler seasons -------------------------------------------------------------------------------

OLD, NEW = 202404, 202504


def seasons(*references: tuple[str, str, Any, int], rule: Rule = "max") -> Gallery:
    """Of (deer, encounter, vector, season)."""
    return Gallery.build(
        [
            Reference(f"r{number}", deer, encounter, vector, "unknown", season)
            for number, (deer, encounter, vector, season) in enumerate(references)
        ],
        rule,
    )


@pytest.mark.parametrize(
    ("rule", "new", "old", "any_season"),
    [
        ("max", 6000, 8000, 8000),
        ("top3", 6000, 8000, 7000),
        # (.6 + .8) over the length of (1, 1): 0.98995
        ("centroid", 6000, 8000, 9899),
    ],
)
def test_references_of_other_antlers_are_left_out(rule, new, old, any_season) -> None:
    of = seasons(("a", "e1", EAST, NEW), ("a", "e2", NORTH, OLD), rule=rule)
    probes = np.array([unit(0.6, 0.8)] * 3)
    flanks = ["unknown"] * 3
    assert score(probes, of, [None] * 3, flanks, [NEW, OLD, 0]).ravel().tolist() == [
        new,
        old,
        any_season,
    ]
    # nobody says of which season a probe is: everything counts
    assert score(probes[:1], of, [None]).ravel().tolist() == [any_season]


@pytest.mark.parametrize("rule", ["max", "top3", "centroid"])
def test_a_buck_without_these_antlers_keeps_its_references(rule) -> None:
    of = seasons(("a", "e1", NORTH, OLD), ("b", "e2", EAST, NEW), rule=rule)
    probes = np.array([unit(0.6, 0.8)])
    assert score(probes, of, ["x"], None, [NEW]).tolist() == [[8000, 6000]]
    # its only reference of the season is of the probe's own encounter
    both = seasons(("a", "e1", NORTH, OLD), ("a", "own", EAST, NEW), rule=rule)
    assert score(probes, both, ["own"], None, [NEW]).tolist() == [[8000]]


def test_the_other_flank_of_these_antlers_goes_before_the_same_flank_of_others() -> None:
    of = Gallery.build(
        [
            Reference("r1", "a", "e1", EAST, "right", NEW),
            Reference("r2", "a", "e2", NORTH, "left", OLD),
        ],
        "max",
    )
    assert score(np.array([unit(0.6, 0.8)]), of, ["x"], ["left"], [NEW]).tolist() == [[6000]]


def test_seasons_are_part_of_a_fingerprint_and_nothing_changes_without_them() -> None:
    plain = seasons(("a", "e1", EAST, 0), ("b", "e2", NORTH, 0))
    assert plain.fingerprint == gallery(("a", "e1", EAST), ("b", "e2", NORTH)).fingerprint
    antlered = seasons(("a", "e1", EAST, NEW), ("b", "e2", NORTH, 0))
    assert antlered.deer_fingerprints[0] != plain.deer_fingerprints[0]
    assert antlered.deer_fingerprints[1] == plain.deer_fingerprints[1]
    assert (
        antlered.fingerprint != seasons(("a", "e1", EAST, OLD), ("b", "e2", NORTH, 0)).fingerprint
    )


@pytest.mark.parametrize("rule", ["max", "top3", "centroid"])
def test_a_score_is_that_of_a_gallery_without_the_other_seasons(rule) -> None:
    """Against a gallery that was built of the right references, deer by deer; blocks of pairs join without a seam."""
    generator = np.random.default_rng(3)
    rows = generator.normal(size=(90, 5)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    flanks = generator.choice(["left", "right", "unknown"], 90).tolist()
    when = generator.choice([OLD, NEW, 0], 90).tolist()
    references = [
        Reference(f"r{i:03}", f"d{i % 9}", f"e{i % 11}", rows[i], flanks[i], when[i])
        for i in range(60)
    ]
    probes, own = rows[60:], [f"e{i % 11}" for i in range(30)]
    found = score(probes, Gallery.build(references, rule), own, flanks[60:], when[60:])
    for number in range(30):
        season = when[60 + number]
        for column in range(9):
            of_deer = [item for item in references if item.deer == f"d{column}"]
            apart = [item for item in of_deer if item.encounter != own[number]]
            near = [item for item in apart if 0 in (item.season, season) or item.season == season]
            expected = score(
                probes[number : number + 1],
                Gallery.build(near or apart, rule),
                [None],
                flanks[60 + number : 61 + number],
            )
            assert found[number, column] == expected[0, 0]
