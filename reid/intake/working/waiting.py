"""Requests whose photographs are in: they wait for a run that searches for animals, and then for one that tells deer apart.

A run's end moves the requests on that waited for it. A person may stop a request, and have it go on: what runs have done stays,
and the next one does the rest.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import redis
from django.db.models import Q

from reid.db import shared_clock
from reid.detecting import registry
from reid.detecting.running import detect
from reid.identifying import identify, run_workers
from reid.intake import requests
from reid.intake.refusals import NotNow
from reid.intake.working import claims
from reid.models import Detection, Image, ImportRequest, ReidRun

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

NOT_DETECTED: Final = "The photographs are imported. The search for animals ended as {state}: let the import go on, on its page."
NOT_IDENTIFIED: Final = "The photographs are imported. Identification ended as {state}: let the import go on, on its page."
STOPPED: Final = {
    ImportRequest.State.DETECTING: "You have stopped it. The photographs are imported, and the animals that were found until then are "
    "kept. Let it go on, and the rest is searched.",
    ImportRequest.State.IDENTIFYING: "You have stopped it. The photographs are imported, and what was told apart until then is kept. "
    "Let it go on, and the rest is done.",
}

State = ImportRequest.State


def search(request: ImportRequest) -> None:
    """Hand over to a run that finds boxes; nothing is to be done without a detector, or where all have been looked at."""
    unlooked = Image.objects.filter(made_by_import__request=request).exclude(
        looked=Image.Looked.YES
    )
    if registry.active() is None or not unlooked.exists():
        _identify(request)
        return
    claims.end(request, State.DETECTING, heartbeat_at=shared_clock.now(), run=None, error="")
    request.refresh_from_db()
    _start_run(request)


def stop(request: ImportRequest) -> None:
    """Have a request wait no more: its run stops after the photographs in hand. Raises NotNow where it does not wait.

    A run that others wait for goes on for them; then the request ends at once.
    """
    requests.move(request, ImportRequest.WAITING, cancel_requested=True)
    if not run_workers.request_cancel(_own_runs(request)):
        _end_stopped(request)


def go_on(request: ImportRequest) -> None:
    """Have the rest done of what was stopped, or ended by a problem. Raises NotNow where nothing is left to do."""
    if not request.is_unfinished:
        raise NotNow(requests.NOT_NOW.format(title=request.title))
    requests.move(request, {State.DONE}, cancel_requested=False, finished_at=None)
    search(request)


def on_run_done(run: ReidRun) -> None:
    """At the end of a run: the requests that waited for it are done, or wait for the next one."""
    waiting = ImportRequest.objects.filter(state__in=ImportRequest.WAITING, run=run.pk)
    for request in waiting.select_related("run", "actor"):
        _after_run(request)


def go_on_after_runs() -> None:
    """Move on whatever waits for a run that has ended, or was never begun."""
    waiting = ImportRequest.objects.filter(state__in=ImportRequest.WAITING)
    for request in waiting.select_related("run", "actor"):
        _after_run(request)


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
    except redis.RedisError:
        logger.warning("Redis is away: the run for %s waits", request.pk)
        return
    waiting = ImportRequest.objects.filter(pk=request.pk, state=request.state)
    waiting.update(run=run)


def _after_run(request: ImportRequest) -> None:
    run = request.run
    if run is None:
        _start_run(request)
        return
    if run.state not in ReidRun.TERMINAL:
        return
    if request.cancel_requested:
        _end_stopped(request)
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


def _end_stopped(request: ImportRequest) -> None:
    claims.end(request, State.DONE, error=STOPPED[State(request.state)])


def _own_runs(request: ImportRequest) -> QuerySet[ReidRun]:
    """The runs that were begun for a request; none where other requests wait for its run too."""
    if request.state == State.DETECTING:
        scope = {"counts__scope__request": str(request.pk)}
        return ReidRun.objects.filter(kind=ReidRun.Kind.DETECT, **scope)
    waiting = ImportRequest.objects.filter(run=request.run_id, state__in=ImportRequest.WAITING)
    if waiting.filter(cancel_requested=False).exclude(pk=request.pk).exists():
        return ReidRun.objects.none()
    return ReidRun.objects.filter(pk=request.run_id) if request.run_id else ReidRun.objects.none()
