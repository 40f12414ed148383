"""Doubts about labels, worked by hand, and on herds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.labels.cost import LabelCost, cost_of, without_doubts
from analysis.labels.doubts import DoubtfulLabel, Doubts, LikelyTwins, find_doubts
from analysis.score_log.trials import NOT_COMPARED, Trials
from analysis.tests.dirty_herds import dirty_herd

NC = NOT_COMPARED


def trials(rows: list[tuple[int, list[int]]]) -> Trials:
    """Of (own column, scores) each."""
    table = np.array([scores for _, scores in rows], np.int32)
    own = np.array([own for own, _ in rows])
    return Trials(table, np.ones(table.shape, bool), own, own)


def doubts(of: Trials, kept: tuple[int, ...] = (), two: tuple[tuple[int, int], ...] = ()) -> Doubts:
    are_two = np.zeros((of.scores.shape[1],) * 2, bool)
    for one, other in two:
        are_two[one, other] = are_two[other, one] = True
    return find_doubts(of, np.isin(np.arange(len(of)), kept), are_two)


# Three deer, two sightings each, own scores about 8,000, others about 2,000.
PLAIN = [
    (0, [8000, 2000, 2100]),
    (0, [8200, 1900, 2000]),
    (1, [2100, 7900, 1800]),
    (1, [1900, 8100, 2200]),
    (2, [2000, 2100, 8300]),
    (2, [1800, 2200, 7800]),
]


def test_right_labels_leave_no_doubt() -> None:
    assert doubts(trials(PLAIN)) == Doubts()


def test_a_label_whose_deer_looks_like_chance_is_doubted_the_most_evident_first() -> None:
    of = trials([*PLAIN, (0, [2300, 7600, 2000]), (1, [1500, 1700, 8000])])
    assert doubts(of).labels == (
        DoubtfulLabel(7, 2, 1700, 8000),
        DoubtfulLabel(6, 1, 2300, 7600),
    )


def test_what_a_person_has_kept_is_not_asked_again() -> None:
    of = trials([*PLAIN, (0, [2300, 7600, 2000]), (1, [1500, 1700, 8000])])
    assert [label.row for label in doubts(of, kept=(7,)).labels] == [6]


def test_a_deer_that_cannot_be_is_no_doubt() -> None:
    of = trials([*PLAIN, (0, [2300, 7600, 2000])])
    of.eligible[6, 1] = False  # of the other sex
    assert doubts(of) == Doubts()


def test_two_profiles_of_one_deer_are_twins_and_no_wrong_labels() -> None:
    of = trials(
        [
            (0, [8000, 2000, 2100, 7700]),
            (0, [8200, 1900, 2000, 8300]),
            (1, [2100, 7900, 1800, 2000]),
            (1, [1900, 8100, 2200, 1900]),
            (2, [2000, 2100, 8300, 1700]),
            (2, [1800, 2200, 7800, 2100]),
            (3, [7900, 2200, 1800, 7500]),
        ]
    )
    assert doubts(of) == Doubts(twins=(LikelyTwins(0, 3, 7900),))  # 8,000 of 0's, 7,900 of 3's
    kept = doubts(of, two=((0, 3),))
    assert kept.twins == ()
    # Then the lead of 0.04 and of 0.01 is no more than what the other twin makes of every sighting.
    assert not [label for label in kept.labels if label.evidence > 1000]


def test_a_profile_of_one_sighting_can_be_a_twin() -> None:
    of = trials([(own, [*scores, NC]) for own, scores in PLAIN] + [(3, [7900, 2000, 1900, NC])])
    of.scores[:2, 3] = [7600, 7800]
    of.scores[2:6, 3] = [2000, 2100, 1900, 1800]
    assert doubts(of).twins == (LikelyTwins(0, 3, 7700),)


def test_a_deer_of_one_encounter_is_a_twin_where_its_sighting_alone_looks_at_another() -> None:
    """Its one reference answers the other's sightings with 4,500, several would answer higher; half of all reach 8,050."""
    of = trials([(own, [*scores, NC]) for own, scores in PLAIN] + [(3, [8100, 2000, 1900, NC])])
    of.scores[:2, 3] = [4500, 4500]
    of.scores[2:6, 3] = [2000, 2100, 1900, 1800]
    assert doubts(of).twins == (LikelyTwins(0, 3, 8100),)
    assert doubts(of, two=((0, 3),)).twins == ()
    of.scores[6, 0] = 7900  # less than what half of all sightings reach against their own deer
    assert doubts(of).twins == ()


def test_one_wrong_reference_makes_no_twins() -> None:
    """The second deer's sightings find it in the first one's gallery; the first deer's own look at nobody else."""
    of = trials(
        [
            *[(0, [8000 + n, 2000 + n, 2100]) for n in range(3)],
            (0, [2300, 7600, 2000]),
            *[(1, [7500 + n, 7900 + n, 1800]) for n in range(3)],
            *[(2, [2000, 2100, 8300 + n]) for n in range(3)],
        ]
    )
    assert doubts(of) == Doubts(labels=(DoubtfulLabel(3, 1, 2300, 7600),))


def test_scores_that_tell_no_deer_apart_raise_no_doubt() -> None:
    generator = np.random.default_rng(0)
    of = trials([(n % 5, generator.integers(0, 10_000, 5).tolist()) for n in range(100)])
    assert doubts(of).labels == ()


def test_nothing_labelled_is_nothing_doubted() -> None:
    assert (
        find_doubts(
            Trials(np.empty((0, 0), np.int32), np.empty((0, 0), bool), *np.empty((2, 0), np.int64)),
            np.empty(0, bool),
            np.empty((0, 0), bool),
        )
        == Doubts()
    )


def test_the_pairs_that_rest_on_a_doubt_are_no_decoys() -> None:
    of = trials([*PLAIN, (0, [2300, 7600, 2000])])
    of.scores[2:4, 0] = [7500, 7400]  # the wrong one is a reference of the first deer
    label = DoubtfulLabel(6, 1, 2300, 7600)
    assert of.decoys.tolist() == [2100, 2000, 7500, 7400, 2100, 2200, 7600]
    sure = without_doubts(of, Doubts((label,)))
    assert sure.decoys.tolist() == [2100, 2000, 1800, 2200, 2100, 2200, 2000]
    sure = without_doubts(of, Doubts(twins=(LikelyTwins(0, 1, 7000),)))
    assert sure.decoys.tolist() == [2100, 2000, 1800, 2200, 2100, 2200, 2000]


def test_the_cost_is_said_in_words() -> None:
    nothing = cost_of(Doubts(), 7000, 7000, lambda _: 9)
    assert nothing.says == ""
    three = LabelCost(2, 1, 8312, 136, 7015, 318)
    assert three.says.startswith(
        "2 labels are likely wrong and 1 pair of deer is likely one deer: look"
    )
    assert (
        "the first gate ends at 0.8312, where 136 unreviewed sightings would be assigned; without the doubtful pairs it"
        " ends at about 0.7015, where 318 unreviewed sightings would be assigned." in three.says
    )
    assert "with the doubtful pairs or without." in LabelCost(1, 0, None, 0, None, 0).says
    assert "lets no threshold pass; without" in LabelCost(1, 0, None, 0, 7015, 318).says


def test_worked_off_by_an_oracle_a_dirty_herd_assigns_as_a_clean_one() -> None:
    clean, dirty = (
        dirty_herd(np.random.default_rng(3), quality=1.2, wrong=wrong, twins=twins)
        for wrong, twins in ((0.0, 0), (0.05, 3))
    )
    assert dirty.is_wrong.sum() == 21
    assert dirty.assigned(3) < 0.5 * clean.assigned(3)
    dirty.work_off()
    assert dirty.assigned(3) >= 0.9 * clean.assigned(3)
    assert dirty.answers <= 60  # of 400 labels


@pytest.mark.slow
@pytest.mark.parametrize("quality", [0.7, 0.9, 1.2])
@pytest.mark.parametrize(("wrong", "twins"), [(0.05, 0), (0.0, 3), (0.05, 3)])
def test_worked_off_herds_assign_as_clean_ones_do(quality: float, wrong: float, twins: int) -> None:
    """Over 20 herds, since one audit ends earlier than another: 90 % of what clean labels give."""
    clean = after = 0
    for seed in range(20):
        herds = (
            dirty_herd(np.random.default_rng(seed), quality=quality, wrong=share, twins=number)
            for share, number in ((0.0, 0), (wrong, twins))
        )
        first, dirty = herds
        dirty.work_off()
        clean, after = clean + first.assigned(seed), after + dirty.assigned(seed)
    assert after >= 0.9 * clean
