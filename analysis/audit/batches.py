"""Batches in the database: plans that ask whether few of their own frozen pairs are wrong.

Where deer are too few to bound how often strangers to come are given a name, no threshold can assign. But that few
of the assignments that are there are wrong needs no number of deer (`analysis.stats.batch_certificate`). A batch
freezes its pairs of a sighting and a deer, and before the first answer at most two shares of them, best scores first.
Such a pair is right or wrong whatever becomes of the gallery, so that reviews may go on meanwhile and a batch never
expires; a person may abandon it. Every plan that is opened is counted, and none knows the answers of another one:
only what a person did not find right is not asked again.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction
from django.db.models import Max, Q

from analysis.audit import population
from analysis.audit.answers import Outcome, state_of
from analysis.audit.plans import close, close_passed, refuse_open
from analysis.score_log.session import AnalysisError
from analysis.score_log.sighting_log import WouldBe
from analysis.stats.batch_certificate import MIN_PAIRS, risk_of
from reid import reviewing
from reid.models import AuditItem, AuditPlan, Scorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from analysis.audit.plans import Store
    from analysis.audit.state import CandidateThreshold
    from analysis.score_log.sighting_log import SightingLog

LOWEST: Final = 1
"""Score units from which on a best deer counts as one."""

UNFINISHED: Final = (
    "Batch {number} is not finished: go on with it, assign what is certified, or abandon it "
    "(audit_threshold next, assign or abandon)."
)
NOTHING_OPEN: Final = "No batch is open or waits to be assigned."
NOTHING_PASSED: Final = "Nothing of batch {number} is certified yet: go on judging (audit_threshold next), or abandon it."


def pairs_of(log: SightingLog) -> WouldBe:
    """The best deer of every unreviewed sighting, but for pairs that a person did not find right."""
    pairs = log.would_assign(LOWEST)
    refused = _refused()
    kept = [number for number, pair in enumerate(pairs.pairs) if pair not in refused]
    return WouldBe(
        tuple(pairs.pairs[number] for number in kept), pairs.scores[np.array(kept, np.int64)]
    )


def _refused() -> set[tuple[Any, Any]]:
    """Pairs that a settled judgement did not find right, of judges that are believed."""
    doubtful = (Outcome.WRONG, Outcome.CANNOT_TELL)
    rows = AuditItem.objects.filter(
        Q(outcome=Outcome.CANNOT_TELL) | Q(outcome=Outcome.WRONG, second_look__in=doubtful),
        is_planted=False,
    )
    believed = rows.exclude(plan__status=AuditPlan.Status.SPOILED).order_by()
    return set(believed.values_list("sighting", "deer"))


def next_number() -> int:
    """Which plan of the store the next batch would be, from 1."""
    last: int | None = AuditPlan.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def newest() -> AuditPlan | None:
    """The batch that was opened last, by whatever scorer."""
    return opened().first()


def opened() -> QuerySet[AuditPlan]:
    """Every batch of the store, newest first."""
    return _batches().order_by("-number")


def unfinished() -> AuditPlan | None:
    """The newest batch that is open, or certified and not assigned: an earlier one too whose assignment was undone."""
    return next((plan for plan in opened() if is_unfinished(plan)), None)


def is_unfinished(plan: AuditPlan) -> bool:
    if plan.status == AuditPlan.Status.OPEN:
        return True
    return plan.status == AuditPlan.Status.PASSED and not is_assigned(plan)


def is_assigned(plan: AuditPlan) -> bool:
    """Whether its certified sightings have their deer; undoing that takes it back."""
    return plan.assignment is not None and plan.assignment.undone_by_id is None


def freeze_batch(
    store: Store, pairs: WouldBe, candidates: Sequence[CandidateThreshold], alpha_fdp: float
) -> AuditPlan:
    """Freeze a batch of those `pairs` that reach the lowest of `candidates` (high to low).

    Raises AnalysisError where another batch, or an audit of the scorer, is not finished.
    """
    rows = [row for row in population.rows_of(pairs) if row[2] >= candidates[-1].threshold]
    with transaction.atomic():
        # All of them, so that two plans never get one number.
        list(Scorer.objects.select_for_update().order_by("pk"))
        if (other := unfinished()) is not None:
            raise AnalysisError(UNFINISHED.format(number=other.number))
        refuse_open(store)
        number = next_number()
        plan = AuditPlan.objects.create(
            kind=AuditPlan.Kind.BATCH,
            number=number,
            scorer=store.scorer,
            gallery_fingerprint=store.gallery_fingerprint,
            population_sha256=population.sha256(rows),
            n_population=store.log.unreviewed,
            alpha_fdp=alpha_fdp,
            risk=risk_of(number),
            candidates=[_frozen(item, len(pairs.pairs)) for item in candidates],
            salt=secrets.token_hex(32),
        )
        contents = reviewing.contents([sighting for (sighting, _) in pairs.pairs])
        shown = {str(sighting): text for sighting, text in contents.items()}
        items = population.items(plan, rows, store.log, shown)
        AuditItem.objects.bulk_create(items, batch_size=population.BATCH)
    return plan


def _frozen(candidate: CandidateThreshold, of: int) -> dict[str, Any]:
    """A candidate as the plan keeps it. All of its pairs can be drawn, since they are what is assigned."""
    return {
        "threshold": candidate.threshold,
        "assigned": candidate.assigned,
        "population": candidate.assigned,
        "surely_wrong": 0,
        "share": candidate.assigned / of,
        "is_judged_whole": candidate.assigned < MIN_PAIRS,
    }


def settle() -> AuditPlan:
    """The unfinished batch, closed where its first candidate has passed and the next one is not decided yet.

    A judge may stop at any time: what has passed stays certified. Raises AnalysisError where nothing has.
    """
    with transaction.atomic():
        plan = _locked()
        if plan.status == AuditPlan.Status.OPEN:
            state = state_of(plan)
            if not state.passed:
                raise AnalysisError(NOTHING_PASSED.format(number=plan.number))
            close_passed(plan, state)
    return plan


def abandon() -> AuditPlan:
    """Give the unfinished batch up: nothing of it is or will be assigned. Raises AnalysisError where there is none."""
    with transaction.atomic():
        plan = _locked()
        close(plan, AuditPlan.Status.ABANDONED)
    return plan


def _locked() -> AuditPlan:
    plan = unfinished()
    if plan is not None:
        plan = _batches().select_for_update(of=("self",)).get(pk=plan.pk)
    if plan is None or not is_unfinished(plan):
        raise AnalysisError(NOTHING_OPEN)
    return plan


def _batches() -> QuerySet[AuditPlan]:
    return AuditPlan.objects.filter(kind=AuditPlan.Kind.BATCH).select_related(
        "assignment", "scorer"
    )
