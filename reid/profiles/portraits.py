"""Portraits: the one picture that stands for a deer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from reid.models import Deer, Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID


def portraits(deer: Collection[UUID]) -> dict[UUID, UUID]:
    """The detection that stands for each of these deer; one that nobody is seen of has none. One query.

    The one that a person chose, while it still shows the deer; else the best reference: the sharpest torso, then the
    largest box; else the best of all its pictures by the same order.
    """
    own = Detection.objects.valid().public().filter(deer=OuterRef("pk"))
    chosen = own.filter(pk=OuterRef("portrait"))
    best = own.order_by(
        F("is_reference").desc(),
        F("torso__sharpness").desc(nulls_last=True),
        (F("width") * F("height")).desc(),
        "pk",
    )
    rows = Deer.objects.filter(pk__in=deer).order_by()
    found = rows.annotate(
        shown=Coalesce(Subquery(chosen.values("pk")[:1]), Subquery(best.values("pk")[:1]))
    )
    return {key: shown for key, shown in found.values_list("pk", "shown") if shown}
