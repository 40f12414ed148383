"""Batch where no threshold can be proven: what it would ask, how much that takes, and how far it is. Pure.

The first gate speaks of strangers to come, whom a dozen deer say too little about. A batch speaks of the sightings
that are there alone (`analysis.stats.batch_certificate`), so it is offered where that gate cannot hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit.state import CandidateThreshold
from analysis.recommendation.fdp_gate import about_more
from analysis.recommendation.fpir_gate import More
from analysis.recommendation.types import BatchOffer, OfferedCandidate, Recommendation, Verdict
from analysis.stats.batch_certificate import (
    ERRORS_SHOWN,
    HALF,
    MIN_PAIRS,
    cuts,
    judgements_needed,
    likely_share,
    risk_of,
)
from analysis.stats.betting_test import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.audit.state import AuditState
    from analysis.recommendation.types import BatchSituation, Situation

HOPELESS: Final = 0.5
"""Forecast share of wrong pairs among the best of them from which on a batch is not worth beginning."""


def shares_of(situation: Situation, batch: BatchSituation) -> tuple[float, ...]:
    """The shares of the pairs that a batch asks for, where nobody names others.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    batch : BatchSituation
        What the batch rests on.

    Returns
    -------
    tuple of float
        Half of the share that is likely to be certified, then all of it. After a batch that has failed it is half
        of what failed at most.
    """
    share = likely_share(batch.scores, situation.gate.scores, situation.alpha_fdp)
    if batch.failed is not None:
        share = min(share, batch.failed_share * HALF)
    return (share * HALF, share)


def offer(situation: Situation, batch: BatchSituation, shares: Sequence[float] = ()) -> BatchOffer:
    """The batch that may be opened.

    Parameters
    ----------
    situation : Situation
        Of the scorer; `alpha_fdp` is the share of wrong pairs to be certified.
    batch : BatchSituation
        What the batch rests on.
    shares : sequence of float
        Shares of the pairs to ask for, in (0, 1]; none given: those of `shares_of`.

    Returns
    -------
    BatchOffer
        With the judgements that each candidate takes. Without a candidate where there is no pair.

    Examples
    --------
    12 deer, 40 labelled sightings, and 190 others whose best deer is alike beyond doubt:

    >>> from analysis.recommendation.fpir_gate import fpir_gate
    >>> from analysis.recommendation.types import Active, BatchSituation, Situation
    >>> nobody = np.array([], np.int32)
    >>> situation = Situation(
    ...     gate=fpir_gate(np.full(40, 5000, np.int32), np.arange(40) % 12),
    ...     assigned=lambda threshold: nobody,
    ...     eligible=190,
    ...     active=Active(7000),
    ... )
    >>> batch = BatchSituation(number=1, scores=np.arange(7000, 8900, 10, dtype=np.int32))
    >>> [(item.pairs, item.judgements) for item in offer(situation, batch).candidates]
    [(95, (53, 75, 87)), (190, (64, 99, 121))]
    """
    risk = risk_of(batch.number)
    candidates = tuple(
        OfferedCandidate(
            cut,
            pairs,
            pairs / len(batch.scores),
            tuple(
                judgements_needed(errors, pairs, situation.alpha_fdp, risk)
                for errors in ERRORS_SHOWN
            ),
        )
        for cut, pairs in cuts(batch.scores, shares or shares_of(situation, batch))
    )
    return BatchOffer(batch.number, risk, len(batch.scores), candidates)


def forecast(situation: Situation, made: BatchOffer) -> float:
    """The share of the best pairs that is wrong at most, if strangers are like the labelled deer.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    made : BatchOffer
        What would be asked, with a candidate.

    Returns
    -------
    float
        In [0, 1]: were all sightings strangers, so many of them would reach the score of the smallest candidate, as
        decoys do. 0 where nothing is labelled. It decides whether a batch is worth beginning, and proves nothing.
    """
    decoys, best = situation.gate.scores, made.candidates[0]
    if not len(decoys):
        return 0.0
    return min(1.0, float(np.mean(decoys >= best.threshold)) * made.pairs / best.pairs)


def of_no_use(made: BatchOffer, wrong: float) -> str:
    """The sentence that says why no batch is offered.

    Parameters
    ----------
    made : BatchOffer
        What would be asked, with a candidate.
    wrong : float
        Share of its best pairs that is wrong at most, by `forecast`.

    Returns
    -------
    str
        One sentence.
    """
    return (
        f"Nor is a batch of those that are there worth judging: by the labelled sightings up to {wrong:.0%} of even "
        f"the {made.candidates[0].pairs} best names would be wrong."
    )


def recommend_offer(situation: Situation, made: BatchOffer, why: str) -> Recommendation:
    """The verdict RECOMMEND_BATCH before a batch is opened.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    made : BatchOffer
        What would be asked; at least one candidate.
    why : str
        Sentence that says why no threshold can be proven.

    Returns
    -------
    Recommendation
        `more` is what a threshold still lacks, with the judgements of the batch.
    """
    assert situation.batch is not None  # noqa: S101 - an offer is made of it
    largest = made.candidates[-1]
    reason = (
        f"{why} {_failed(situation.batch)}A batch can be certified instead. It speaks of no stranger to come, but of "
        f"the {made.pairs} unreviewed sightings that are there: that at most {situation.alpha_fdp:.0%} of their "
        f"names are wrong. {_effort(made)} (audit_threshold plan --batch)."
    )
    gate = situation.gate.more
    more = More(gate.reviews, gate.deer, largest.judgements[0] or 0)
    candidates = tuple(
        CandidateThreshold(item.threshold, item.pairs, item.pairs < MIN_PAIRS)
        for item in made.candidates
    )
    return Recommendation(
        Verdict.RECOMMEND_BATCH, reason, situation, None, candidates, more, batch=made
    )


def _failed(batch: BatchSituation) -> str:
    if batch.failed is None:
        return ""
    first = batch.failed.candidates[0].evidence
    return (
        f"Batch {batch.failed.batch} has failed, {first.wrong} of {first.audited} judged names were wrong, and "
        "nothing of it is assigned. The next one is stricter, so that all together stay within 5%. "
    )


def _effort(made: BatchOffer) -> str:
    if made.candidates[0].pairs < MIN_PAIRS:
        return f"They are so few that each of the {made.pairs} is judged, and those found right are certified"
    return "It takes " + ", and ".join(_judgements(item, made) for item in made.candidates)


def _judgements(item: OfferedCandidate, made: BatchOffer) -> str:
    which = f"the {item.pairs} best of them" if item.pairs < made.pairs else f"all {item.pairs}"
    needed, *others = item.judgements
    words = [f"{number} with {errors}" for errors, number in enumerate(others, 1) if number]
    more = f" ({', '.join(words)})" if words else ""
    return f"{needed} judgements without an error{more} for {which}"


def recommend_unfinished(situation: Situation, state: AuditState, certified: str) -> Recommendation:
    """The verdict RECOMMEND_BATCH while a batch is open, or certified and not assigned.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    state : AuditState
        What was judged of the batch.
    certified : str
        What its certificate says; empty while it is open.

    Returns
    -------
    Recommendation
        `more.audits` is about how many judgements are left.
    """
    planned = tuple(item.candidate for item in state.candidates)
    if certified:
        reason = (
            f"Batch {state.batch} is certified: {certified}. Assign it (audit_threshold assign)."
        )
        return Recommendation(Verdict.RECOMMEND_BATCH, reason, situation, candidates=planned)
    current = next(item for item in state.candidates if item.evidence.status is Status.OPEN)
    audits = about_more(state, current)
    ready = ""
    if state.passed:
        pairs = state.passed[-1].candidate.assigned
        ready = f" The {pairs} best of its pairs are certified already and may be taken (audit_threshold assign)."
    reason = (
        f"Batch {state.batch} is under way: {state.audited} judged, about {audits} more for its "
        f"{current.candidate.assigned} best pairs (audit_threshold next).{ready}"
    )
    more = More(audits=audits)
    return Recommendation(Verdict.RECOMMEND_BATCH, reason, situation, candidates=planned, more=more)
