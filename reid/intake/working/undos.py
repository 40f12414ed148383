"""Undos of imports, done by the worker of imports: asked for, worked on, taken up again where a worker died.

An undo and the news that it is done are one transaction. So a worker that was killed has changed nothing, and whoever
takes it up begins anew; two workers do no harm, for the second finds it done.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import redis
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from reid.db import outage, shared_clock
from reid.import_undo.undo import UndoRefused
from reid.importing.writing import records
from reid.intake import requests
from reid.intake.working import removal
from reid.intake.working.claims import MOST_ATTEMPTS
from reid.intake.working.work import QUEUED_FOR, SECONDS_PATIENT
from reid.models import SILENT_AFTER, ImportUndo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.contrib.auth.models import User

    from reid.import_undo.undo import UndoReport
    from reid.models import Import

logger = logging.getLogger(__name__)

JOB: Final = "reid.jobs.undo_import"
SHOWN_CONFLICTS: Final = 50
KILLED: Final = "Its worker was killed {count} times: look whether the server has enough memory, and ask for it again."
COUNTS: Final = ("images", "detections", "deer", "cameras", "files", "kept")

State = ImportUndo.State


def ask(record: Import, *, actor: User, keep_used: bool = False) -> ImportUndo:
    """Have a worker undo an import; the undo that is under way already, where there is one."""
    try:
        with transaction.atomic():
            undo = ImportUndo.objects.create(
                record=record, actor=actor, keep_used=keep_used, heartbeat_at=shared_clock.now()
            )
    except IntegrityError:
        return ImportUndo.objects.get(record=record, state=State.WAITING)
    try:
        requests.enqueue(JOB, undo.pk)
    except redis.RedisError:
        logger.warning("Redis is away: the undo of %s waits for the next round", record.pk)
    return undo


def work(key: UUID) -> None:
    """Do an undo that waits. Raises whatever went wrong that nobody expects, once the undo says so.

    A database that is away leaves it waiting: nothing was changed.
    """
    undo = _claim(key)
    if undo is None:
        return
    mine = ImportUndo.objects.filter(pk=undo.pk, state=State.WAITING)
    now = timezone.now
    try:
        with transaction.atomic():
            reports = removal.undo_whole(undo.record, actor=undo.actor, keep_used=undo.keep_used)
            ImportUndo.objects.filter(pk=undo.pk).update(
                state=State.DONE, at_work=False, counts=summed(reports), finished_at=now()
            )
    except UndoRefused as refused:
        first = [str(one) for one in refused.conflicts[:SHOWN_CONFLICTS]]
        mine.update(
            state=State.REFUSED,
            at_work=False,
            error=str(refused),
            conflicts=first,
            counts={"conflicts": len(refused.conflicts)},
            finished_at=now(),
        )
    except Exception as error:
        if outage.is_away(error):
            logger.warning("the undo of import %s waits for the database", undo.record_id)
            outage.patiently(lambda: on_killed(key), SECONDS_PATIENT)
            return
        logger.exception("the undo of import %s failed", undo.record_id)
        mine.update(
            state=State.FAILED, at_work=False, error=records.in_words(error), finished_at=now()
        )
        raise


def summed(reports: Iterable[UndoReport]) -> dict[str, int]:
    """What undos took away or would take away together, by name."""
    known = list(reports)
    return {name: sum(getattr(report, name) for report in known) for name in COUNTS}


def _claim(key: UUID) -> ImportUndo | None:
    """The undo, if it waits and this worker has it now."""
    now = shared_clock.now()
    waiting = ImportUndo.objects.filter(pk=key, state=State.WAITING)
    free = waiting.filter(Q(at_work=False) | Q(heartbeat_at__lt=now - SILENT_AFTER))
    if free.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=State.FAILED,
        at_work=False,
        error=KILLED.format(count=MOST_ATTEMPTS),
        finished_at=timezone.now(),
    ):
        return None
    if not free.update(at_work=True, heartbeat_at=now, attempts=F("attempts") + 1):
        return None
    return ImportUndo.objects.select_related("record__request", "actor").get(pk=key)


def on_killed(key: UUID) -> None:
    """The worker of an undo was killed: the next round queues it again at once."""
    at_work = ImportUndo.objects.filter(pk=key, state=State.WAITING, at_work=True)
    at_work.update(at_work=False, heartbeat_at=shared_clock.now() - QUEUED_FOR)


def resume_silent() -> list[str]:
    """Queue the undos whose worker is dead or that were never queued; which ones."""
    now = shared_clock.now()
    waiting = ImportUndo.objects.filter(state=State.WAITING)
    silent = waiting.filter(
        Q(at_work=True, heartbeat_at__lt=now - SILENT_AFTER)
        | Q(at_work=False, heartbeat_at__lte=now - QUEUED_FOR)
    )
    resumed = []
    for undo in silent:
        taken = waiting.filter(pk=undo.pk, heartbeat_at=undo.heartbeat_at)
        if taken.update(heartbeat_at=now, at_work=False):
            requests.enqueue(JOB, undo.pk)
            resumed.append(str(undo.pk))
    return resumed
