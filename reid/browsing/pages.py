"""Pages of the gallery by key: the newest photographs first, each page from where the last one ended.

Photographs without a time come last. No page costs more than another, however many photographs there are, and no
photograph of a page costs a query of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Prefetch, Q

from reid.models import Detection, Image

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reid.browsing.filters import Wanted

SIZE: Final = 60
"""Photographs on a page."""
NO_SUCH_PAGE: Final = "This is no place in the gallery: begin again at its top."


@dataclass(frozen=True, slots=True)
class Place:
    """A photograph's place in the gallery's order: its time, None where that is unknown, and its key."""

    captured_at: datetime | None
    key: UUID

    @classmethod
    def of(cls, image: Image) -> Place:
        return cls(image.captured_at, image.pk)

    def __str__(self) -> str:
        when = self.captured_at.isoformat() if self.captured_at else ""
        return f"{when}~{self.key.hex}"

    @classmethod
    def parsed(cls, text: str) -> Place:
        """The place that `str` gave out. Raises ValueError, in a sentence, for anything else."""
        when, separator, key = text.partition("~")
        try:
            moment = datetime.fromisoformat(when) if when else None
            if not separator or (moment and moment.tzinfo is None):
                raise ValueError(NO_SUCH_PAGE)
            return cls(moment, UUID(key))
        except ValueError as error:
            raise ValueError(NO_SUCH_PAGE) from error


@dataclass(frozen=True, slots=True)
class Page:
    """Photographs in order, with cameras, tags and detections; `after` is the place of the last one where more follow."""

    images: list[Image] = field(default_factory=list)
    after: Place | None = None


def page(wanted: Wanted, after: Place | None = None, size: int = SIZE) -> Page:
    """The first photographs that are wanted, or those that follow a place."""
    rows = _first(wanted.narrowed(), after, size + 1)
    images = _with_all(rows[:size])
    return Page(images, Place.of(images[-1]) if len(rows) > size else None)


def neighbours(wanted: Wanted, image: Image) -> tuple[UUID | None, UUID | None]:
    """The photographs before and after one in the gallery's order, the newer one first; None at the ends."""
    images, place = wanted.narrowed(), Place.of(image)
    older = _first(images, place, 1)
    return _newer(images, place), older[0] if older else None


def with_keys(keys: list[UUID]) -> list[Image]:
    """These photographs as a page has them, in the gallery's order; those that are gone are left out."""
    rows = Image.objects.filter(pk__in=keys).values_list("pk", "captured_at")
    known = dict(rows)
    return _with_all(sorted(known, key=lambda key: _rank(known[key], key), reverse=True))


def _rank(when: datetime | None, key: UUID) -> tuple[bool, float, UUID]:
    return (when is not None, when.timestamp() if when else 0.0, key)


def _first(images: QuerySet[Image], after: Place | None, count: int) -> list[UUID]:
    """Keys of so many photographs that follow a place: those with a time, then those without."""
    keys: list[UUID] = []
    if after is None or after.captured_at is not None:
        rows = images.filter(captured_at__isnull=False)
        if after is not None:
            rows = rows.filter(_beyond(after, "lt"))
        keys = list(rows.order_by("-captured_at", "-pk").values_list("pk", flat=True)[:count])
    if len(keys) < count:
        rows = images.filter(captured_at__isnull=True)
        if after is not None and after.captured_at is None:
            rows = rows.filter(pk__lt=after.key)
        keys += rows.order_by("-pk").values_list("pk", flat=True)[: count - len(keys)]
    return keys


def _newer(images: QuerySet[Image], place: Place) -> UUID | None:
    """The photograph right before a place."""
    if place.captured_at is None:
        untimed = images.filter(captured_at__isnull=True, pk__gt=place.key).order_by("pk")
        if (key := untimed.values_list("pk", flat=True).first()) is not None:
            return key
        rows = images.filter(captured_at__isnull=False)  # the oldest one with a time
    else:
        rows = images.filter(_beyond(place, "gt"))
    return rows.order_by("captured_at", "pk").values_list("pk", flat=True).first()


def _beyond(place: Place, side: str) -> Q:
    """On one side of the place (`lt` or `gt`); the first condition alone lets an index begin there."""
    at = {f"captured_at__{side}e": place.captured_at}
    strictly = Q(**{f"captured_at__{side}": place.captured_at})
    return Q(**at) & (strictly | Q(**{f"pk__{side}": place.key}))


def _with_all(keys: list[UUID]) -> list[Image]:
    """The photographs of these keys in their order, in a fixed number of queries."""
    detections = Detection.objects.select_related("deer").order_by("x", "y", "pk")
    rows = (
        Image.objects.filter(pk__in=keys)
        .select_related("camera")
        .prefetch_related("tags", Prefetch("detections", detections))
    )
    image_of = {image.pk: image for image in rows}
    return [image_of[key] for key in keys if key in image_of]
