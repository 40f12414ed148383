"""Which deer a person has said that a detection does not show, as the log of reviews has it.

A rejection is an event of its own: an identity that is taken away says nothing of which one may not come
back. The latest event of a pair counts, since naming the deer after all, or an undo, takes it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import IdentityEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

REJECTED: Final = "rejected"
"""Field of events that name both a detection and a deer; `after` says whether it is rejected now."""


def rejected_pairs(detections: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """The (detection, deer) pairs that are rejected now."""
    events = IdentityEvent.objects.filter(field=REJECTED, detection__in=list(detections))
    rows = events.order_by("pk").values_list("detection", "deer", "after")
    now = {(detection, deer): bool(after) for detection, deer, after in rows}
    return {pair for pair, is_rejected in now.items() if is_rejected}
