"""The one writer of imports: readings -> rows of the database, a batch at a time.

An import adds what was unknown (a time, a camera, a class, a flank, a sighting's name) and never changes what was
known, with one exception: another deer for a detection whose identity came from an import or a machine
replaces it, so that a corrected file can be imported again. An identity that a person reviewed is never
changed. Every identity it writes is an event of one Operation, in the name of who imports.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Value

from reid.grouping.locks import wait_for_others
from reid.importing.reading import known_files
from reid.importing.reading.files import NAME_TAKEN
from reid.importing.report import ALREADY, COPY, DELETED, DOUBLE, REVIEWED
from reid.importing.rows import Refusal, RefusalReason, SourceProblem
from reid.importing.writing import merge_row
from reid.importing.writing.changes import DETECTION_FIELDS, ChangeLog, values_of
from reid.importing.writing.contradictions import Contradictions
from reid.importing.writing.images import corrected_boxes, stored_detections, write_images
from reid.importing.writing.names import Names
from reid.importing.writing.pending import Pending
from reid.importing.writing.placement import Wholes, is_among, place
from reid.models import Detection, EventLog, Import, Operation, Sighting

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from reid.importing.clocks.times import Clocks
    from reid.importing.reading.readings import Reading
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row
    from reid.importing.writing.images import BatchImages, StoredDetections
    from reid.models import Deer, Image

UNDONE_MEANWHILE: Final = "The import was undone while it ran: nothing more of it is stored."
GONE_MEANWHILE: Final = "the photograph was removed while the import ran: import the source again"


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
        clocks: Clocks | None = None,
    ) -> None:
        """`clocks` judge the times of photographs; None where these are stored already, with time and camera."""
        self.tally = tally
        self.record = record
        self.actor = actor
        self.reason = reason
        self.clocks = clocks
        self.names = Names(tally, record, time_zone)
        self.pending = Pending()
        self.changes = ChangeLog()
        self.contradictions = Contradictions(tally)
        self.wholes = Wholes()

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
        self.pending.named = self.contradictions.without_doubtful(self.pending.named)
        self.tally.references += self.pending.flush(lambda: self.operation)
        self.tally.references -= self.contradictions.drop_references(lambda: self.operation)
        self.pending = Pending()

    @transaction.atomic
    def write(self, readings: list[Reading]) -> None:
        """One batch, in one transaction and a fixed number of queries.

        What it changes in stored rows is grouped and enrolled at once: were the import broken off
        before, nothing in those rows would show the next one that this is still to be done. New detections
        show it by having no sighting, so they wait for the flush.
        """
        readings = self._locked(readings)
        if self.clocks:
            self.clocks.judge(readings)
        updated = self.tally.updated
        rows = [row for reading in readings for row, _ in reading.rows]
        self.names.learn_cameras(
            {reading.camera for reading in readings if not (reading.image and reading.image.camera)}
            - {""}
        )
        self.names.learn_deer({row.deer for row in rows} - {""})
        images = write_images(
            readings,
            self.names.cameras,
            record=self.record,
            tally=self.tally,
            pending=self.pending,
            changes=self.changes,
        )
        stored = stored_detections(images, with_sightings=any(row.sighting for row in rows))
        self._place(readings, images, stored)
        self.contradictions.settle(readings, self.names.deer)
        new: list[tuple[Detection, Row]] = []
        changed: list[Detection] = []
        events = EventLog()
        for reading in readings:
            image = images.by_sha256.get(reading.sha256)
            if image is None:
                # Another import has stored another photograph under this name since this one looked.
                self._refuse(reading, NAME_TAKEN.format(path=reading.stored))
                continue
            on_image = stored[image.pk]
            for row, box in reading.rows:
                if box is None:
                    if image.pk in images.new and len(reading.rows) == 1:
                        self.tally.empty += 1
                        self.tally.unlooked += not row.looked
                    else:
                        self.tally.skipped[COPY if reading.is_copy(row) else ALREADY] += 1
                elif (detection := on_image.get(box)) is None:
                    new.append((merge_row.made(image, row, box, self._deer(row), self.record), row))
                elif self._merge(detection, image, row, events, is_copy=reading.is_copy(row)):
                    changed.append(detection)
        identity = ("deer", "identity_source", "is_reference")
        Detection.objects.bulk_update(
            changed, [*DETECTION_FIELDS, *identity, "version", "scores_stale"]
        )
        self._create(new, events)
        if events:
            events.write(self.operation)
        self.changes.write(self.record)
        if images.moved or self.tally.updated > updated:
            self.flush()

    def _place(
        self, readings: list[Reading], images: BatchImages, stored: StoredDetections
    ) -> None:
        """Give rows the boxes of the detections that they are; take doubles out, and what a person deleted or moved away."""
        corrected = corrected_boxes(images)
        for reading in readings:
            image = images.by_sha256.get(reading.sha256)
            if image is None:
                continue
            on_image = stored[image.pk]
            placement = place(reading.rows, on_image, self._may_be_one)
            rows = self.wholes.settled(placement.rows, on_image, reading.size, self.record)
            reading.rows = []
            for row, box in rows:
                if box is None or box in on_image:
                    reading.rows.append((row, box))
                elif is_among(row, box, corrected[image.pk].deleted):
                    self.tally.skipped[DELETED] += 1
                elif is_among(row, box, corrected[image.pk].left):
                    self.tally.skipped[ALREADY] += 1
                else:
                    reading.rows.append((row, box))
            self.tally.left += placement.elsewhere
            if placement.doubles:
                self.tally.skipped[DOUBLE] += placement.doubles

    def _may_be_one(self, row: Row, stored: Detection) -> bool:
        return merge_row.may_be(stored, row, self._deer(row), self.record)

    def _refuse(self, reading: Reading, text: str) -> None:
        for row, _ in reading.rows:
            self.tally.refuse(Refusal(row.line, row.path, RefusalReason.CONFLICT, text))

    def _locked(self, readings: list[Reading]) -> list[Reading]:
        """The readings with their photographs as they are stored by now: nobody has waited while files were read.

        What a regrouping of these will write is locked, in the order that runs lock it too.
        Imports write one batch at a time, for a batch may turn out to complete images that a twin has stored
        since this one read them: it would regroup after it locked rows.
        """
        wait_for_others()
        mine = Import.objects.select_for_update(no_key=True).filter(pk=self.record.pk)
        if not mine.filter(state=Import.State.RUNNING).exists():
            raise SourceProblem(UNDONE_MEANWHILE)
        readings, gone = known_files.stored_now(readings)
        for reading in gone:
            self._refuse(reading, GONE_MEANWHILE)
        images = [reading.image for reading in readings if reading.image]
        encounters = {image.encounter_id for image in images if image.encounter_id}
        if encounters:
            sightings = Sighting.objects.filter(encounter__in=encounters)
            # The rows are wanted, not what is in them.
            list(sightings.select_for_update().order_by("pk").values_list(Value(1)))
        return readings

    def _create(self, new: list[tuple[Detection, Row]], events: EventLog) -> None:
        Detection.objects.bulk_create((detection for detection, _ in new), ignore_conflicts=True)
        # Another import may have written the same box a moment ago; only rows that are ours count.
        written = Detection.objects.filter(pk__in=[detection.pk for detection, _ in new])
        ours = set(written.values_list("pk", flat=True))
        for detection, row in new:
            if detection.pk not in ours:
                self.tally.skipped[ALREADY] += 1
                continue
            self.tally.detections += 1
            self.pending.touch(detection, detection.image, row)
            if detection.deer_id:
                merge_row.note_identity(events, detection, merge_row.NOBODY)

    def _merge(
        self, detection: Detection, image: Image, row: Row, events: EventLog, *, is_copy: bool
    ) -> bool:
        """Add to a stored detection what the row knows more; whether its own row has to be written."""
        deer = self._deer(row)
        if text := merge_row.contradiction(detection, row, deer):
            self.tally.refuse(Refusal(row.line, row.path, RefusalReason.CONFLICT, text))
            return False
        before = values_of(detection, DETECTION_FIELDS)
        added = merge_row.add(detection, row, deer)
        self.changes.note_changes(detection, DETECTION_FIELDS, before)
        if added.asks_place:
            self.pending.named.add(detection.pk)
        if added.before is not None:
            merge_row.note_identity(events, detection, added.before)
        if added.writes or added.label or detection.sighting_id is None:
            self.pending.touch(detection, image, row)
        if added.label:
            self.pending.note_label(detection, self.changes)
        if added.writes or added.label:
            self.tally.updated += 1
        else:
            known = COPY if is_copy else ALREADY
            self.tally.skipped[REVIEWED if merge_row.keeps_review(detection, deer) else known] += 1
        self.tally.rescored += added.rescores
        return added.writes or added.rescores

    def _deer(self, row: Row) -> Deer | None:
        return self.names.deer[row.deer] if row.deer else None
