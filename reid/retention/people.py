"""Photographs of people, deleted after PEOPLE_KEEP_DAYS. Off where that is 0.

The file goes, and every picture of the people in it. What is known of the photograph stays: its camera and time, by
which cameras are counted, and deer that were seen on it, with the pictures of their boxes alone.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.derived_files import delete_pictures
from reid.imaging.frame import Frame
from reid.models import Detection, Image
from reid.showing.photographs import delete_photographs
from reid.storage.photo_store import photo_store
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

BLOCK: Final = 200
"""Photographs between two writes: what a broken round has deleted is marked but for so many, and found anew."""


def count_deleted() -> int:
    """How many photographs of people have been deleted so far."""
    return Image.everything.filter(file_deleted_at__isnull=False).count()


def delete_old() -> int:
    """Delete the files that are due; how many. One that an import has brought back since goes once more."""
    if not settings.PEOPLE_KEEP_DAYS:
        return 0
    deleted = 0
    keys = list(_due().values_list("pk", flat=True))
    for start in range(0, len(keys), BLOCK):
        deleted += _delete(keys[start : start + BLOCK])
    if deleted:
        logger.info("photographs of people deleted: %d", deleted)
    return deleted


def _due() -> QuerySet[Image]:
    """Photographs with a person, older than the rule allows. One without a time is as old as what was found on it."""
    oldest = timezone.now() - timedelta(days=settings.PEOPLE_KEEP_DAYS)
    people = _people().filter(image=OuterRef("pk"))
    is_old = Q(captured_at__lt=oldest) | Q(captured_at__isnull=True) & Exists(
        people.filter(created_at__lt=oldest)
    )
    return Image.everything.filter(is_old, Exists(people)).order_by("pk")


def _people() -> QuerySet[Detection]:
    """Boxes of people, those that were not withdrawn by whoever looked."""
    return Detection.objects.filter(effective_class=Classification.PERSON.value)


def _delete(keys: list[UUID]) -> int:
    there = [
        (key, path)
        for key, path in Image.everything.filter(pk__in=keys).values_list("pk", "path")
        if photo_store.exists(path)
    ]
    _cut_out([key for key, _ in there])
    people = _people().filter(image__in=[key for key, _ in there])
    delete_pictures(people.values_list("pk", flat=True))
    delete_photographs(key for key, _ in there)
    for _key, path in there:
        photo_store.delete(path)
    marked = Image.everything.filter(pk__in=[key for key, _ in there])
    marked.update(file_deleted_at=timezone.now())
    return len(there)


def _cut_out(keys: list[UUID]) -> None:
    """Make the pictures of animals on these photographs that no run has made yet: they could not be made any more."""
    animals = Detection.objects.valid().public().filter(image__in=keys).select_related("image")
    for image, boxes in groupby(animals.order_by("image_id", "pk"), key=lambda item: item.image):
        crops_of_image(Frame.of(image), [CropRequest.of(item) for item in boxes], min_side=1)
