"""End of a profile: one that an operation began goes out of sight when that is undone and nothing else refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from reid.models import CREATED, AuditItem, Deer, Detection, IdentityEvent

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.models import Operation
    from reid.reviewing.ledger import Ledger


def end_idle(ledger: Ledger, deer: Collection[UUID], done: Operation) -> None:
    """Hide those of these profiles whose beginning is undone, by this undo of `done` or before it, and which are empty.

    A profile that bears a detection, that another one was merged into, or that an audit has judged stays. The log goes
    on naming what is hidden, and undoing the undo brings it back.
    """
    ledger.write()  # what it asks of detections is asked of the store
    begun = IdentityEvent.objects.filter(
        Q(operation=done) | Q(operation__undone_by__isnull=False),
        deer=OuterRef("pk"),
        detection__isnull=True,
        field=CREATED,
        before__isnull=True,
    )
    idle = Deer.objects.filter(
        Exists(begun),
        ~Exists(Detection.everything.filter(deer=OuterRef("pk"))),
        ~Exists(Deer.everything.filter(merged_into=OuterRef("pk"))),
        ~Exists(AuditItem.objects.exclude(outcome="").filter(deer=OuterRef("pk"))),
        pk__in=deer,
    )
    for profile in idle.order_by("pk"):
        ledger.note_deer(profile, CREATED, {"name": profile.name, "sex": profile.sex}, None)
        profile.hide()
