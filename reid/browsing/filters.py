"""Filters of the gallery: which photographs a person wants to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from reid.imaging.capture_time import day_begins, day_ends
from reid.models import Detection, Image, Tag
from reid.naming import name_key

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from reid.models import DetectionQuerySet

FEW: Final = 5_000
"""Detections of a class that are looked up at once."""


class Shows(StrEnum):
    """What is to be seen on a photograph."""

    ANIMALS = "animals"
    BLANK = "blank"
    UNLOOKED = "unlooked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for; every part that is not given leaves all photographs in.

    `first` and `last` are days of the ranch, both inclusive. What is said of a detection (deer, class, reviewed,
    confidence) must be true of one and the same valid detection. `confidence` from 0 to 1.
    """

    camera: UUID | None = None
    first: date | None = None
    last: date | None = None
    deer: UUID | None = None
    is_unnamed: bool = False
    classification: str = ""
    is_reviewed: bool | None = None
    confidence: float | None = None
    shows: Shows | None = None
    is_favourite: bool = False
    tag: str = ""
    made_by_import: UUID | None = None
    video: UUID | None = None
    """Of which the photographs are frames."""

    def narrowed(self) -> QuerySet[Image]:
        """The photographs, in no order."""
        images = Image.objects.filter(self._of_image()).order_by()
        if self.tag:
            tagged = Image.tags.through._default_manager.filter(
                tag__in=Tag.objects.filter(name_key=name_key(self.tag))
            )
            images = images.filter(pk__in=tagged.values("image"))
        if (detections := self._detections()) is not None:
            # What is on few of many photographs is looked up. The other filters leave many, so the photographs are
            # gone through in their order until the page is full.
            if self.deer is not None or self._is_of_rare_class():
                images = images.filter(pk__in=detections.values("image"))
            else:
                images = images.filter(Exists(detections.filter(image=OuterRef("pk"))))
        valid = Exists(Detection.objects.valid().filter(image=OuterRef("pk")))
        match self.shows:
            case Shows.ANIMALS:
                images = images.filter(valid)
            case Shows.BLANK:
                images = images.filter(~valid, looked=Image.Looked.YES)
            case Shows.UNLOOKED:
                images = images.exclude(looked=Image.Looked.YES)
        return images

    def _is_of_rare_class(self) -> bool:
        """Whether the class that is asked for is on few photographs; an index counts no further than that."""
        if not self.classification:
            return False
        rows = Detection.objects.valid().filter(effective_class=self.classification).order_by()
        return rows.values("pk")[:FEW].count() < FEW

    def _of_image(self) -> Q:
        wanted, zone = Q(), timezone.get_default_timezone()
        if self.camera is not None:
            wanted &= Q(camera=self.camera)
        if self.first is not None:
            wanted &= Q(captured_at__gte=day_begins(self.first, zone))
        if self.last is not None:
            wanted &= Q(captured_at__lt=day_ends(self.last, zone))
        if self.is_favourite:
            wanted &= Q(is_favourite=True)
        if self.made_by_import is not None:
            wanted &= Q(made_by_import=self.made_by_import)
        if self.video is not None:
            wanted &= Q(video=self.video)
        return wanted

    def _detections(self) -> DetectionQuerySet | None:
        """What one detection of the photograph must be; None where nothing is asked of any."""
        rows = Detection.objects.valid()
        all_of_them = rows
        if self.deer is not None:
            rows = rows.filter(deer=self.deer)
        if self.is_unnamed:
            rows = rows.of_deer_class().filter(deer__isnull=True)
        if self.classification:
            rows = rows.filter(effective_class=self.classification)
        if self.is_reviewed is not None:
            rows = rows.filter(reviewed_at__isnull=not self.is_reviewed)
        if self.confidence is not None:
            rows = rows.filter(confidence__gte=self.confidence)
        return None if rows is all_of_them else rows
