"""Clocks after an undo: photographs are judged anew where a camera's deployments or photographs' times went back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from reid.models import Deployment, Image, ImportChange

if TYPE_CHECKING:
    from uuid import UUID

    from reid.models import Import


def cameras_of(record: Import) -> set[UUID]:
    """Cameras whose deployments the import made or changed, or of whose photographs it changed the time."""
    changes = ImportChange.objects.filter(record=record)
    days = Deployment.objects.filter(
        Q(made_by_import=record) | Q(pk__in=changes.filter(model="deployment").values("row"))
    )
    timed = Image.objects.filter(
        pk__in=changes.filter(model="image", field="captured_at").values("row")
    )
    return {
        key
        for rows in (days, timed)
        for key in rows.order_by().values_list("camera", flat=True).distinct()
        if key
    }
