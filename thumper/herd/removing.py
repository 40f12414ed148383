"""Removal of the drawn herd from a store, with all that people and the machine said of it.

What people decided about drawn deer is undone first, the newest first; then the imports that brought them. Deer and
cameras that a person's own photographs use too stay. Its detector goes out of use: it knows drawings alone. The pictures are
deleted last.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q

from analysis.surveys import services
from reid import reviewing
from reid.identifying import approval
from reid.import_undo.undo import undo
from reid.models import Detection, Detector, Image, Import, Operation, Survey, Threshold
from thumper.herd import COLLECTION, loading
from thumper.herd.detector import shipped

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

REASON: Final = "removal of the sample herd"
_NOT_OF_PEOPLE: Final = (Operation.Kind.IMPORT, Operation.Kind.RUN, Operation.Kind.UNDO)


@dataclass(frozen=True, slots=True)
class Removal:
    """What went: photographs and deer of the herd, and decisions of people about it. `kept` rows are in use."""

    photographs: int
    deer: int
    decisions: int
    kept: int


def is_stored() -> bool:
    """Whether a photograph of the drawn herd is in the store."""
    return Image.objects.filter(path__below=COLLECTION).exists()


def was_removed() -> bool:
    """Whether an import was undone and no drawn photograph is left: nobody wants them back unasked."""
    return not is_stored() and Import.objects.filter(state=Import.State.UNDONE).exists()


def remove(by: User) -> Removal:
    """Take the herd out of the store. What was removed before a failure stays removed: it can be called again.

    Raises loading.StillBeingMade while it is being made, reviewing.ReviewError where a decision cannot be undone, and
    import_undo's UndoRefused while an import of it runs.
    """
    with loading.not_being_made():
        return _removed(by)


def _removed(by: User) -> Removal:
    decisions = _undo_decisions(by)
    _delete_surveys()
    reports = [undo(key, actor=by, keep_used=True) for key in _imports()]
    for threshold in Threshold.objects.filter(is_active=True, evidence__demonstration=True):
        approval.withdraw(threshold.pk)
    Detector.objects.filter(name=shipped.NAME).update(is_active=False)
    if not is_stored():
        shutil.rmtree(Path(settings.MEDIA_ROOT) / COLLECTION, ignore_errors=True)
    return Removal(
        photographs=sum(report.images for report in reports),
        deer=sum(report.deer for report in reports),
        decisions=decisions,
        kept=sum(report.kept for report in reports),
    )


def _undo_decisions(by: User) -> int:
    drawn = Detection.objects.filter(image__path__below=COLLECTION)
    acts = (
        Operation.objects.filter(
            Q(events__detection__in=drawn) | Q(events__deer__made_by_import__in=_imports()),
            undone_by=None,
        )
        .exclude(kind__in=_NOT_OF_PEOPLE)
        .order_by("-created_at", "-pk")
        .values_list("pk", flat=True)
    )
    done = list(dict.fromkeys(acts))
    for operation in done:
        reviewing.undo(operation=operation, actor=by, reason=REASON)
    return len(done)


def _delete_surveys() -> None:
    """Surveys that rest on drawn deer alone. One with captures of a person's own photographs stays as it was frozen."""
    rows = Detection.objects.filter(image__path__below=COLLECTION).values_list("pk", flat=True)
    drawn = {str(key) for key in rows}
    for survey in Survey.objects.all():
        shown = {key for item in survey.frozen["captures"] for key in item["detections"]}
        if shown and shown <= drawn:
            services.delete(survey)


def _imports() -> list[UUID]:
    """Keys of the imports that brought photographs of the herd, found or named what is on them, or brought days of its cameras.

    The newest first.
    """
    images = Image.objects.filter(path__below=COLLECTION)
    drawn = Detection.objects.filter(image__in=images)
    brought = (
        Q(images__in=images)
        | Q(detections__in=drawn)
        | Q(operation__events__detection__in=drawn)
        | Q(changes__model="detection", changes__row__in=drawn.values("pk"))
        | Q(kind=Import.Kind.DEPLOYMENTS, deployments__camera__images__in=images)
    )
    rows = Import.objects.filter(brought).exclude(state=Import.State.UNDONE)
    return list(dict.fromkeys(rows.order_by("-started_at").values_list("pk", flat=True)))
