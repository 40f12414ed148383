"""Rows that a request names: which of its ids exist, and which detections its filter finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from exports.requests.fields import first_ten
from exports.requests.rules import NOT_FOUND, RuleViolation
from reid.models import Camera, Deer, Deployment, Detection, DetectionQuerySet, Image
from reid.taxonomy import PRIVATE
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from exports.requests.parsing import Parsed
    from exports.requests.specs import DetectionSelection


def not_found(field: str, ids: list[UUID], total: int) -> RuleViolation:
    """How many ids do not exist, and the first ten of them."""
    return RuleViolation(
        NOT_FOUND, field, f"{len(ids)} of the {total} {field} do not exist: {first_ten(ids)}"
    )


def check_ids(parsed: Parsed, path: str) -> list[RuleViolation]:
    """Cameras and deer that a request names and that do not exist."""
    lookups: dict[str, Callable[[Iterable[UUID]], list[UUID]]] = {
        "cameras": unknown_cameras,
        "deer": unknown_deer,
    }
    violations = []
    for name, unknown_of in lookups.items():
        ids = parsed.get(name) or ()
        if unknown := unknown_of(ids):
            violations.append(not_found(f"{path}{name}", unknown, len(ids)))
    return violations


def unknown_cameras(ids: Iterable[UUID]) -> list[UUID]:
    """Those of which there is no camera, nor one that was merged into another."""
    return _missing(Camera.everything.all(), tuple(ids))


def unknown_deer(ids: Iterable[UUID]) -> list[UUID]:
    return _missing(Deer.objects.all(), tuple(ids))


def unknown_detections(ids: Iterable[UUID]) -> list[UUID]:
    """Those that do not exist or may not be exported: the caller cannot tell which."""
    return _missing(Detection.objects.public(), tuple(ids))


def standing(selection: DetectionSelection) -> DetectionSelection:
    """The same, where cameras and deer that were merged away are those that stand for them now."""
    stands: dict[UUID, UUID] = {}
    if selection.cameras:
        merged = Camera.everything.filter(pk__in=selection.cameras, merged_into__isnull=False)
        stands |= {camera.pk: camera.survivor.pk for camera in merged}
    if selection.deer:
        stands |= Deer.objects.survivors()
    return replace(
        selection,
        cameras=tuple(dict.fromkeys(stands.get(key, key) for key in selection.cameras)),
        deer=tuple(dict.fromkeys(stands.get(key, key) for key in selection.deer)),
    )


def named_cameras(ids: tuple[UUID, ...]) -> str:
    """The name of the one camera, else how many they are; empty where none is named."""
    return _named(Camera.objects.all(), ids, "camera", "cameras")


def named_deer(ids: tuple[UUID, ...]) -> str:
    """The name of the one deer, else how many they are; empty where none is named."""
    return _named(Deer.objects.all(), ids, "deer", "deer")


def cameras_without_coordinates(detections: Collection[UUID]) -> list[str]:
    """Names of the cameras of these detections that have no position, nor any deployment that has one, in order."""
    placed = Deployment.objects.filter(camera=OuterRef("pk"), latitude__isnull=False)
    nowhere = Camera.objects.filter(
        Q(latitude__isnull=True) | Q(longitude__isnull=True),
        ~Exists(placed),
        images__detections__in=detections,
    )
    return list(nowhere.order_by("name").values_list("name", flat=True).distinct())


def matching(
    selection: DetectionSelection, start: date | None, end: date | None, limit: int
) -> tuple[UUID, ...]:
    """Ids of the valid detections that the selection names, oldest photograph first, `limit` at most.

    `start` and `end` are local days, both inclusive; without them detections of any time, or none, match.
    """
    detections: DetectionQuerySet = Detection.objects.valid().public()
    if selection.classifications:
        detections = detections.filter(effective_class__in=selection.classifications)
    else:
        detections = detections.of_deer_class()
    if selection.cameras:
        detections = detections.filter(image__camera__in=selection.cameras)
    if selection.deer:
        detections = detections.filter(deer__in=selection.deer)
    if start and end:
        detections = detections.captured_between(midnight(start), midnight(end + timedelta(days=1)))
    ordered = detections.order_by("image__captured_at", "id").values_list("pk", flat=True)
    return tuple(ordered[:limit])


def empty_images(
    cameras: Collection[UUID], start: date | None, end: date | None, limit: int
) -> tuple[UUID, ...]:
    """Ids of the photographs on which nothing is, or nobody has looked, oldest first, `limit` at most.

    Never one on which a person or a vehicle was detected, thrown out or not. `start` and `end` are as in `matching`.
    """
    of_image = Detection.objects.filter(image=OuterRef("pk"))
    private = of_image.filter(effective_class__in=[item.value for item in PRIVATE])
    # Nearly every photograph is no double, so the index of doubles must not be used; SQLite would, of the bare column.
    images = Image.objects.alias(original=Coalesce("double_of", "double_of")).filter(
        ~Exists(of_image.filter(is_valid=True)),
        ~Exists(private),
        camera__isnull=False,
        captured_at__isnull=False,
        hidden_at__isnull=True,
        original__isnull=True,
    )
    if cameras:
        images = images.filter(camera__in=cameras)
    if start and end:
        images = images.filter(
            captured_at__gte=midnight(start), captured_at__lt=midnight(end + timedelta(days=1))
        )
    return tuple(images.order_by("captured_at", "id").values_list("pk", flat=True)[:limit])


def _missing(rows: QuerySet[Camera | Deer | Detection], ids: tuple[UUID, ...]) -> list[UUID]:
    if not ids:
        return []
    known = set(rows.filter(pk__in=ids).values_list("pk", flat=True))
    return [item for item in ids if item not in known]


def _named(rows: QuerySet[Camera] | QuerySet[Deer], ids: tuple[UUID, ...], *words: str) -> str:
    if len(ids) == 1:
        return rows.values_list("name", flat=True).get(pk=ids[0])
    return counted(len(ids), *words) if ids else ""


def midnight(day: date) -> datetime:
    """The start of a local day. By the calendar: counting 24 hours on would fail when clocks change."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())
