"""Which threshold is in force in a space: an approved record, or the operator's own number."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reid.models import Deer, Detection, EmbeddingSpace, Threshold

if TYPE_CHECKING:
    from django.db.models import QuerySet


def in_force(space: EmbeddingSpace) -> Threshold | None:
    """The space's active threshold, or None: then nothing is assigned and everything is ranked.

    REID_THRESHOLD in the environment is an operator's approval. It is written down as a record of
    source env, which takes the place of the active one; without the setting that record is withdrawn,
    and a person approves again.
    """
    with transaction.atomic():
        # Locking the space makes two workers that start at once take turns.
        EmbeddingSpace.objects.select_for_update().get(pk=space.pk)
        of_space = Threshold.objects.filter(space=space)
        if settings.REID_THRESHOLD is None:
            of_space.filter(is_active=True, source=Threshold.Source.ENV).update(is_active=False)
        else:
            _use(of_space, space, Decimal(str(settings.REID_THRESHOLD)).quantize(Decimal("0.0001")))
        return of_space.filter(is_active=True).first()


def _use(of_space: QuerySet[Threshold], space: EmbeddingSpace, value: Decimal) -> None:
    if of_space.filter(is_active=True, source=Threshold.Source.ENV, value=value).exists():
        return
    of_space.filter(is_active=True).update(is_active=False)
    enrolled = Deer.objects.filter(detections__in=Detection.objects.references())
    Threshold.objects.create(
        space=space,
        value=value,
        source=Threshold.Source.ENV,
        gallery_size=enrolled.distinct().count(),
        approved_at=timezone.now(),
        is_active=True,
    )
