"""Own rows of an import: the detections that it made, and all that it touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from reid.models import Detection, IdentityEvent, Import, ImportChange

if TYPE_CHECKING:
    from django.db.models import QuerySet


def made_detections(record: Import) -> QuerySet[Detection]:
    """The detections that the import made, and those that detectors of the store drew on its photographs: nobody's work."""
    by_detector = Q(image__made_by_import=record, made_by_import__kind=Import.Kind.DETECTOR)
    return Detection.objects.filter(Q(made_by_import=record) | by_detector).order_by()


def touched_detections(record: Import) -> QuerySet[Detection]:
    """The detections that the import made, named or changed."""
    changed = ImportChange.objects.filter(record=record, model="detection").values("row")
    named = IdentityEvent.objects.filter(
        operation=record.operation_id, detection__isnull=False
    ).values("detection")
    return Detection.objects.filter(
        Q(pk__in=made_detections(record).values("pk")) | Q(pk__in=changed) | Q(pk__in=named)
    ).order_by()
