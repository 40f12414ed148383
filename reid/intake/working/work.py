"""Work on a request: looked at and imported by workers, and taken up again where one died. What follows is `waiting`.

One worker has a request at a time: whoever sets `at_work` first. It notes after each batch that it lives; silence, or
the news that it was killed, lets the next round of upkeep queue the request again. An import that was broken off is
finished by repeating it.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import Error
from django.db.models import Q
from django.utils import timezone

from reid.db import outage, shared_clock
from reid.db.disk import DiskRefuses
from reid.importing.detections import import_detections
from reid.importing.rows import SourceProblem
from reid.importing.writing import records
from reid.intake import requests, stations
from reid.intake.answers import options_of, source_of, title_of
from reid.intake.working import claims, waiting
from reid.models import SILENT_AFTER, Import, ImportRequest

if TYPE_CHECKING:
    from uuid import UUID


logger = logging.getLogger(__name__)

PREVIEW_MOST: Final = 5_000
"""Rows of a preview: what it would write is written in one transaction, for which others wait."""
SECONDS_PATIENT: Final = 60.0
"""An import waits so long for a database that is away, to be taken up again at once; else after SILENT_AFTER."""
QUEUED_FOR: Final = timedelta(minutes=3)
"""After this long without a worker a request is queued again: Redis was away, or has lost it."""

DIED: Final = "Its worker was killed; the import was finished by another."

State = ImportRequest.State


def work(key: UUID) -> None:
    """Do what a request waits for. Raises whatever went wrong that nobody expects, once the request says so."""
    request = ImportRequest.objects.filter(pk=key).first()
    try:
        if request is None or not claims.claim(request):
            return
        if request.state == State.CHECKING:
            _look(request)
        else:
            _import(request)
    except claims.TakenOver:
        logger.info("the import %s is in other hands", key)
    except Error as error:
        if not outage.is_away(error):
            raise
        logger.warning("the import %s waits for the database", key)
        outage.patiently(lambda: on_killed(key), SECONDS_PATIENT)


def _look(request: ImportRequest) -> None:
    try:
        preview = stations.preview(request) if request.is_of_stations else _preview(request)
    except claims.Stopped:
        claims.end(request, State.OPEN)
    except SourceProblem as problem:
        claims.end(request, State.OPEN, error=str(problem))
    except claims.TakenOver:
        raise
    except Exception as error:
        if outage.is_away(error):
            raise
        logger.exception("the look at import %s failed", request.pk)
        claims.end(request, State.OPEN, error=records.in_words(error))
        raise
    else:
        claims.end(request, State.OPEN, preview=preview, error="")


def _preview(request: ImportRequest) -> dict[str, Any]:
    """What a page shows of a dry run."""
    report = import_detections(
        source_of(request),
        actor=request.actor,
        options=options_of(request, dry_run=True, most=PREVIEW_MOST),
        progress=claims.beats(request),
        title=title_of(request),
    )
    document = report.as_dict()
    document["problems"] = [asdict(refusal) for refusal in report.refusals]
    document["looked_at"] = report.items
    document["is_part"] = report.items >= PREVIEW_MOST
    return document


def _import(request: ImportRequest) -> None:
    dead = request.records.filter(state=Import.State.RUNNING)
    dead.update(state=Import.State.FAILED, error=DIED, finished_at=timezone.now())
    try:
        if request.is_of_stations:
            stations.write(request)
        else:
            import_detections(
                source_of(request),
                actor=request.actor,
                options=options_of(request),
                progress=claims.beats(request),
                request=request,
                title=title_of(request),
            )
    except claims.Stopped as stopped:
        claims.end(request, State.CANCELLED, error=str(stopped))
    except (SourceProblem, DiskRefuses) as problem:
        claims.end(request, State.FAILED, error=str(problem))
    except claims.TakenOver:
        raise
    except Exception as error:
        if outage.is_away(error):
            raise
        logger.exception("the import %s failed", request.pk)
        claims.end(request, State.FAILED, error=records.in_words(error))
        raise
    else:
        waiting.search(request)


def on_killed(key: UUID) -> None:
    """The worker of a request was killed: the next round queues it again at once."""
    at_work = ImportRequest.objects.filter(pk=key, state__in=ImportRequest.WORKING, at_work=True)
    at_work.update(at_work=False, heartbeat_at=None)


def resume_silent() -> list[str]:
    """Queue the requests whose worker is dead or that were never queued; which ones. Go on after ended runs."""
    now = shared_clock.now()
    resumed = []
    silent = Q(at_work=True, heartbeat_at__lt=now - SILENT_AFTER) | Q(
        at_work=False, heartbeat_at__lt=now - QUEUED_FOR
    )
    working = ImportRequest.objects.filter(state__in=ImportRequest.WORKING)
    for request in working.filter(silent | Q(heartbeat_at__isnull=True)):
        taken = working.filter(pk=request.pk, heartbeat_at=request.heartbeat_at)
        if taken.update(heartbeat_at=now, at_work=False):
            requests.queue(request)
            resumed.append(str(request.pk))
    waiting.go_on_after_runs()
    return resumed
