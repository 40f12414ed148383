"""Purge of hidden rows: those that the log names no more, and files that an undo could not delete."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from reid.import_undo import files
from reid.models import (
    AuditItem,
    Decision,
    Deer,
    Detection,
    IdentityEvent,
    Image,
    Import,
    PlacedFile,
)

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    detections: int
    images: int
    deer: int
    files: int


def purge() -> Purged:
    """Delete what is hidden and named by nothing; repeating it changes nothing."""
    with transaction.atomic():
        detections = _delete(
            Detection.everything.filter(
                ~Exists(IdentityEvent.objects.filter(detection=OuterRef("pk"))),
                hidden_at__isnull=False,
            )
        )
        images = _delete(
            Image.everything.filter(
                ~Exists(Detection.everything.filter(image=OuterRef("pk"))),
                ~Exists(IdentityEvent.objects.filter(image=OuterRef("pk"))),
                hidden_at__isnull=False,
            )
        )
        deer = _delete(_unnamed_deer())
    left = files.without_photograph(PlacedFile.objects.filter(record__state=Import.State.UNDONE))
    purged = Purged(detections, images, deer, files.delete(left))
    if any(asdict(purged).values()):
        logger.info(
            "purged of undone imports: %d detections, %d photographs, %d deer, %d files",
            *asdict(purged).values(),
        )
    return purged


def _unnamed_deer() -> QuerySet[Deer]:
    hidden = Deer.everything.filter(
        *(
            ~Exists(model._default_manager.filter(deer=OuterRef("pk")))
            for model in (IdentityEvent, Decision, AuditItem)
        ),
        hidden_at__isnull=False,
    )
    if not hidden.exists():
        return hidden
    pairs = IdentityEvent.objects.filter(field="deer").values_list("before", "after").distinct()
    named = {value for pair in pairs for value in pair if value}
    return hidden.filter(
        pk__in=[key for key in hidden.values_list("pk", flat=True) if str(key) not in named]
    )


def _delete(rows: QuerySet[Any]) -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    model: type[Model] = rows.model
    for start in range(0, len(keys), 500):
        model._base_manager.filter(pk__in=keys[start : start + 500]).delete()
    return len(keys)
