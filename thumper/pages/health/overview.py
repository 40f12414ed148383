"""Health page: whether everything is there, what runs and waits, what failed, and how much room is left."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import redis
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reid.identifying import run_lifecycle, run_workers
from reid.intake.watched import standing
from reid.models import Detector, ReidRun, Scorer
from reid.retention import people
from reid.storage.photo_store import photo_store
from thumper import health
from thumper.accounts import events
from thumper.accounts.roles import Permission, is_granted
from thumper.herd.detector import shipped
from thumper.models import AccountEvent
from thumper.pages.home import in_words
from thumper.runtime import queues

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

logger = logging.getLogger(__name__)

NEWEST_RUNS: Final = 10
LITTLE_ROOM: Final = 0.05
"""Share of a disk below which its room is called little."""

QUEUES: Final[dict[str, _StrPromise]] = {
    "imports": gettext_lazy("Imports"),
    "exports": gettext_lazy("Reports and archives"),
    "gpu": gettext_lazy("Identification"),
    "train": gettext_lazy("Training"),
    "maintenance": gettext_lazy("Housekeeping"),
}
KINDS: Final[dict[str, _StrPromise]] = {
    ReidRun.Kind.DETECT: gettext_lazy("Find animals on photographs"),
    ReidRun.Kind.IDENTIFY: gettext_lazy("Identify new sightings"),
    ReidRun.Kind.BACKFILL: gettext_lazy("Score everything anew"),
    ReidRun.Kind.TRAIN: gettext_lazy("Learn from this store's deer"),
    ReidRun.Kind.APPLY: gettext_lazy("Apply an approved threshold"),
    ReidRun.Kind.FLANKS: gettext_lazy("Guess flanks"),
}
_DONE: Final = ("sightings", "photographs", "detections")
"""What a run counts itself done by, where it does."""
PARTS: Final[dict[str, _StrPromise]] = {
    "database": gettext_lazy("Database"),
    "redis": gettext_lazy("Redis, which holds the queues"),
    "disk": gettext_lazy("Disk"),
    "worker_exports": gettext_lazy("Worker for reports and archives"),
    "worker_gpu": gettext_lazy("Worker for identification"),
}
NO_REDIS: Final = gettext_lazy(
    "Redis does not answer: look into the log of the server. What is stored is safe."
)
NO_SUCH_JOB: Final = gettext_lazy("This job is on the list no more.")


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk and what lies on it; sizes in bytes."""

    holds: str
    free: int
    total: int

    @property
    def used(self) -> int:
        return self.total - self.free

    @property
    def is_little(self) -> bool:
        return self.free < LITTLE_ROOM * self.total


def overview(request: HttpRequest) -> HttpResponse:
    parts, clocks = health.look()
    scorer = Scorer.objects.active()
    context: dict[str, Any] = {
        "parts": [
            (PARTS.get(name, name), state, state == health.OK) for name, state in parts.items()
        ],
        "is_ready": all(state == health.OK for state in parts.values()),
        "clocks": "" if clocks in (health.OK, "unknown") else clocks,
        "runs": _runs(),
        "disks": _disks(),
        "standing": in_words.standing(scorer),
        "alerts": in_words.alerts(scorer),
        "watched": standing.standings(),
        "sample_detector": shipped.NAME,
        "detectors": Detector.objects.order_by("-is_active", "name", "version"),
        "people_days": settings.PEOPLE_KEEP_DAYS,
        "people_deleted": people.count_deleted(),
        "may_act": is_granted(request.user, Permission.ADMINISTER),
    }
    try:
        states = queues.read()
    except redis.RedisError as error:
        logger.warning("the health page shows no queues: %s", error)
        context["problem"] = NO_REDIS
    else:
        context["queues"] = [(QUEUES[state.name], state) for state in states]
        context["failed"] = [job for state in states for job in state.failed]
    return render(request, "pages/health/overview.html", context)


@require_POST
def retry_job(request: HttpRequest, queue: str, job: str) -> HttpResponse:
    """POST: a failed job queued once more."""
    try:
        queues.retry(queue, job)
        events.record(AccountEvent.Kind.QUEUE_CHANGED, detail=f"retry {queue} {job}")
        messages.success(request, _("The job waits once more."))
    except queues.UnknownJob:
        messages.warning(request, str(NO_SUCH_JOB))
    return HttpResponseRedirect(reverse("health"))


@require_POST
def forget_job(request: HttpRequest, queue: str, job: str) -> HttpResponse:
    """POST: a failed job taken off the list."""
    try:
        queues.forget(queue, job)
        events.record(AccountEvent.Kind.QUEUE_CHANGED, detail=f"forget {queue} {job}")
        messages.success(request, _("The job is off the list."))
    except queues.UnknownJob:
        messages.warning(request, str(NO_SUCH_JOB))
    return HttpResponseRedirect(reverse("health"))


@require_POST
def cancel_run(request: HttpRequest, run: UUID) -> HttpResponse:
    """POST: a run that is under way stops at its next step."""
    if run_workers.request_cancel(ReidRun.objects.filter(pk=run)):
        messages.success(request, _("It stops at its next step. What it has done stays."))
    else:
        messages.warning(request, _("It had ended already."))
    return HttpResponseRedirect(reverse("health"))


@require_POST
def retry_run(request: HttpRequest, run: UUID) -> HttpResponse:
    """POST: a run that failed or was cancelled goes on where it was."""
    row = get_object_or_404(ReidRun, pk=run, kind__in=run_workers.ROUTES)
    if row.state in (ReidRun.State.FAILED, ReidRun.State.CANCELLED):
        run_workers.start(run_lifecycle.reopen(row))
        messages.success(request, _("It goes on where it was."))
    else:
        messages.warning(request, _("Only what failed or was cancelled can go on."))
    return HttpResponseRedirect(reverse("health"))


def _runs() -> list[dict[str, Any]]:
    """The newest runs; those that are not at their end come first."""
    ended = (ReidRun.State.FAILED, ReidRun.State.CANCELLED)
    return [
        {
            "row": run,
            "kind": KINDS[run.kind],
            "is_under_way": run.state not in ReidRun.TERMINAL,
            "can_go_on": run.state in ended and run.kind in run_workers.ROUTES,
            "done": next((run.counts[name] for name in _DONE if name in run.counts), None),
        }
        for run in ReidRun.objects.all()[:NEWEST_RUNS]
    ]


def _disks() -> list[Disk]:
    """The disks on which photographs, exports and models lie; one that holds several is named once.

    One that cannot be reached is not there; what it lacks is said of the parts.
    """
    folders = {
        _("reports and archives"): settings.EXPORT_ROOT,
        _("networks"): settings.MODEL_ROOT,
    }
    if photo_store.folder is not None:  # a bucket has no end that is known
        folders = {_("photographs"): photo_store.folder} | folders
    found: dict[int, list[str]] = {}
    sizes = {}
    for name, folder in folders.items():
        try:
            device, size = folder.stat().st_dev, shutil.disk_usage(folder)
        except OSError as error:
            logger.warning("the health page shows no disk of %s: %s", name, error)
            continue
        found.setdefault(device, []).append(name)
        sizes[device] = size
    return [
        Disk(", ".join(names), sizes[device].free, sizes[device].total)
        for device, names in found.items()
    ]
