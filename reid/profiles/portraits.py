"""Portraits: the one picture that stands for a deer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from reid.models import KNOWN, Deer, Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID


def portraits(deer: Collection[UUID]) -> dict[UUID, UUID]:
    """The detection that stands for each of these deer; one that nobody is seen of has none. One query.

    The one that a person chose, while it still shows the deer; else the best one: not named by a guess alone, a whole
    animal (its box ends within the photograph), a reference, by daylight where that is known, the sharpest torso, the
    largest box.
    """
    own = Detection.objects.valid().public().filter(deer=OuterRef("pk"))
    chosen = own.filter(pk=OuterRef("portrait"))
    is_whole = Q(
        x__gt=0,
        y__gt=0,
        image__width__gt=F("x") + F("width"),
        image__height__gt=F("y") + F("height"),
    )
    best = own.alias(
        is_guess=Case(When(identity_source__in=KNOWN, then=0), default=1),
        is_cut=Case(When(is_whole, then=0), default=1),
    ).order_by(
        "is_guess",
        "is_cut",
        F("is_reference").desc(),
        F("torso__is_infrared").asc(nulls_last=True),
        F("torso__sharpness").desc(nulls_last=True),
        (F("width") * F("height")).desc(),
        "pk",
    )
    rows = Deer.objects.filter(pk__in=deer).order_by()
    found = rows.annotate(
        shown=Coalesce(Subquery(chosen.values("pk")[:1]), Subquery(best.values("pk")[:1]))
    )
    return {key: shown for key, shown in found.values_list("pk", "shown") if shown}
