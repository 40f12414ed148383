"""Audit plans in the database: frozen once, and expired when they no longer fit the store.

A plan fixes the scorer, the gallery, every would-be assignment at its lowest candidate, the candidates
themselves and the random order, all before the first judgement. It expires where one of these assignments
is no longer what a run would make, where the gallery changed, or where the unreviewed sightings grew by
more than a tenth. With it come the planted pairs that measure its judges. Judgements change no identity: that
would change the scores that are being judged.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from analysis.audit import population
from analysis.score_log.session import AnalysisError
from reid.identifying.thresholds import REFERENCES
from reid.models import AuditItem, AuditPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from analysis.audit.state import AuditState, CandidateThreshold
    from analysis.score_log.sighting_log import SightingLog
    from reid.models import Scorer
    from reid.strata import Stratum

GROWTH: Final = 1.1

NO_PLAN = "No audit is open: freeze one with audit_threshold plan."
OPEN_ALREADY = "Audit {plan} is open: go on with audit_threshold next."
ANSWERED = (
    "Audit {plan} has answered this for the store as it stands: it {status}. "
    "Asking again until it passes proves nothing; new photographs or references open a new question."
)
GALLERY_CHANGED = REFERENCES
POPULATION_CHANGED = "some of its sightings would no longer be assigned as they were"
POPULATION_GREW = "the unreviewed sightings have grown by more than a tenth"
EXPIRED = "Audit {plan} has expired, because {why}: freeze a new one with audit_threshold plan."


class AuditExpiredError(AnalysisError):
    """The plan no longer fits this store."""


class NoPlanError(AnalysisError):
    """No audit is open."""


@dataclass(frozen=True, slots=True)
class Store:
    """A scorer as it stands, which a plan is frozen on and compared with."""

    scorer: Scorer
    gallery_fingerprint: str
    log: SightingLog


def freeze(
    store: Store,
    candidates: Sequence[CandidateThreshold],
    alpha_fdp: float,
    only: Stratum | None = None,
) -> AuditPlan:
    """Freeze a plan over what the lowest of `candidates` (high to low) would assign: of one stratum, or of all.

    Raises AnalysisError where one is open, or where one answered the same question for this very store.
    """
    lowest = store.log.would_assign(candidates[-1].threshold, only)
    rows = population.rows_of(lowest)
    with transaction.atomic():
        type(store.scorer).objects.select_for_update().get(pk=store.scorer.pk)
        _refuse_to_ask_again(store, alpha_fdp, only)
        plan = AuditPlan.objects.create(
            scorer=store.scorer,
            gallery_fingerprint=store.gallery_fingerprint,
            population_sha256=population.sha256(rows),
            n_population=store.log.unreviewed,
            alpha_fdp=alpha_fdp,
            stratum=only or "",
            candidates=[_frozen(item, store.log, rows, only) for item in candidates],
            salt=secrets.token_hex(32),
        )
        items = population.items(plan, rows, store.log)
        AuditItem.objects.bulk_create(items, batch_size=population.BATCH)
    return plan


def _refuse_to_ask_again(store: Store, alpha_fdp: float, only: Stratum | None) -> None:
    refuse_open(store, only)
    without_result = (AuditPlan.Status.EXPIRED, AuditPlan.Status.SPOILED)
    for plan in _thresholds(store.scorer).exclude(status__in=without_result):
        if why_expired(plan, store):
            close(plan, AuditPlan.Status.EXPIRED)
        elif alpha_fdp <= plan.alpha_fdp and only is plan.only:
            raise AnalysisError(ANSWERED.format(plan=plan.pk, status=plan.status))


def refuse_open(store: Store, only: Stratum | None = None) -> None:
    """Raises AnalysisError where a plan of the scorer, or a batch, is open; closes one that no longer fits the store.

    Nor does one of other sightings than `only` (None: all) fit: strangers are no longer bounded where it asks.
    """
    plan = AuditPlan.objects.filter(_theirs(store.scorer), status=AuditPlan.Status.OPEN).first()
    if plan is None:
        return
    is_fit = plan.only is only and not why_expired(plan, store)
    if plan.kind == AuditPlan.Kind.BATCH or is_fit:
        raise AnalysisError(OPEN_ALREADY.format(plan=plan.pk))
    close(plan, AuditPlan.Status.EXPIRED)


def _frozen(
    candidate: CandidateThreshold,
    log: SightingLog,
    rows: Sequence[tuple[str, str, int]],
    only: Stratum | None,
) -> dict[str, Any]:
    """A candidate as the plan keeps it, with what a run at it would assign that cannot be drawn.

    Where animals share a frame, a stricter threshold may free a deer for another sighting. Such an
    assignment is not in the population, and counts as wrong.
    """
    population = {row[:2] for row in rows if row[2] >= candidate.threshold}
    would_be = log.would_assign(candidate.threshold, only)
    assignments = {(str(one), str(two)) for one, two in would_be.pairs}
    return {
        "threshold": candidate.threshold,
        "assigned": len(assignments),
        "population": len(population),
        "surely_wrong": len(assignments - population),
    }


def why_expired(plan: AuditPlan, store: Store) -> str:
    """The reason why the plan no longer fits the store; empty while it does."""
    if plan.gallery_fingerprint != store.gallery_fingerprint:
        return GALLERY_CHANGED
    if store.log.unreviewed > GROWTH * plan.n_population:
        return POPULATION_GREW
    frozen = set(plan.items.filter(is_planted=False).values_list("sighting", flat=True))
    now = store.log.would_assign(plan.candidates[-1]["threshold"], plan.only)
    rows = [row for row in population.rows_of(now) if UUID(row[0]) in frozen]
    return "" if population.sha256(rows) == plan.population_sha256 else POPULATION_CHANGED


def latest_valid(store: Store) -> AuditPlan | None:
    """The newest plan for a threshold that still fits the store, open or answered; reads only."""
    plans = _thresholds(store.scorer).exclude(status=AuditPlan.Status.EXPIRED)
    return next((plan for plan in plans if not why_expired(plan, store)), None)


def _thresholds(scorer: Scorer) -> QuerySet[AuditPlan]:
    return AuditPlan.objects.filter(scorer=scorer, kind=AuditPlan.Kind.THRESHOLD)


def _standing(scorer: Scorer) -> QuerySet[AuditPlan]:
    """The plans that nothing has ended but their answers, newest first: the scorer's, and batches, which are the store's."""
    ended = (AuditPlan.Status.EXPIRED, AuditPlan.Status.ABANDONED)
    return AuditPlan.objects.filter(_theirs(scorer)).exclude(status__in=ended)


def _theirs(scorer: Scorer) -> Q:
    return Q(scorer=scorer) | Q(kind=AuditPlan.Kind.BATCH)


def current_plan(scorer: Scorer, gallery_fingerprint: str) -> AuditPlan:
    """The newest plan of the scorer, or a newer batch, to write a judgement down in. Raises AnalysisError without one.

    Only the gallery is compared, which is quick; whether the population still stands is looked at before
    anything is concluded. An answered plan still takes what was handed out before the answer. The pairs of a batch
    are right or wrong whatever the gallery is.
    """
    plan = _standing(scorer).first()
    if plan is None:
        raise NoPlanError(NO_PLAN)
    if plan.kind == AuditPlan.Kind.BATCH:
        return plan
    if plan.gallery_fingerprint != gallery_fingerprint:
        expire(plan, GALLERY_CHANGED)
    return plan


def valid_plan(store: Store) -> AuditPlan:
    """The newest plan that still fits the store. Raises AnalysisError; closes an open one that does not."""
    for plan in _standing(store.scorer):
        if plan.kind == AuditPlan.Kind.BATCH or not why_expired(plan, store):
            return plan
    stale = AuditPlan.objects.filter(scorer=store.scorer, status=AuditPlan.Status.OPEN).first()
    if stale is not None:
        expire(stale, why_expired(stale, store))
    raise NoPlanError(NO_PLAN)


def expire(plan: AuditPlan, why: str) -> NoReturn:
    """Close the plan as expired. Raises AuditExpiredError with the reason."""
    close(plan, AuditPlan.Status.EXPIRED)
    raise AuditExpiredError(EXPIRED.format(plan=plan.pk, why=why))


def close(plan: AuditPlan, status: AuditPlan.Status) -> None:
    """Give the plan its final status; an expired one may have been answered before."""
    plan.status, plan.closed_at = status, timezone.now()
    plan.save(update_fields=["status", "closed_at", "certified_from"])


def close_passed(plan: AuditPlan, state: AuditState) -> None:
    """Close a plan of which a candidate has passed; of a batch, its pairs down to the last such one are certified."""
    if plan.kind == AuditPlan.Kind.BATCH:
        plan.certified_from = state.passed[-1].candidate.threshold
    close(plan, AuditPlan.Status.PASSED)
