"""The one writer of imports: readings -> rows of the database, a batch at a time.

An import adds what was unknown (a time, a camera, a class, a flank, a sighting's name) and never changes what was
known, with one exception: another deer for a detection whose identity came from an import or a machine
replaces it, so that a corrected file can be imported again. An identity that a person reviewed is never
changed. Every identity it writes is an event of one Operation, in the name of who imports.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.grouping.locks import wait_for_others
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.imaging.crops import Box
from reid.importing.reading.files import NAME_TAKEN
from reid.importing.report import ALREADY, DOUBLE, REVIEWED
from reid.importing.rows import Refusal, RefusalReason
from reid.importing.writing import looks, merge_row
from reid.importing.writing.names import Names
from reid.importing.writing.placement import place
from reid.matching.enrolment import enrol
from reid.models import Detection, EventLog, Image, Import, Operation, Sighting

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

    from reid.importing.reading.prepare import Reading
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row
    from reid.models import Deer

_SOURCE: Final = Detection.IdentitySource


class ImportWriter:
    """One import's writing, and what waits for the next flush."""

    def __init__(
        self,
        tally: ReportBuilder,
        *,
        actor: AbstractBaseUser,
        record: Import,
        time_zone: str,
        reason: str,
    ) -> None:
        self.tally = tally
        self.record = record
        self.actor = actor
        self.reason = reason
        self.mentioned: set[str] = set()
        """Every camera that a row named, whether it was needed or not."""
        self.names = Names(tally, record, time_zone)
        self.touched = TouchedTimelines()
        self.labels: dict[UUID, str] = {}
        self.named: set[UUID] = set()
        self.waiting = 0

    @cached_property
    def operation(self) -> Operation:
        """Written with the import's first identity: an import without any leaves no operation."""
        operation = Operation.objects.create(
            kind=Operation.Kind.IMPORT,
            actor_id=self.actor.pk,
            selection=Operation.Selection.IMPORT,
            reason=self.reason,
        )
        Import.objects.filter(pk=self.record.pk).update(operation=operation)
        return operation

    @transaction.atomic
    def flush(self) -> None:
        """Encounters, sightings and references of what was written since the last flush."""
        regroup(self.touched, self.labels)
        if self.named:
            self.tally.references += enrol(self.named, self.operation)
        self.touched, self.labels, self.named, self.waiting = TouchedTimelines(), {}, set(), 0

    @transaction.atomic
    def write(self, readings: list[Reading]) -> None:
        """One batch, in one transaction and a fixed number of queries.

        What it changes in stored rows is grouped and enrolled at once: were the import broken off
        before, nothing in those rows would show the next one that this is still to be done. New detections
        show it by having no sighting, so they wait for the flush.
        """
        self._lock([reading.image for reading in readings if reading.image])
        updated = self.tally.updated
        rows = [row for reading in readings for row, _ in reading.rows]
        self.mentioned |= {row.camera for row in rows}
        self.names.learn_cameras(
            {reading.camera for reading in readings if not (reading.image and reading.image.camera)}
            - {""}
        )
        self.names.learn_deer({row.deer for row in rows} - {""})
        images, new_images, completed = self._images(readings)
        detection_of = {
            (
                detection.image_id,
                Box(detection.x, detection.y, detection.width, detection.height),
            ): detection
            for detection in Detection.objects.select_for_update(of=("self",))
            .select_related("sighting")
            .filter(image__in=[image.pk for image in images.values()])
            .order_by("pk")  # as runs and reviews lock: whoever meets waits, never in a circle
        }
        self._place(readings, images, detection_of.values())
        new: list[tuple[Detection, Row]] = []
        changed: list[Detection] = []
        events = EventLog()
        for reading in readings:
            image = images[reading.located.stored]
            if reading.photograph and reading.photograph.sha256 != image.sha256:
                self._refuse(reading)
                continue
            for row, box in reading.rows:
                if box is None:
                    if image.pk in new_images and len(reading.rows) == 1:
                        self.tally.empty += 1
                    else:
                        self.tally.skipped[ALREADY] += 1
                elif (detection := detection_of.get((image.pk, box))) is None:
                    new.append((merge_row.made(image, row, box, self._deer(row), self.record), row))
                elif self._merge(detection, image, row, events):
                    changed.append(detection)
        Detection.objects.bulk_update(
            changed,
            [
                *("deer", "identity_source", "is_reference", "classification", "version"),
                *("flank", "flank_source", "scores_stale"),
                *("confidence", "detector", "source_label"),
            ],
        )
        self._create(new, events)
        if events:
            events.write(self.operation)
        if completed or self.tally.updated > updated:
            self.flush()

    def _place(
        self, readings: list[Reading], images: dict[str, Image], stored: Iterable[Detection]
    ) -> None:
        """Give rows the boxes of the detections that they are, and take the source's own doubles out."""
        stored_on: dict[UUID, list[Detection]] = defaultdict(list)
        for detection in stored:
            stored_on[detection.image_id].append(detection)
        for reading in readings:
            on_image = stored_on[images[reading.located.stored].pk]
            placement = place(reading.rows, on_image, self._may_be_one)
            reading.rows = placement.rows
            self.tally.left += placement.elsewhere
            if placement.doubles:
                self.tally.skipped[DOUBLE] += placement.doubles

    def _may_be_one(self, row: Row, stored: Detection) -> bool:
        """Whether a row can be a stored detection whose box is a little elsewhere.

        Not where this very import has stored it: doubles lie together in a source, and went before. And not where
        the two are known to be two deer.
        """
        deer = self._deer(row)
        is_known = stored.identity_source in (_SOURCE.IMPORTED, _SOURCE.REVIEWED)
        is_other_deer = is_known and deer is not None and deer.pk != stored.deer_id
        is_of_this_import = stored.made_by_import_id == self.record.pk
        return not (is_other_deer or is_of_this_import or stored.hidden_at)

    def _refuse(self, reading: Reading) -> None:
        """Another import has stored another photograph under this name since this one looked."""
        text = NAME_TAKEN.format(path=reading.located.stored)
        for row, _ in reading.rows:
            self.tally.refuse(Refusal(row.line, row.path, RefusalReason.CONFLICT, text))

    def _lock(self, images: list[Image]) -> None:
        """Lock what a regrouping of stored images will write, in the order that runs lock it too.

        Imports write one batch at a time, for a batch may turn out to complete images that a twin has stored
        since this one read them: it would regroup after it locked rows.
        """
        wait_for_others()
        encounters = {image.encounter_id for image in images if image.encounter_id}
        if encounters:
            sightings = Sighting.objects.filter(encounter__in=encounters)
            list(sightings.select_for_update().order_by("pk").values_list("pk"))

    def _images(self, readings: list[Reading]) -> tuple[dict[str, Image], set[UUID], bool]:
        """The batch's images by stored path, which of them are new, and whether any was completed."""
        images = {reading.image.path: reading.image for reading in readings if reading.image}
        new = []
        for reading in readings:
            if reading.photograph:
                new.append(
                    Image(
                        path=reading.located.stored,
                        sha256=reading.photograph.sha256,
                        size=reading.photograph.size,
                        source_path=reading.rows[0][0].path,
                        made_by_import=self.record,
                        width=reading.photograph.probe.width,
                        height=reading.photograph.probe.height,
                        captured_at=reading.captured_at,
                        camera=self.names.cameras.get(reading.camera),
                        looked=(look := looks.of(reading.rows)).state,
                        look_failure=look.failure,
                    )
                )
        completed = [
            reading.image
            for reading in readings
            if reading.image and self._complete(reading, reading.image)
        ]
        Image.objects.bulk_update(completed, ["camera", "captured_at"])
        looked_at = [
            reading.image
            for reading in readings
            if reading.image and looks.add(reading.image, looks.of(reading.rows))
        ]
        Image.objects.bulk_update(looked_at, ["looked", "look_failure"])
        Image.objects.bulk_create(new, ignore_conflicts=True)
        back = Image.objects.in_bulk([image.path for image in new], field_name="path")
        created = {image.pk for image in new} & {image.pk for image in back.values()}
        self.tally.images += len(created)
        self.tally.untimed += sum(
            image.captured_at is None for image in back.values() if image.pk in created
        )
        return images | back, created, bool(completed)

    def _complete(self, reading: Reading, image: Image) -> bool:
        """Give a stored image the time and camera that it lacks; whether it has to be written."""
        camera = self.names.cameras.get(reading.camera) if image.camera_id is None else None
        captured_at = reading.captured_at if image.captured_at is None else None
        if camera is None and captured_at is None:
            return False
        self.touched.add(image.camera_id, image.path, image.captured_at)
        image.camera = camera or image.camera
        image.captured_at = captured_at or image.captured_at
        self.touched.add(image.camera_id, image.path, image.captured_at)
        return True

    def _create(self, new: list[tuple[Detection, Row]], events: EventLog) -> None:
        Detection.objects.bulk_create((detection for detection, _ in new), ignore_conflicts=True)
        # Another import may have written the same box a moment ago; only rows that are ours count.
        ours = set(
            Detection.objects.filter(pk__in=[detection.pk for detection, _ in new]).values_list(
                "pk", flat=True
            )
        )
        for detection, row in new:
            if detection.pk not in ours:
                self.tally.skipped[ALREADY] += 1
                continue
            self.tally.detections += 1
            self._touch(detection, detection.image, row)
            if detection.deer_id:
                merge_row.note_identity(events, detection, merge_row.NOBODY)

    def _merge(self, detection: Detection, image: Image, row: Row, events: EventLog) -> bool:
        """Add to a stored detection what the row knows more; whether its own row has to be written."""
        deer = self._deer(row)
        if text := merge_row.contradiction(detection, row, deer):
            self.tally.refuse(Refusal(row.line, row.path, RefusalReason.CONFLICT, text))
            return False
        added = merge_row.add(detection, row, deer)
        if added.asks_place:
            self.named.add(detection.pk)
        if added.before is not None:
            merge_row.note_identity(events, detection, added.before)
        if added.writes or added.label or detection.sighting is None:
            self._touch(detection, image, row)
        if added.writes or added.label:
            self.tally.updated += 1
        else:
            is_reviewed = detection.identity_source == Detection.IdentitySource.REVIEWED
            keeps_review = is_reviewed and deer is not None and deer.pk != detection.deer_id
            self.tally.skipped[REVIEWED if keeps_review else ALREADY] += 1
        self.tally.rescored += added.rescores
        return added.writes or added.rescores

    def _deer(self, row: Row) -> Deer | None:
        return self.names.deer[row.deer] if row.deer else None

    def _touch(self, detection: Detection, image: Image, row: Row) -> None:
        self.waiting += 1
        self.touched.add(image.camera_id, image.path, image.captured_at)
        if row.sighting and not (detection.sighting and detection.sighting.label):
            self.labels[detection.pk] = row.sighting
        if row.deer:
            self.named.add(detection.pk)
