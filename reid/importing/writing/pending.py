"""Work that waits for the next flush: timelines to group again, names of sightings, references to enrol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.importing.writing.changes import LABEL
from reid.matching.enrolment import enrol

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from reid.importing.rows import Row
    from reid.importing.writing.changes import ChangeLog
    from reid.models import Detection, Image, Operation


@dataclass(slots=True)
class Pending:
    """What was written since the last flush, as far as a flush must know it."""

    timelines: TouchedTimelines = field(default_factory=TouchedTimelines)
    labels: dict[UUID, str] = field(default_factory=dict)
    named: set[UUID] = field(default_factory=set)
    size: int = 0
    """Detections."""

    def touch_image(self, image: Image) -> None:
        """The timeline of an image, as its camera and time are in hand."""
        self.timelines.add(image.camera_id, image.path, image.captured_at)

    def touch(self, detection: Detection, image: Image, row: Row) -> None:
        """A detection that has to be grouped, under the sighting's name that the row gives."""
        self.size += 1
        self.touch_image(image)
        if row.sighting and not (detection.sighting and detection.sighting.label):
            self.labels[detection.pk] = row.sighting
        if row.deer:
            self.named.add(detection.pk)

    def note_label(self, detection: Detection, changes: ChangeLog) -> None:
        """A stored detection's sighting gets a name, which undo takes back."""
        changes.note("detection", detection.pk, LABEL, "", self.labels[detection.pk])

    def flush(self, operation: Callable[[], Operation]) -> int:
        """Group and enrol all of it, within the caller's transaction; how many references were made."""
        regroup(self.timelines, self.labels)
        return enrol(self.named, operation()) if self.named else 0
