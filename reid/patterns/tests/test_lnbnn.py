"""Scores of patterns, on photographs of three keypoints whose distances are small whole numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reid.patterns import lnbnn
from reid.patterns.card import MatcherCard
from reid.patterns.keypoints import UNIT, Keypoints
from reid.patterns.lnbnn import NOBODY, NOT_COMPARABLE, Photographs, Probe
from reid.patterns.tests.photographs import MARKS, PLACES, near, photograph, photographs

CARD = MatcherCard(rank=2, softness=0.1)
BEHIND = photographs(near(60, 60, 60), near(70, 70, 70), near(80, 80, 80), owners=[NOBODY] * 3)
"""A background whose second nearest photograph is 70 away."""
PROBE = Probe(photograph(MARKS))


def test_a_reference_scores_how_much_nearer_it_is_than_chance() -> None:
    """Margins 70 - 10, 70 - 20 and 70 - 30, in lengths of a descriptor."""
    references = photographs(near(10, 20, 30), owners=[0])
    [total] = lnbnn.sums(PROBE, references, BEHIND, 1, CARD)
    assert total == pytest.approx((60 + 50 + 40) / UNIT)
    [units] = lnbnn.score(PROBE, references, BEHIND, 1, CARD, np.ones(1))
    assert units == round(10_000 * (1 - np.exp(-150 / UNIT / 0.1)))


def test_sums_are_counted_in_spreads_of_their_deer() -> None:
    references = photographs(near(10, 20, 30), near(10, 20, 30), owners=[0, 1])
    one, other = lnbnn.score(PROBE, references, BEHIND, 2, CARD, np.array([1.0, 2.0]))
    assert one == round(10_000 * (1 - np.exp(-150 / UNIT / 0.1)))
    assert other == round(10_000 * (1 - np.exp(-150 / UNIT / 2.0 / 0.1)))


def test_what_is_not_nearer_than_chance_scores_nothing() -> None:
    references = photographs(near(70, 75, 80), owners=[0])
    assert lnbnn.score(PROBE, references, BEHIND, 1, CARD, np.ones(1)).tolist() == [0]


def test_two_marks_that_fit_are_chance() -> None:
    references = photographs(near(10, 10, 75), owners=[0])
    assert lnbnn.score(PROBE, references, BEHIND, 1, CARD, np.ones(1)).tolist() == [0]


def test_a_mark_elsewhere_on_the_torso_does_not_count() -> None:
    keypoints = near(10, 10, 10)
    moved = keypoints.places.copy()
    moved[2] += np.float16(0.3)
    references = photographs(Keypoints(moved, keypoints.scales, keypoints.descriptors), owners=[0])
    assert lnbnn.sums(PROBE, references, BEHIND, 1, CARD).tolist() == [0.0]


def test_a_mark_of_another_size_does_not_count() -> None:
    keypoints = near(10, 10, 10)
    scales = np.array([0.05, 0.05, 0.15], np.float16)
    references = photographs(Keypoints(keypoints.places, scales, keypoints.descriptors), owners=[0])
    assert lnbnn.sums(PROBE, references, BEHIND, 1, CARD).tolist() == [0.0]


def test_a_deer_has_the_mean_of_its_best_photographs() -> None:
    card = MatcherCard(rank=2, best=2, softness=1.0)
    references = photographs(
        near(10, 10, 10), near(40, 40, 40), near(20, 20, 20), near(30, 30, 30), owners=[0, 0, 0, 1]
    )
    own, other = lnbnn.score(PROBE, references, BEHIND, 2, card, np.ones(2))
    assert own == round(10_000 * (1 - np.exp(-(180 + 150) / 2 / UNIT)))
    assert other == round(10_000 * (1 - np.exp(-120 / UNIT)))


def test_a_deers_own_photographs_are_no_background_for_it() -> None:
    """Deer 0 is in the background, at 60: for it the second nearest other is 80, for deer 1 it is 70."""
    behind = Photographs(
        BEHIND.block, np.array([0, NOBODY, NOBODY]), BEHIND.sides, BEHIND.encounters
    )
    references = photographs(near(10, 10, 10), near(10, 10, 10), owners=[0, 1])
    assert lnbnn.sums(PROBE, references, behind, 2, CARD) == pytest.approx(
        [3 * 70 / UNIT, 3 * 60 / UNIT]
    )


def test_the_own_encounter_counts_nowhere() -> None:
    """Without the photograph of its own encounter (60) the normaliser is 80."""
    probe = Probe(photograph(MARKS), encounter=7)
    behind = Photographs(BEHIND.block, BEHIND.owners, BEHIND.sides, np.array([7, -1, -1]))
    references = photographs(near(0, 0, 0), near(10, 10, 10), owners=[0, 0], encounters=[7, 8])
    mate, other = lnbnn.sums(probe, references, behind, 1, CARD)
    assert np.isnan(mate)
    assert other == pytest.approx(3 * 70 / UNIT)


def test_the_other_flank_is_not_compared() -> None:
    references = photographs(near(10, 10, 10), near(20, 20, 20), owners=[0, 1], sides=[1, -1])
    left = lnbnn.score(Probe(photograph(MARKS), side=1), references, BEHIND, 2, CARD, np.ones(2))
    assert left[0] > 0
    assert left[1] == NOT_COMPARABLE


def test_an_unknown_flank_is_compared_with_everything() -> None:
    references = photographs(near(10, 10, 10), near(10, 10, 10), owners=[0, 1], sides=[1, -1])
    one, other = lnbnn.score(PROBE, references, BEHIND, 2, CARD, np.ones(2))
    assert one == other > 0


def test_a_background_that_is_too_small_gives_no_score() -> None:
    behind = photographs(near(60, 60, 60), near(70, 70, 70), owners=[0, NOBODY])
    references = photographs(near(10, 10, 10), near(10, 10, 10), owners=[0, 1])
    scores = lnbnn.score(PROBE, references, behind, 2, CARD, np.ones(2))
    assert scores[0] == NOT_COMPARABLE
    assert scores[1] > 0


def test_another_deers_new_reference_changes_nothing() -> None:
    before = photographs(near(10, 20, 30), near(30, 30, 30), owners=[0, 1])
    after = photographs(near(10, 20, 30), near(30, 30, 30), near(0, 0, 0), owners=[0, 1, 1])
    one = lnbnn.score(PROBE, before, BEHIND, 2, CARD, np.ones(2))
    other = lnbnn.score(PROBE, after, BEHIND, 2, CARD, np.ones(2))
    assert one[0] == other[0]
    assert one[1] < other[1]


def test_a_shortlist_compares_the_most_alike_of_each_deer() -> None:
    card = MatcherCard(rank=2, shortlist=1)
    references = photographs(near(10, 10, 10), near(40, 40, 40), near(30, 30, 30), owners=[0, 0, 1])
    similarities = np.array([0.2, 0.8, 0.1], np.float32)
    totals = lnbnn.sums(PROBE, references, BEHIND, 2, card, similarities)
    assert np.isnan(totals).tolist() == [True, False, False]


def test_a_shortlist_passes_over_the_other_flank() -> None:
    card = MatcherCard(rank=2, shortlist=1)
    references = photographs(near(10, 10, 10), near(40, 40, 40), owners=[0, 0], sides=[-1, 1])
    probe = Probe(photograph(MARKS), side=1)
    totals = lnbnn.sums(probe, references, BEHIND, 1, card, np.array([0.9, 0.1], np.float32))
    assert np.isnan(totals).tolist() == [True, False]


def test_matched_points_explain_the_score() -> None:
    references = photographs(near(30, 10, 20), near(5, 5, 5), owners=[0, 1])
    matches = lnbnn.explain(PROBE, references, 0, BEHIND, CARD)
    assert matches.weights == pytest.approx(np.array([60, 50, 40]) / UNIT)
    assert matches.probe == pytest.approx(np.array([PLACES[1], PLACES[2], PLACES[0]]), abs=1e-3)
    assert (matches.probe == matches.reference).all()
    assert matches.total == lnbnn.sums(PROBE, references, BEHIND, 2, CARD)[0]


def test_matched_points_heed_the_deers_own_background() -> None:
    behind = Photographs(
        BEHIND.block, np.array([1, NOBODY, NOBODY]), BEHIND.sides, BEHIND.encounters
    )
    references = photographs(near(30, 10, 20), near(5, 15, 25), owners=[0, 1])
    for position in (0, 1):
        matches = lnbnn.explain(PROBE, references, position, behind, CARD)
        assert matches.total == lnbnn.sums(PROBE, references, behind, 2, CARD)[position]


def test_what_is_not_comparable_has_no_matched_points() -> None:
    references = photographs(near(10, 10, 10), owners=[0], sides=[-1])
    probe = Probe(photograph(MARKS), side=1)
    assert len(lnbnn.explain(probe, references, 0, BEHIND, CARD).weights) == 0


def test_the_reference_with_most_agreement_explains_a_deer() -> None:
    references = photographs(near(30, 10, 20), near(5, 5, 5), near(60, 60, 60), owners=[0, 0, 0])
    best, matches = lnbnn.explain_best(PROBE, references, BEHIND, CARD)
    assert best == 1
    assert matches.total == lnbnn.sums(PROBE, references, BEHIND, 1, CARD).max()
    assert matches.weights == pytest.approx(np.array([65, 65, 65]) / UNIT)


def test_what_agrees_with_no_reference_is_shown_beside_the_first() -> None:
    references = photographs(near(70, 75, 80), near(75, 75, 75), owners=[0, 0])
    best, matches = lnbnn.explain_best(PROBE, references, BEHIND, CARD)
    assert (best, len(matches.weights)) == (0, 0)
    other_flank = photographs(near(10, 10, 10), owners=[0], sides=[-1])
    probe = Probe(photograph(MARKS), side=1)
    assert lnbnn.explain_best(probe, other_flank, BEHIND, CARD)[0] is None


def test_references_of_other_antlers_count_only_for_want_of_others() -> None:
    """Deer 0 has a photograph of this season (20 away) and one of another (10); deer 1 one of another season alone."""
    references = photographs(near(20, 20, 20), near(10, 10, 10), near(10, 10, 10), owners=[0, 0, 1])
    references = replace(references, seasons=np.array([202504, 202404, 202404]))
    probe = replace(PROBE, season=202504)
    own, other, alone = lnbnn.sums(probe, references, BEHIND, 2, CARD)
    assert own == pytest.approx(3 * 50 / UNIT)
    assert np.isnan(other)
    assert alone == pytest.approx(3 * 60 / UNIT)
    # of no season it is compared with all of them, and what explains a score is compared as the score is
    assert not np.isnan(lnbnn.sums(PROBE, references, BEHIND, 2, CARD)).any()
    of_one = replace(references, owners=np.array([0, 0, 0]))
    position, _ = lnbnn.explain_best(probe, of_one, BEHIND, CARD)
    assert position == 0
