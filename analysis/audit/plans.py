"""Audit plans in the database: frozen once, and expired when they no longer fit the store.

A plan fixes the scorer, the gallery, every would-be assignment at its lowest candidate, the candidates
themselves and the random order, all before the first judgement. It expires where one of these assignments
is no longer what a run would make, where the gallery changed, or where the unreviewed sightings grew by
more than a tenth. With it come the planted pairs that measure its judges. Judgements change no identity: that
would change the scores that are being judged.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
from django.db import transaction
from django.utils import timezone

from analysis.audit import planted_pairs
from analysis.score_log.session import AnalysisError
from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.betting_test import draw_key
from reid.identifying.thresholds import REFERENCES
from reid.models import AuditItem, AuditPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.audit.state import CandidateThreshold
    from analysis.score_log.sighting_log import SightingLog
    from reid.models import Scorer

GROWTH: Final = 1.1
_BATCH: Final = 1000

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


def freeze(store: Store, candidates: Sequence[CandidateThreshold], alpha_fdp: float) -> AuditPlan:
    """Freeze a plan over what the lowest of `candidates` (high to low) would assign.

    Raises AnalysisError where one is open, or where one answered the same question for this very store.
    """
    lowest = store.log.would_assign(candidates[-1].threshold)
    rows = sorted(
        (str(sighting), str(deer), int(score))
        for (sighting, deer), score in zip(lowest.pairs, lowest.scores, strict=True)
    )
    with transaction.atomic():
        type(store.scorer).objects.select_for_update().get(pk=store.scorer.pk)
        _refuse_to_ask_again(store, alpha_fdp)
        plan = AuditPlan.objects.create(
            scorer=store.scorer,
            gallery_fingerprint=store.gallery_fingerprint,
            population_sha256=_population_sha256(rows),
            n_population=store.log.unreviewed,
            alpha_fdp=alpha_fdp,
            candidates=[_frozen(item, store.log, rows) for item in candidates],
            salt=secrets.token_hex(32),
        )
        items = [_item(plan, row, is_planted=False) for row in rows]
        items += [_item(plan, row, is_planted=True) for row in _wrong_pairs(store.log, plan.salt)]
        items.sort(
            key=lambda item: str(item.sighting_id)
        )  # so that no number reveals the planted ones
        AuditItem.objects.bulk_create(items, batch_size=_BATCH)
    return plan


def _item(plan: AuditPlan, row: tuple[str, str, int], *, is_planted: bool) -> AuditItem:
    sighting, deer, score = row
    return AuditItem(
        plan=plan,
        sighting_id=sighting,
        deer_id=deer,
        score=score,
        u=draw_key(plan.salt, sighting),
        is_planted=is_planted,
    )


def _wrong_pairs(log: SightingLog, salt: str) -> list[tuple[str, str, int]]:
    """Pairs to plant: a sighting of known identity with the deer most like it that it is not.

    Drawn from the more alike half of them, since what anybody sees measures nobody.
    """
    trials = log.trials
    decoys = trials.decoys
    usable = decoys > NOT_COMPARED
    if not usable.any():
        return []
    alike = np.flatnonzero(usable & (decoys >= np.median(decoys[usable])))
    impostors = np.where(trials.eligible & ~trials.is_own, trials.scores, NOT_COMPARED)
    columns = impostors.argmax(axis=1)
    pairs = [
        (str(log.trial_sightings[row]), str(log.deer[columns[row]]), int(decoys[row]))
        for row in alike.tolist()
    ]
    return sorted(pairs, key=lambda pair: draw_key(salt, pair[0]))[: planted_pairs.MOST]


def _refuse_to_ask_again(store: Store, alpha_fdp: float) -> None:
    without_result = (AuditPlan.Status.EXPIRED, AuditPlan.Status.SPOILED)
    for plan in AuditPlan.objects.filter(scorer=store.scorer).exclude(status__in=without_result):
        if why_expired(plan, store):
            close(plan, AuditPlan.Status.EXPIRED)
        elif plan.status == AuditPlan.Status.OPEN:
            raise AnalysisError(OPEN_ALREADY.format(plan=plan.pk))
        elif alpha_fdp <= plan.alpha_fdp:
            raise AnalysisError(ANSWERED.format(plan=plan.pk, status=plan.status))


def _frozen(
    candidate: CandidateThreshold, log: SightingLog, rows: Sequence[tuple[str, str, int]]
) -> dict[str, Any]:
    """A candidate as the plan keeps it, with what a run at it would assign that cannot be drawn.

    Where animals share a frame, a stricter threshold may free a deer for another sighting. Such an
    assignment is not in the population, and counts as wrong.
    """
    population = {row[:2] for row in rows if row[2] >= candidate.threshold}
    assignments = {(str(one), str(two)) for one, two in log.would_assign(candidate.threshold).pairs}
    return {
        "threshold": candidate.threshold,
        "assigned": len(assignments),
        "population": len(population),
        "surely_wrong": len(assignments - population),
    }


def _population_sha256(rows: Iterable[tuple[str, str, int]]) -> str:
    text = "\n".join(" ".join(map(str, row)) for row in sorted(rows))
    return hashlib.sha256(text.encode()).hexdigest()


def why_expired(plan: AuditPlan, store: Store) -> str:
    """The reason why the plan no longer fits the store; empty while it does."""
    if plan.gallery_fingerprint != store.gallery_fingerprint:
        return GALLERY_CHANGED
    if store.log.unreviewed > GROWTH * plan.n_population:
        return POPULATION_GREW
    frozen = set(plan.items.filter(is_planted=False).values_list("sighting", flat=True))
    now = store.log.would_assign(plan.candidates[-1]["threshold"])
    rows = [
        (str(sighting), str(deer), int(score))
        for (sighting, deer), score in zip(now.pairs, now.scores, strict=True)
        if sighting in frozen
    ]
    return "" if _population_sha256(rows) == plan.population_sha256 else POPULATION_CHANGED


def latest_valid(store: Store) -> AuditPlan | None:
    """The newest plan that still fits the store, open or answered; reads only."""
    plans = AuditPlan.objects.filter(scorer=store.scorer).exclude(status=AuditPlan.Status.EXPIRED)
    return next((plan for plan in plans if not why_expired(plan, store)), None)


def current_plan(scorer: Scorer, gallery_fingerprint: str) -> AuditPlan:
    """The newest plan of the scorer, to write a judgement down in. Raises AnalysisError where there is none.

    Only the gallery is compared, which is quick; whether the population still stands is looked at before
    anything is concluded. An answered plan still takes what was handed out before the answer.
    """
    plans = AuditPlan.objects.filter(scorer=scorer).exclude(status=AuditPlan.Status.EXPIRED)
    plan = plans.first()
    if plan is None:
        raise NoPlanError(NO_PLAN)
    if plan.gallery_fingerprint != gallery_fingerprint:
        expire(plan, GALLERY_CHANGED)
    return plan


def valid_plan(store: Store) -> AuditPlan:
    """The newest plan that still fits the store. Raises AnalysisError; closes an open one that does not."""
    plan = latest_valid(store)
    if plan is not None:
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
    plan.save(update_fields=["status", "closed_at"])
