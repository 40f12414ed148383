"""Decisions worked by hand: who gets which deer, and why not."""

from __future__ import annotations

import numpy as np

from reid.matching.decide import SHOWN, DecisionOutcome, Probe, SightingDecision, decide

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
    probe_of_nine = Probe("s", frozenset("f"), np.arange(9, dtype=np.int32), np.ones(9, bool))
    assert len(decide([probe_of_nine], many, None)[0].candidates) == SHOWN
