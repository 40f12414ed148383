"""Decisions of people on thresholds: approved, applied to what is logged, withdrawn, and undone.

An approval and its run are written in one transaction, and the run goes on at its cursor whoever does it, so
that a crash leaves an application that can be continued or undone. Undoing gives back every identity that it
changed, or nothing where somebody has changed one since, and puts the threshold before in force again.

REID_THRESHOLD stands in the way of applying alone: the next run would undo it. What is approved meanwhile
decides from the first run without the setting.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid import reviewing
from reid.db import shared_clock
from reid.identifying import apply_threshold, thresholds
from reid.identifying.run_workers import is_silent
from reid.identifying.thresholds import Now
from reid.matching.stored_gallery import load_gallery
from reid.models import (
    IdentityEvent,
    Operation,
    ReidRun,
    Scorer,
    Threshold,
    threshold_override,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from reid.identifying.thresholds import LogFacts

ENVIRONMENT: Final = (
    "REID_THRESHOLD is set, so the next run would undo the application of {value}: approve it now, "
    "and apply it when the setting is gone."
)
RECORD_OF_ENV: Final = "{value} is the record of an earlier REID_THRESHOLD, which nobody can approve: propose the value anew."
EXPIRED: Final = (
    "The proposal {value} has expired, because {why}: "
    "let test_reid_thresholds judge the store as it stands."
)
UNDER_WAY: Final = (
    "Run {run} is identifying with this scorer: wait until it has ended, or cancel it."
)
NOTHING_APPLIED: Final = "No application of a threshold is left to undo for the scorer {scorer}."
NOT_NEWEST: Final = "The newest application is that of {value}: only that one can be undone."
SUPERSEDED: Final = "{value} was approved since and is in force: undo or withdraw that one first."
REASON: Final = "The application of the threshold {value} was undone."


class ApprovalRefused(Exception):
    """Refusal; str() gives the reason and what to do, in one sentence."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Result of undoing: the threshold, how many detections changed back, and what is in force again."""

    threshold: Threshold
    detections: int
    in_force: Threshold | None


def approve(threshold: UUID, by: User) -> Threshold:
    """Put a threshold in force in the name of a person; the next run uses it. One in force already stays as it is.

    Raises ApprovalRefused where what it rests on no longer holds.
    """
    with _locked(threshold) as row:
        _approve(row, by)
    return row


def apply(threshold: UUID, by: User) -> ReidRun:
    """Approve and begin to apply it: a run that is written down, for `apply_threshold.advance` or the queue.

    An application of it that has not ended, or one that was completed, is returned instead, so that asking
    twice does it once. Raises ApprovalRefused as `approve` does, where REID_THRESHOLD is set, and where an
    identification is under way.
    """
    with _locked(threshold) as row:
        ended_early = [ReidRun.State.FAILED, ReidRun.State.CANCELLED]
        application = _applications(row).exclude(state__in=ended_early).first()
        if row.is_active and application is not None:
            return application
        if threshold_override() is not None:
            raise ApprovalRefused(ENVIRONMENT.format(value=row.value))
        silent = _refuse_beside_a_run(row.scorer)
        _approve(row, by)
        _go_on_by(row, silent)
        return apply_threshold.create_run(row)


def withdraw(threshold: UUID) -> bool:
    """Take a threshold out of force; whether it was in. The next run then only ranks, and withdraws what it gave."""
    with _locked(threshold) as row:
        return bool(Threshold.objects.filter(pk=row.pk, is_active=True).update(is_active=False))


def undo(scorer: Scorer, by: User, of: UUID | None = None) -> Undone:
    """Undo the newest application of one of the thresholds of the scorer, finished or not, as a whole.

    The score log still says what the machine chose. With `of`, where it is that threshold's. Raises
    ApprovalRefused where there is none, where another threshold was approved since, and where an identification
    is under way; ReviewError, naming the conflict, where an identity was changed since.
    """
    with transaction.atomic():
        Scorer.objects.select_for_update().get(pk=scorer.pk)
        threshold = newest_applied(scorer)
        if of is not None and of != threshold.pk:
            raise ApprovalRefused(NOT_NEWEST.format(value=threshold.value))
        active = Threshold.objects.in_force(scorer)
        if active is not None and active != threshold:
            raise ApprovalRefused(SUPERSEDED.format(value=active.value))
        silent = _refuse_beside_a_run(scorer)
        runs = list(_applications(threshold).select_for_update())
        detections = sum(_give_back(run, by) for run in runs)
        ended = ReidRun.objects.filter(pk__in=[run.pk for run in runs])
        ended.update(state=ReidRun.State.UNDONE, finished_at=shared_clock.now())
        Threshold.objects.filter(pk=threshold.pk).update(is_active=False)
        before = threshold.replaces
        if before is not None and before.source != Threshold.Source.ENV:
            Threshold.objects.filter(pk=before.pk).update(is_active=True)
        in_force = Threshold.objects.in_force(scorer)
        _go_on_by(in_force, silent)
        return Undone(threshold, detections, in_force)


def newest_proposal(scorer: Scorer) -> Threshold | None:
    """The threshold proposed last for the scorer, by analysis or by an operator, approved or not."""
    proposed = Threshold.objects.filter(scorer=scorer).exclude(source=Threshold.Source.ENV)
    return proposed.order_by("-proposed_at").first()


def newest_applied(scorer: Scorer) -> Threshold:
    """The threshold whose application can be undone. Raises ApprovalRefused where there is none."""
    newest = _not_undone().filter(scorer=scorer).first()
    if newest is None or newest.threshold is None or newest not in _applications(newest.threshold):
        raise ApprovalRefused(NOTHING_APPLIED.format(scorer=scorer))
    return newest.threshold


def refuse_expired(threshold: Threshold, log: LogFacts | None = None) -> None:
    """Raise ApprovalRefused where what a threshold rests on no longer holds for the references as they are.

    Whether the audited sightings are still the same only analysis can tell, which reads the whole `log` for it.
    """
    if threshold.source == Threshold.Source.ENV:
        raise ApprovalRefused(RECORD_OF_ENV.format(value=threshold.value))
    gallery = load_gallery(threshold.scorer).fingerprint
    if why := thresholds.validity(threshold, Now.read(gallery, log)).why:
        raise ApprovalRefused(EXPIRED.format(value=threshold.value, why=why))


def _approve(row: Threshold, by: User) -> None:
    if row.is_active:
        return
    refuse_expired(row)
    row.approve(by)


@contextmanager
def _locked(threshold: UUID) -> Iterator[Threshold]:
    """The threshold, with its scorer locked, so that two people who decide at once take turns."""
    with transaction.atomic():
        scorer = Threshold.objects.only("scorer").get(pk=threshold).scorer_id
        Scorer.objects.select_for_update().get(pk=scorer)
        yield Threshold.objects.select_related("scorer__space", "replaces").get(pk=threshold)


def _not_undone() -> QuerySet[ReidRun]:
    """Newest first."""
    applications = ReidRun.objects.filter(kind=ReidRun.Kind.APPLY)
    return applications.exclude(state=ReidRun.State.UNDONE).order_by("-heartbeat_at")


def _applications(threshold: Threshold) -> QuerySet[ReidRun]:
    """Those of its present approval: after a withdrawal runs have changed what an earlier one did."""
    approved_at = threshold.approved_at
    if approved_at is None:
        return ReidRun.objects.none()
    return _not_undone().filter(threshold=threshold, heartbeat_at__gte=approved_at)


def _refuse_beside_a_run(scorer: Scorer) -> list[ReidRun]:
    """An identification under way has read the threshold that it uses, and would write over this one's work.

    Those whose worker is silent are given, locked: `_go_on_by` is for them.
    """
    running = ReidRun.objects.select_for_update().filter(
        scorer=scorer, kind=ReidRun.Kind.IDENTIFY, state=ReidRun.State.RUNNING
    )
    runs = list(running.order_by("pk"))
    for run in runs:
        if not is_silent(run):
            raise ApprovalRefused(UNDER_WAY.format(run=run.pk))
    return runs


def _go_on_by(threshold: Threshold | None, silent: list[ReidRun]) -> None:
    """Have interrupted identifications go on by what is in force now: by what was, they would undo it later.

    What REID_THRESHOLD decides while it is set stays.
    """
    for run in silent:
        if not (run.is_overridden and threshold_override() is not None):
            run.use(threshold)
            run.save(update_fields=thresholds.OF_RUN)


def _give_back(run: ReidRun, by: User) -> int:
    """Undo the run's operations, newest first; detections that changed back. Raises ReviewError."""
    about = IdentityEvent.objects.filter(operation__run=run, detection__isnull=False)
    done = run.operations.filter(kind=Operation.Kind.RUN, undone_by__isnull=True)
    count = about.filter(operation__in=done).values("detection").distinct().count()
    reason = REASON.format(value=run.threshold.value if run.threshold else "")
    for operation in done.order_by("-created_at"):
        reviewing.undo(operation=operation.pk, actor=by, reason=reason)
    return count
