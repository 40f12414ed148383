"""Photographs without an animal in a package: blank where somebody looked, else unclassified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from exports.archive.crops_zip import CHUNK, DELETED
from exports.camtrap.records import Empty, Sources
from exports.camtrap.sources import WITHHELD, LeftOut, photo_of, runs_of
from reid.models import Detection, Image
from reid.taxonomy import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

OBSERVED: Final = "not_empty"


def read_empty(ids: tuple[UUID, ...], sources: Sources, check: Callable[[], None]) -> None:
    """Add the photographs to the sources: three queries for each CHUNK, after which `check` is called."""
    for start in range(0, len(ids), CHUNK):
        _read_chunk(ids[start : start + CHUNK], sources)
        check()


def _read_chunk(ids: tuple[UUID, ...], sources: Sources) -> None:
    images = Image.objects.select_related("camera", "encounter").in_bulk(ids)
    shown = Detection.objects.filter(image__in=ids).order_by()
    animals, private = set(), set()
    for of_image, name, is_valid in shown.values_list("image", "effective_class", "is_valid"):
        if name in PRIVATE:
            private.add(of_image)
        elif is_valid:
            animals.add(of_image)
    cameras = {image.camera_id for image in images.values() if image.camera_id}
    sources.runs |= runs_of(cameras - sources.runs.keys())
    for key in ids:
        try:
            # What was empty when it was asked for may not be so any more.
            if key in private:
                raise LeftOut(WITHHELD)
            if key in animals:
                raise LeftOut(OBSERVED)
            if key not in images:
                raise LeftOut(DELETED)
            image = images[key]
            photo = photo_of(image, sources.runs)
        except LeftOut as left_out:
            sources.empty_missing[key] = left_out.reason
            continue
        encounter = image.encounter
        start = encounter.started_at if encounter else None
        end = encounter.ended_at if encounter else None
        is_seen = image.looked == Image.Looked.YES
        sources.add_empty(
            Empty(
                image=key,
                event=encounter.pk if encounter else key,
                event_start=timezone.localtime(start) if start else photo.captured_at,
                event_end=timezone.localtime(end) if end else photo.captured_at,
                kind="blank" if is_seen else "unclassified",
            ),
            photo,
        )
