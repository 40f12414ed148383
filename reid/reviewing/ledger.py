"""Ledger of an operation: every change with its event, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Required, TypedDict, cast

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reid.importing.clocks.marks import mark_clock_problems
from reid.matching import enrolment
from reid.models import PART, Deer, Detection, EventLog, Operation
from reid.reviewing import regrouping
from reid.reviewing.photographs import derived
from reid.reviewing.photographs.changes import PhotographChanges, column
from reid.reviewing.problems import ReviewRefused
from reid.suggesting import queue
from reid.watching import news

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from django.contrib.auth.models import User

    from reid.grouping.sightings import SightingMove
    from reid.models import Camera, Image

MERGED_INTO: Final = "merged_into"
SIGHTING: Final = regrouping.SIGHTING

NOTHING_CHANGES: Final = "Nothing would change: it is so already."

# What the draw overrules: an item that was drawn is evidence, however the reviewer came to it.
_CHOSEN: Final = (Operation.Selection.QUEUE, Operation.Selection.SEARCH)
_NAMING: Final = (Operation.Kind.CONFIRM, Operation.Kind.ASSIGN)
"""Acts by which a person says that a deer was seen; merged and split profiles are no news."""
_BATCH: Final = 500
_ALIKE: Final = 50


class How(TypedDict, total=False):
    """Circumstances of a review: who reviews and why, and how the item came to be shown. Kept with it."""

    actor: Required[User]
    reason: str
    selection: str
    shown_rank: int | None
    seconds: float | None


class Ledger:
    """An operation, and the changes that it makes. Use inside a transaction; `close` writes them."""

    def __init__(self, kind: Operation.Kind, how: How) -> None:
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("an operation is written in one transaction")
        self.now = timezone.now()
        self.actor = how["actor"]
        selection = how.get("selection", Operation.Selection.SEARCH)
        if selection == Operation.Selection.RANDOM:
            selection = Operation.Selection.QUEUE  # evidence is what was drawn, not what says so
        self.operation = Operation.objects.create(
            kind=kind, **cast("dict[str, Any]", how) | {"selection": selection}
        )
        self._changed: dict[UUID, Detection] = {}
        self._values: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
        self._events = EventLog()
        self._stale: set[UUID] = set()
        self._uneven: set[UUID] = set()  # encounters that show more or fewer animals than before
        self._redrawn: set[UUID] = (
            set()
        )  # photographs on which a box came or went, or of another camera
        self._placed: set[Camera | None] = set()  # cameras to which photographs came
        self._reboxed: set[UUID] = set()  # detections whose pictures and vectors are of another box
        self.photographs = PhotographChanges(self._events)
        self._named: list[tuple[Detection, UUID | None]] = []
        self._written = 0

    def change(self, detection: Detection, **values: Any) -> None:
        """Set fields (`deer` and `reviewed_by` by key) and note each one that differs."""
        was_identifiable = detection.is_identifiable
        for name, value in values.items():
            attribute = column(Detection, name).attname
            before = getattr(detection, attribute)
            if before != value:
                setattr(detection, attribute, value)
                self._events.note(name, before, value, detection=detection.pk)
                self._values[detection.pk][name] = value
                self._changed[detection.pk] = detection
                if name in derived.BOX:
                    self._reboxed.add(detection.pk)
                if name == "hidden_at":
                    self._redrawn.add(detection.image_id)
                    if value is not None:
                        self._reboxed.add(detection.pk)
                        self.change(detection, sighting=None)
        if detection.is_identifiable != was_identifiable and detection.sighting is not None:
            self._uneven.add(detection.sighting.encounter_id)

    def place(self, image: Image, camera: Camera | None) -> None:
        """Give a photograph another camera, or none."""
        if image.camera != camera:
            self.photographs.change(image, camera=camera.pk if camera else None)
            self._redrawn.add(image.pk)
            self._placed.add(camera)

    def identify(self, detection: Detection, deer: UUID | None) -> None:
        """Give a detection the deer that a person named, or none."""
        source = Detection.IdentitySource
        if detection.deer_id != deer:
            self._named.append((detection, deer))
        if detection.deer_id != deer or deer is None:
            self.change(detection, is_reference=False)
        self.change(detection, deer=deer, identity_source=source.REVIEWED if deer else source.NONE)

    def reclassify(self, detection: Detection, classification: str) -> None:
        """Correct the class; the detector's own word needs no correction."""
        corrected = "" if classification == detection.classification else classification
        self.change(detection, corrected_classification=corrected)

    def turn(self, detection: Detection, flank: str) -> None:
        """Note which flank a person says it shows; a reference of another flank gives up its place."""
        if detection.flank != flank:
            self.change(detection, flank=flank, is_reference=False)
        self.change(detection, flank_source=Detection.FlankSource.REVIEWED)

    def reviewed(self, detections: Collection[Detection]) -> None:
        """Note who looked at these. Where they are of the one sighting that the draw is at, it was drawn at random."""
        sightings = {detection.sighting_id for detection in detections}
        if self.operation.selection in _CHOSEN and len(sightings) == 1:
            (sighting,) = sightings
            if sighting is not None and queue.is_drawn(sighting):
                self.operation.selection = Operation.Selection.RANDOM
                self.operation.save(update_fields=["selection"])
        for detection in detections:
            self.change(detection, reviewed_by=self.actor.pk, reviewed_at=self.now)

    def mark(self, field: str, detection: Detection, deer: UUID, *, after: bool) -> None:
        """What a person says of the pair, or takes back: `field` is REJECTED or KEPT_LABEL."""
        self._events.note(field, not after, after, detection=detection.pk, deer=deer)

    def part(self, detection: Detection, before: str | None, after: str | None) -> None:
        """A person tells it apart from others of its sighting, or does so no more."""
        self._events.note(PART, before, after, detection=detection.pk)

    def note_deer(self, deer: Deer, field: str, before: Any, after: Any) -> None:
        """A change of a profile, which the caller writes."""
        self._events.note(field, before, after, deer=deer.pk)

    def note_deer_change(self, deer: Deer, field: str, before: Any, after: Any) -> None:
        """A change of a profile, where it is one."""
        if before != after:
            self.note_deer(deer, field, before, after)

    def score_again(self, detections: Iterable[Detection]) -> None:
        """Mark these for the next run: what their scores or decisions rest on has changed."""
        self._stale |= {detection.pk for detection in detections if detection.is_identifiable}

    def close(
        self,
        enrol: Collection[Detection] = (),
        put_back: Mapping[UUID, tuple[str | None, str | None]] | None = None,
    ) -> Operation:
        """Write the changes, then make references of `enrol` within the gallery's limits.

        Where a photograph shows more or fewer animals now, the sightings of its encounter are told apart anew, or as
        `put_back` says (detection -> sighting before and after the grouping that is undone): the caller has waited
        for others (`reid.grouping.locks`) then. Raises ReviewRefused where nothing has changed.
        """
        self.write()
        if self._redrawn:  # encounters may begin, end or meet: what was uneven is among them
            self._note_moves(regrouping.gather(self._redrawn))
            self.write()
            mark_clock_problems(self._placed)
        elif put_back:
            self.regroup(self._uneven, put_back)
            self.write()
        else:
            self._regroup_uneven()
        if self.operation.kind in _NAMING:
            news.note(self._named, self.operation)
        enrolled = enrolment.enrol([detection.pk for detection in enrol], self.operation)
        if not self._written and not enrolled:
            raise ReviewRefused(NOTHING_CHANGES)
        return self.operation

    def _regroup_uneven(self) -> None:
        uneven = sorted(self._uneven)
        for start in range(0, len(uneven), _BATCH):
            self.regroup(uneven[start : start + _BATCH])
            self.write()

    def regroup(
        self,
        encounters: Collection[UUID],
        put_back: Mapping[UUID, tuple[str | None, str | None]] | None = None,
    ) -> None:
        """Tell the detections of these encounters apart as they are stored, and note what moved.

        What a run guessed of them gives way where it disagrees now. `put_back` as for `close`.
        """
        placed = regrouping.put_back(put_back) if put_back is not None else None
        if placed is None:
            self._note_moves(regrouping.tell_apart(encounters))
        else:
            self._note(placed)

    def _note_moves(self, placed: Sequence[SightingMove]) -> None:
        for item in regrouping.overtaken(placed):
            self.identify(item, None)
        self._note(placed)

    def _note(self, placed: Sequence[SightingMove]) -> None:
        for row in placed:
            self._events.note(SIGHTING, row.before, row.after, detection=row.detection)
        self._stale |= {row.detection for row in placed}

    def write(self) -> None:
        """Write what has been changed, noted and marked until now."""
        self._write()
        self.photographs.write()
        derived.begin_anew(frozenset(self._reboxed))
        self._reboxed.clear()
        self._changed.clear()
        self._values.clear()
        self._written += self._events.write(self.operation)
        stale = sorted(self._stale)
        for start in range(0, len(stale), _BATCH):
            rows = Detection.objects.identifiable().filter(pk__in=stale[start : start + _BATCH])
            rows.filter(scores_stale=False).update(scores_stale=True)
        self._stale.clear()

    def _write(self) -> None:
        """One update for all detections that get the same values; bulk_update took three times as long for 2,000."""
        alike: defaultdict[tuple[tuple[str, Any], ...], list[UUID]] = defaultdict(list)
        for key, values in self._values.items():
            self._changed[key].version += 1
            alike[tuple(sorted(values.items()))].append(key)
        if len(alike) > _ALIKE:
            fields = {name for values in self._values.values() for name in values}
            changed = self._changed.values()
            Detection.everything.bulk_update(changed, [*sorted(fields), "version"], _BATCH)
            return
        for items, keys in alike.items():
            for start in range(0, len(keys), _BATCH):
                rows = Detection.everything.filter(pk__in=keys[start : start + _BATCH])
                rows.update(**dict(items), version=F("version") + 1)
