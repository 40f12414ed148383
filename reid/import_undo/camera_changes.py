"""Changes of cameras that an undo would take along: whose work it would be, on cameras, deployments and outages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from reid.import_undo.conflicts import Conflict
from reid.models import CameraChange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

CHANGED: Final = "{subject} was changed by {by} on {at:%Y-%m-%d %H:%M}"


def with_changes(name: str, keys: Collection[UUID], edits: Iterable[Conflict]) -> list[Conflict]:
    """The edits, and with them rows of the model that people changed on their camera's page, or over HTTP.

    Each row is named once, by its latest change.
    """
    standing = CameraChange.objects.filter(
        subject=name, row__in=list(keys), before__isnull=False, after__isnull=False, undone_at=None
    )
    changes = standing.select_related("actor", "camera").order_by("created_at")
    found = {change.row: _conflict(name, change) for change in changes}
    return list((found | {edit.id: edit for edit in edits}).values())


def _conflict(name: str, change: CameraChange) -> Conflict:
    by, at = change.actor.get_username(), timezone.localtime(change.created_at)
    subject = f"camera {change.camera}" if name == "camera" else f"{name} of {change.camera}"
    text = CHANGED.format(subject=subject, by=by, at=at)
    return Conflict(name, change.row, text, by, change.created_at)
