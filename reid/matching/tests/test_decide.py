"""Decisions worked by hand: who gets which deer, and why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reid.matching.decide import SHOWN, DecisionOutcome, Probe, SightingDecision, decide
from reid.strata import Stratum

DEER = ["A", "B", "C"]


def probe(name: str, *scores: int, frames: str = "", barred: str = "", known: str = "") -> Probe:
    """Frames, barred deer and known deer as one letter each; a frame of its own where none is given."""
    return Probe(
        sighting=name,
        frames=frozenset(frames or [f"only {name}"]),
        scores=np.array(scores, np.int32) if scores else None,
        eligible=np.array([deer not in barred for deer in DEER]),
        known=frozenset(known),
    )


def outcomes_of(*probes: Probe, threshold: int | None = 6000) -> dict[str, tuple[str, object]]:
    return {
        str(item.sighting): (item.outcome.value, item.deer)
        for item in decide(probes, DEER, threshold)
    }


def one(*args: object, threshold: int | None = 6000, **options: str) -> SightingDecision:
    return decide([probe("s", *args, **options)], DEER, threshold)[0]  # type: ignore[arg-type]


def test_the_best_deer_at_or_above_the_threshold_is_assigned() -> None:
    verdict = one(5000, 6000, 5500)
    assert (verdict.outcome, verdict.deer, verdict.score) == (DecisionOutcome.ASSIGNED, "B", 6000)
    assert verdict.margin == 500
    assert verdict.candidates == (("B", 6000), ("C", 5500), ("A", 5000))


def test_below_the_threshold_it_is_ranked_and_kept() -> None:
    verdict = one(5000, 5999, 5500)
    assert (verdict.outcome, verdict.deer, verdict.score) == (
        DecisionOutcome.BELOW_THRESHOLD,
        "B",
        5999,
    )


def test_without_a_threshold_nothing_is_assigned() -> None:
    verdict = one(9999, 1, 2, threshold=None)
    assert (verdict.outcome, verdict.deer, verdict.margin) == (DecisionOutcome.RANKED, "A", 9997)


def test_an_ineligible_deer_is_struck_out_however_high() -> None:
    verdict = one(9000, 6500, 100, barred="A")
    assert (verdict.outcome, verdict.deer) == (DecisionOutcome.ASSIGNED, "B")
    assert [deer for deer, _ in verdict.candidates] == ["B", "C"]


def test_every_deer_ruled_out() -> None:
    assert one(9000, 9000, -1, barred="AB").outcome is DecisionOutcome.NO_ELIGIBLE


def test_nothing_to_compare_with() -> None:
    assert one(-1, -1, -1).outcome is DecisionOutcome.NO_REFERENCE


def test_nothing_embedded() -> None:
    verdict = one()
    assert (verdict.outcome, verdict.candidates) == (DecisionOutcome.NO_EMBEDDING, ())
    assert one(known="A").outcome is DecisionOutcome.REVIEWED


def test_a_known_sighting_is_ranked_but_never_assigned() -> None:
    verdict = one(9000, 100, 100, known="B")
    assert (verdict.outcome, verdict.deer) == (DecisionOutcome.REVIEWED, "A")


def test_one_comparable_deer_has_no_margin() -> None:
    assert one(7000, -1, -1).margin is None


def test_two_on_one_frame_get_two_deer_for_the_highest_total() -> None:
    # s1 alone would take A; together 8900 + 7000 beats 9000 + nothing
    outcomes = outcomes_of(
        probe("s1", 9000, 7000, 0, frames="f"),
        probe("s2", 8900, 100, 0, frames="f"),
    )
    assert outcomes == {"s1": ("assigned", "B"), "s2": ("assigned", "A")}


def test_who_loses_a_frames_deer_stays_in_the_pool() -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 100, 0, frames="f"),
        probe("s2", 8000, 100, 0, frames="f"),
    )
    assert outcomes == {"s1": ("assigned", "A"), "s2": ("frame_conflict", "A")}


def test_pairs_below_the_threshold_are_struck_out_before_the_matching() -> None:
    # with B's 5900 still in, the total 8000 + 5900 would beat 9000 and cost s1 its deer
    outcomes = outcomes_of(
        probe("s1", 9000, 5900, 0, frames="f"),
        probe("s2", 8000, 100, 0, frames="f"),
    )
    assert outcomes["s1"] == ("assigned", "A")


def test_other_frames_may_show_the_same_deer() -> None:
    outcomes = outcomes_of(probe("s1", 9000, 0, 0, frames="f"), probe("s2", 8000, 0, 0, frames="g"))
    assert outcomes == {"s1": ("assigned", "A"), "s2": ("assigned", "A")}


def test_frames_connect_through_a_common_sighting() -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 0, 0, frames="f"),
        probe("s2", 0, 9000, 0, frames="fg"),
        probe("s3", 8000, 0, 0, frames="g"),
    )
    assert outcomes["s3"] == ("frame_conflict", "A")


def test_a_known_deer_on_the_frame_is_taken() -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 6000, 0, frames="f"),
        probe("s2", 100, 100, 100, frames="f", known="A"),
    )
    assert outcomes == {"s1": ("assigned", "B"), "s2": ("reviewed", "A")}


def test_a_known_deer_on_another_frame_is_free() -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 0, 0, frames="f"),
        probe("s2", 100, 0, 0, frames="g", known="A"),
    )
    assert outcomes["s1"] == ("assigned", "A")


def test_a_known_sighting_without_embedding_still_reserves() -> None:
    outcomes = outcomes_of(probe("s1", 9000, 0, 0, frames="f"), probe("s2", frames="f", known="A"))
    assert outcomes["s1"] == ("frame_conflict", "A")


def test_ties_go_to_the_first_deer_for_the_first_sighting() -> None:
    assert one(7000, 7000, 7000).deer == "A"
    tied = [probe(name, 7000, 7000, 7000, frames="f") for name in ("s3", "s1", "s2")]
    expected = {"s1": ("assigned", "A"), "s2": ("assigned", "B"), "s3": ("assigned", "C")}
    assert outcomes_of(*tied) == outcomes_of(*tied[::-1]) == expected


def test_a_tie_never_outweighs_a_score() -> None:
    outcomes = outcomes_of(
        probe("s1", 7000, 7001, 0, frames="f"),
        probe("s2", 7000, 7000, 0, frames="f"),
    )
    assert outcomes == {"s1": ("assigned", "B"), "s2": ("assigned", "A")}


def test_five_candidates_are_shown() -> None:
    many = [f"d{number}" for number in range(9)]
    unknown = Probe("s", frozenset("f"), np.arange(9, dtype=np.int32), np.ones(9, bool))
    candidates = decide([unknown], many, None)[0].candidates
    assert candidates == (("d8", 8), ("d7", 7), ("d6", 6), ("d5", 5), ("d4", 4))
    assert len(candidates) == SHOWN == 5


@pytest.mark.parametrize(
    ("score", "outcome"), [(5999, "below_threshold"), (6000, "frame_conflict"), (6001, "frame_conflict")]
)  # fmt: skip
def test_who_reaches_the_threshold_for_a_deer_that_is_taken_is_in_conflict(
    score: int, outcome: str
) -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 0, 0, frames="f", known="A"),
        probe("s2", score, 0, 0, frames="f"),
    )
    assert outcomes["s2"] == (outcome, "A")


@pytest.mark.parametrize("threshold", [1, 6000, 10_000])
def test_exactly_the_threshold_is_enough_alone_and_on_a_shared_frame(threshold: int) -> None:
    assert one(threshold, 0, 0, threshold=threshold).outcome is DecisionOutcome.ASSIGNED
    outcomes = outcomes_of(
        probe("s1", threshold, 0, 0, frames="f"),
        probe("s2", 0, threshold, 0, frames="f"),
        threshold=threshold,
    )
    assert outcomes == {"s1": ("assigned", "A"), "s2": ("assigned", "B")}


def test_a_score_of_0_is_a_comparison_and_minus_1_is_none() -> None:
    verdict = one(0, -1, -1)
    assert (verdict.outcome, verdict.candidates) == (DecisionOutcome.BELOW_THRESHOLD, (("A", 0),))
    nothing = one(-1, -1, -1)
    assert (nothing.deer, nothing.score, nothing.margin) == (None, None, None)


def test_equal_scores_are_ranked_in_the_order_of_the_deer_and_have_no_margin() -> None:
    verdict = one(7000, 8000, 7000, threshold=None)
    assert [deer for deer, _ in verdict.candidates] == ["B", "A", "C"]
    assert one(7000, 7000, 1).margin == 0


def test_one_deer_alone_is_assigned_or_not() -> None:
    for score, outcome in (
        (5999, DecisionOutcome.BELOW_THRESHOLD),
        (6000, DecisionOutcome.ASSIGNED),
    ):
        unknown = Probe("s", frozenset("f"), np.array([score], np.int32), np.ones(1, bool))
        assert decide([unknown], ["A"], 6000)[0].outcome is outcome


def test_without_sightings_or_without_deer_nothing_is_decided() -> None:
    assert decide([], DEER, 6000) == []
    unknown = Probe("s", frozenset("f"), np.empty(0, np.int32), np.empty(0, bool))
    assert decide([unknown], [], 6000)[0].outcome is DecisionOutcome.NO_REFERENCE


def test_a_known_deer_is_free_for_those_who_share_no_frame_with_it() -> None:
    # s1 and s3 are decided together, through s2, but were never on one photograph
    outcomes = outcomes_of(
        probe("s1", 9000, 0, 0, frames="f"),
        probe("s2", 0, 9000, 0, frames="fg"),
        probe("s3", 9000, 0, 0, frames="g", known="A"),
    )
    assert outcomes["s1"] == ("assigned", "A")


def test_all_known_deer_of_a_frame_are_taken() -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 8000, 7000, frames="f", known="A"),
        probe("s2", 9000, 8000, 7000, frames="f", known="AB"),
        probe("s3", 9000, 8000, 7000, frames="f"),
        probe("s4", 9000, 8000, 6500, frames="f"),
    )
    assert outcomes["s3"] == ("assigned", "C")
    assert outcomes["s4"] == ("frame_conflict", "A")


def test_a_long_row_of_shared_frames_is_one_group() -> None:
    row = [probe(f"s{n}", 9000 - n, 0, 0, frames="abcdefgh"[n : n + 2]) for n in (5, 1, 3, 0, 4, 2)]
    assigned = [name for name, (outcome, _) in outcomes_of(*row).items() if outcome == "assigned"]
    assert assigned == ["s0"]


def test_the_higher_total_wins_also_where_its_deer_come_last() -> None:
    # the last deer brings one unit more for s0 than the first, which the order of the deer prefers
    deer = [f"d{number}" for number in range(9)]
    scores = np.full((2, 9), 7000, np.int32)
    scores[0, 8] = 7001
    unknown = [
        Probe(f"s{n}", frozenset("f"), row, np.ones(9, bool)) for n, row in enumerate(scores)
    ]
    assert [verdict.deer for verdict in decide(unknown, deer, 6000)] == ["d8", "d0"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (4500, {"s1": ("assigned", "A"), "s2": ("frame_conflict", "A")}),  # 9000 against 9000
        (4501, {"s1": ("assigned", "B"), "s2": ("assigned", "A")}),
    ],
)
def test_one_high_score_stands_against_two_low_ones_unless_they_are_more(
    second: int, expected: dict[str, tuple[str, object]]
) -> None:
    outcomes = outcomes_of(
        probe("s1", 9000, 4500, 0, frames="f"),
        probe("s2", second, 0, 0, frames="f"),
        threshold=4000,
    )
    assert outcomes == expected


def test_the_margin_is_that_of_the_ranking_whoever_is_assigned() -> None:
    verdicts = decide(
        [probe("s1", 9000, 7000, 0, frames="f"), probe("s2", 8900, 100, 0, frames="f")], DEER, 6000
    )
    assert [(item.deer, item.score, item.margin) for item in verdicts] == [
        ("B", 7000, 2000),
        ("A", 8900, 8800),
    ]


def of_stratum(stratum: Stratum, name: str, *scores: int, frames: str = "") -> Probe:
    return replace(probe(name, *scores, frames=frames), stratum=stratum)


def test_a_threshold_for_one_stratum_leaves_the_other_for_review_and_its_deer_free() -> None:
    left = of_stratum(Stratum.WITHOUT_PATTERN, "s1", 9000, 5000, 5000, frames="f")
    taken = of_stratum(Stratum.WITH_PATTERN, "s2", 8000, 7000, 5000, frames="f")
    low = of_stratum(Stratum.WITHOUT_PATTERN, "s3", 5000, 4000, 3000)
    verdicts = decide([left, taken, low], DEER, 6000, Stratum.WITH_PATTERN)
    assert [(item.outcome.value, item.deer) for item in verdicts] == [
        ("unbounded", "A"),
        ("assigned", "A"),
        ("below_threshold", "A"),
    ]
    for_all = decide([left, taken, low], DEER, 6000)
    assert [item.deer for item in for_all[:2]] == ["A", "B"]
