"""Work on a request: looked at, imported, searched for animals and identified by workers, and taken up again where one died.

One worker has a request at a time: whoever sets `at_work` first. It notes after each batch that it lives; silence, or
the news that it was killed, lets the next round of upkeep queue the request again. An import that was broken off is
finished by repeating it.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import redis
from django.db import Error
from django.db.models import Q
from django.utils import timezone

from reid.db import outage, shared_clock
from reid.detecting import registry
from reid.detecting.running import detect
from reid.identifying import identify
from reid.importing.detections import import_detections
from reid.importing.rows import SourceProblem
from reid.importing.writing import records
from reid.intake import requests, stations
from reid.intake.answers import options_of, source_of
from reid.intake.working import claims
from reid.models import SILENT_AFTER, Detection, Image, Import, ImportRequest, ReidRun

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
NOT_DETECTED: Final = (
    "The photographs are imported. The search for animals ended as {state}: start it again."
)
NOT_IDENTIFIED: Final = (
    "The photographs are imported. Identification ended as {state}: start it again."
)

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
            )
    except claims.Stopped as stopped:
        claims.end(request, State.CANCELLED, error=str(stopped))
    except SourceProblem as problem:
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
        _detect(request)


def _detect(request: ImportRequest) -> None:
    """Hand over to a run that finds boxes; nothing is to be done without a detector, or where all have been looked at."""
    unlooked = Image.objects.filter(made_by_import__request=request).exclude(
        looked=Image.Looked.YES
    )
    if registry.active() is None or not unlooked.exists():
        _identify(request)
        return
    claims.end(request, State.DETECTING, heartbeat_at=shared_clock.now())
    request.refresh_from_db()
    _start_run(request)


def _identify(request: ImportRequest, error: str = "") -> None:
    """Hand over to a run that identifies all sightings; nothing is to be done where no deer came in."""
    came_in = Q(made_by_import__request=request) | Q(image__made_by_import__request=request)
    if not Detection.objects.identifiable().filter(came_in).exists():
        claims.end(request, State.DONE, run=None, error=error)
        return
    now = shared_clock.now()
    claims.end(request, State.IDENTIFYING, heartbeat_at=now, run=None, error=error)
    request.refresh_from_db()
    _start_run(request)


def _start_run(request: ImportRequest) -> None:
    try:
        if request.state == State.DETECTING:
            scope = detect.DetectScope(request=str(request.pk))
            run = detect.start(request.actor, scope=scope)
        else:
            run = identify.start()
    except redis.ConnectionError:
        logger.warning("Redis is away: the run for %s waits", request.pk)
        return
    waiting = ImportRequest.objects.filter(pk=request.pk, state=request.state)
    waiting.update(run=run)


def on_run_done(run: ReidRun) -> None:
    """At the end of a run: the requests that waited for it are done, or wait for the next one."""
    waiting = ImportRequest.objects.filter(state__in=ImportRequest.WAITING, run=run.pk)
    for request in waiting.select_related("run", "actor"):
        _after_run(request)


def _after_run(request: ImportRequest) -> None:
    run = request.run
    if run is None:
        _start_run(request)
        return
    if run.state not in ReidRun.TERMINAL:
        return
    if request.state == State.DETECTING:
        is_done = run.state == ReidRun.State.COMPLETED
        _identify(request, "" if is_done else NOT_DETECTED.format(state=run.state))
        return
    imported = request.heartbeat_at
    if run.state == ReidRun.State.COMPLETED and run.started_at and imported:
        # A run that had begun before may have passed by the encounters that came in.
        if run.started_at < imported:
            _start_run(request)
        else:
            claims.end(request, State.DONE)
        return
    claims.end(request, State.DONE, error=NOT_IDENTIFIED.format(state=run.state))


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
    waiting = ImportRequest.objects.filter(state__in=ImportRequest.WAITING)
    for request in waiting.select_related("run", "actor"):
        _after_run(request)
    return resumed
